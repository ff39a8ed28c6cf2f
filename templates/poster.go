package templates

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// Poster contains the printable poster of a sign-up page: poster.html for html/template, and its
// texts in one YAML file per language, named by its ISO 639-1 code.
//
//go:embed poster
var Poster embed.FS

// PosterLanguages returns the ISO 639-1 codes of the languages that posters have, sorted.
func PosterLanguages() []string {
	files, err := fs.Glob(Poster, "poster/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, name := range files {
		files[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return files
}
