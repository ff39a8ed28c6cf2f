package templates

import "embed"

// Pages contains the pages for browsers: *.html for html/template, with
// layout.html as the common frame, onramp.css, and one YAML file of texts per
// language, named by its ISO 639-1 code. To add a language, add its file; tenants
// then list it in their settings.
//
//go:embed pages
var Pages embed.FS

// PageLanguages returns the ISO 639-1 codes of the languages that the pages have, sorted.
func PageLanguages() []string { return languagesIn(Pages, "pages") }
