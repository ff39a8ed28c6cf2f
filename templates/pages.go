package templates

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// Pages contains the pages for browsers: *.html for html/template, with
// layout.html as the common frame, onramp.css, and one YAML file of texts per
// language, named by its ISO 639-1 code. To add a language, add its file; tenants
// then list it in their settings.
//
//go:embed pages
var Pages embed.FS

// PageLanguages returns the ISO 639-1 codes of the languages that the pages have, sorted.
func PageLanguages() []string {
	files, err := fs.Glob(Pages, "pages/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, name := range files {
		files[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return files
}
