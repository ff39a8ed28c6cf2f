package templates

import (
	"embed"
	"regexp"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Pages contains the pages for browsers: *.html for html/template, with
// layout.html as the common frame, onramp.css, and one YAML file of texts per
// language, named by its ISO 639-1 code. To add a language, add its file; tenants
// then list it in their settings.
//
//go:embed pages
var Pages embed.FS

// PageLanguages returns the ISO 639-1 codes of the languages that the pages have, sorted.
func PageLanguages() []string { return languagesIn(Pages, "pages") }

// bracketed matches the titles of the two policies in the statement of the sign-up page.
var bracketed = regexp.MustCompile(`\[([^\]]+)\]`)

// PolicyTitles returns the titles of the terms of use and of the privacy policy in a language of
// the pages, and empty texts for another language. They are the words of the sign-up page.
func PolicyTitles(language string) (terms, privacy string) {
	data, err := Pages.ReadFile("pages/" + language + ".yaml")
	if err != nil {
		return "", ""
	}
	var texts struct {
		Signup struct {
			Statement string `yaml:"statement"`
		} `yaml:"signup"`
	}
	if err := yaml.Unmarshal(data, &texts); err != nil {
		panic(err) // a test reads each file
	}
	titles := bracketed.FindAllStringSubmatch(texts.Signup.Statement, 2)
	if len(titles) < 2 {
		panic("pages/" + language + ".yaml: the statement has no two titles") // a test reads each file
	}
	return upperFirst(titles[0][1]), upperFirst(titles[1][1])
}

// upperFirst returns a text with its first letter in upper case.
func upperFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
