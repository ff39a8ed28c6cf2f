package datafolder

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"onramp/certs"
	"onramp/certs/durable"
)

// FactDevelopmentCertificates is recorded once profiles were signed with the
// development certificates of the folder.
const FactDevelopmentCertificates = "development-certificates"

const markerText = "# Written by onramp after the first organization was stored. " +
	"If the database has no organization, data was lost.\n"

// Initialised reports whether a process that uses this folder ever stored an
// organization, and returns the facts that were recorded since.
func (f *Folder) Initialised() (facts []string, initialised bool, err error) {
	text, err := os.ReadFile(f.Path(markerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	for line := range strings.Lines(string(certs.Text(text))) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			facts = append(facts, line)
		}
	}
	return facts, true, nil
}

// MarkInitialised records that an organization was stored, and adds facts to those
// recorded before.
func (f *Folder) MarkInitialised(facts ...string) error {
	known, initialised, err := f.Initialised()
	if err != nil {
		return err
	}
	all := slices.Clone(known)
	for _, fact := range facts {
		if !slices.Contains(all, fact) {
			all = append(all, fact)
		}
	}
	if initialised && len(all) == len(known) {
		return nil
	}
	content := markerText + strings.Join(append(all, ""), "\n")
	return durable.Write(f.path, durable.File{Name: markerFile, Content: []byte(content)})
}
