package freeradius

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// folders hold what FreeRADIUS itself writes, and the certificates.
var folders = []string{"", "certs", "log", "run", "accounting"}

// writeFolder writes the files, by their paths within dir, readable by us alone. All are on the disk beside their places before the first takes its
// place, and radiusd.conf, without which FreeRADIUS does not start, is the last.
func writeFolder(dir string, contents map[string][]byte) (err error) {
	for _, name := range folders {
		folder := filepath.Join(dir, name)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		if err := os.Chmod(folder, 0o700); err != nil {
			return err
		}
	}
	var drafts []string
	defer func() {
		for _, draft := range drafts { // of no effect once it was renamed
			_ = os.Remove(draft)
		}
	}()
	names := make([]string, 0, len(contents))
	for name := range contents {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Index(files, a) - slices.Index(files, b) })
	for _, name := range names {
		draft, err := writeDraft(filepath.Join(dir, name), contents[name])
		drafts = append(drafts, draft)
		if err != nil {
			return err
		}
	}
	for i, name := range names {
		if err := os.Rename(drafts[i], filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// writeDraft writes a file's new content beside it. os.CreateTemp gives it mode 0600.
func writeDraft(name string, content []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	return f.Name(), errors.Join(err, f.Sync(), f.Close())
}
