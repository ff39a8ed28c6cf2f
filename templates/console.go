package templates

import "embed"

// Console contains the operator's pages: *.html for html/template, with layout.html as the common
// frame, console.css, which extends the style sheet of the visitor's pages, and one YAML file of
// texts per language, named by its ISO 639-1 code.
//
//go:embed console
var Console embed.FS
