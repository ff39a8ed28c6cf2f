package templates

import "embed"

// Poster contains the printable poster of a sign-up page: poster.html for html/template, and its
// texts in one YAML file per language, named by its ISO 639-1 code.
//
//go:embed poster
var Poster embed.FS

// PosterLanguages returns the ISO 639-1 codes of the languages that posters have, sorted.
func PosterLanguages() []string { return languagesIn(Poster, "poster") }
