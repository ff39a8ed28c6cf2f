package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"onramp/templates"
)

// texts holds the console's texts in one language, by section and key.
type texts struct {
	code     string // ISO 639-1
	sections map[string]map[string]string
}

// languages are those of the console, the default first. allTexts holds the texts of each.
var (
	languages = []string{"en", "it"}
	allTexts  = mustReadTexts()
	matcher   = language.NewMatcher(tagsOf(languages))
)

func mustReadTexts() map[string]*texts {
	all := map[string]*texts{}
	for code, sections := range templates.TextsIn[map[string]map[string]string](templates.Console, "console") {
		all[code] = &texts{code: code, sections: *sections}
	}
	for _, code := range languages {
		if all[code] == nil {
			panic("the console has no texts in " + code)
		}
	}
	return all
}

func tagsOf(codes []string) []language.Tag {
	tags := make([]language.Tag, len(codes))
	for i, code := range codes {
		tags[i] = language.MustParse(code)
	}
	return tags
}

// languageCookie holds the language that the operator chose by a link.
const languageCookie = "onramp-console-language"

// chooseTexts returns the texts in the language that the operator chose, or else in the browser's.
func chooseTexts(r *http.Request) *texts {
	if code := r.URL.Query().Get("lang"); slices.Contains(languages, code) {
		return allTexts[code]
	}
	if cookie, err := r.Cookie(languageCookie); err == nil && slices.Contains(languages, cookie.Value) {
		return allTexts[cookie.Value]
	}
	accepted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return allTexts[languages[0]]
	}
	_, index, _ := matcher.Match(accepted...)
	return allTexts[languages[index]]
}

// has reports whether there is a text of a key, "section.key".
func (t *texts) has(key string) bool {
	section, name, _ := strings.Cut(key, ".")
	_, ok := t.sections[section][name]
	return ok
}

// text returns the text of a key, "section.key", with each {name} replaced from pairs. An unknown
// key is a programming error.
func (t *texts) text(key string, pairs ...string) (string, error) {
	section, name, _ := strings.Cut(key, ".")
	text, ok := t.sections[section][name]
	if !ok {
		return "", fmt.Errorf("no text %s in %s", key, t.code)
	}
	return templates.Fill(text, pairs...), nil
}

// must is text for keys that a test checks.
func (t *texts) must(key string, pairs ...string) string {
	text, err := t.text(key, pairs...)
	if err != nil {
		panic(err)
	}
	return text
}
