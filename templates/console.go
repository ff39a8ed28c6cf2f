package templates

import "embed"

// Console contains the operator's pages: *.html for html/template, with layout.html as the common
// frame, console.css, which extends the style sheet of the visitor's pages, one YAML file of texts
// per language, named by its ISO 639-1 code, and network.LANGUAGE.md, the guide network in the
// languages other than English.
//
//go:embed console
var Console embed.FS

// NetworkGuide returns the guide network in a language of the console, in Markdown. Words in braces
// stand for an organization's values. The guides of all languages have the same sections and code.
func NetworkGuide(language string) ([]byte, error) {
	if language == "en" {
		return Docs.ReadFile("guides/network.md")
	}
	return Console.ReadFile("console/network." + language + ".md")
}
