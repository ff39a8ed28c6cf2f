package templates

import "embed"

// Pages are the pages for browsers: *.html for html/template (layout.html is around every one), onramp.css, and a file of texts
// for each language, named by its ISO 639-1 code. A new language is a new file: the pages offer it to the tenants that list it.
//
//go:embed pages
var Pages embed.FS
