package datafolder

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"onramp/certs"
)

// FactDevelopmentCertificates is remembered once profiles were signed with the development certificates of the folder.
const FactDevelopmentCertificates = "development-certificates"

const markerText = "# Written by onramp once an organization was committed. Beside a database without any, it means that data was lost.\n"

// Initialised reports whether an organization was ever committed by a process on this folder, and the facts remembered with it.
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

// MarkInitialised remembers that an organization was committed, and the facts beside those remembered before.
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
	return f.place(markerFile, []byte(markerText+strings.Join(append(all, ""), "\n")), os.Rename)
}
