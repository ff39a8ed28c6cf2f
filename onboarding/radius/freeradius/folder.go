package freeradius

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"onramp/certs/durable"
)

// folders lists the folders of the files that FreeRADIUS itself writes, and the certificates.
var folders = []string{"", "certs", "log", "run", "accounting"}

// writeFolder writes the files, by their paths within dir, with mode 0600. All contents are on the
// disk before the first file is replaced. The last one is radiusd.conf, without which FreeRADIUS
// does not start.
func writeFolder(dir string, contents map[string][]byte) error {
	for _, name := range folders {
		folder := filepath.Join(dir, name)
		if err := durable.MakeFolder(folder); err != nil {
			return err
		}
		if err := os.Chmod(folder, 0o700); err != nil {
			return err
		}
	}
	order := func(a, b string) int { return slices.Index(files, a) - slices.Index(files, b) }
	var replacements []durable.File
	for _, name := range slices.SortedFunc(maps.Keys(contents), order) {
		durable.RemoveAbandoned(filepath.Join(dir, filepath.Dir(name)), filepath.Base(name))
		replacements = append(replacements, durable.File{Name: name, Content: contents[name]})
	}
	return durable.Write(dir, replacements...)
}
