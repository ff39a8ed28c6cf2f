package templates

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// Messages contains the texts of e-mails and SMS: one YAML file per language, named
// by its ISO 639-1 code, and mail.html for html/template.
//
//go:embed messages
var Messages embed.FS

// MessageLanguages returns the ISO 639-1 codes of the languages that messages have,
// sorted.
func MessageLanguages() []string {
	files, err := fs.Glob(Messages, "messages/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, name := range files {
		files[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return files
}
