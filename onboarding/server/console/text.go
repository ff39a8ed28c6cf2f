package console

import (
	"net/http"
	"slices"
	"sync"

	"onramp/onboarding/server/web"
	"onramp/templates"
)

// texts holds the console's texts in one language by key, "section.name".
type texts struct {
	code string // ISO 639-1
	one  map[string]string
}

// languages are those of the console, the default first. allTexts returns the texts of each, which
// it reads once.
var (
	languages = []string{"en", "it"}
	allTexts  = sync.OnceValue(mustReadTexts)
)

func mustReadTexts() map[string]*texts {
	all := map[string]*texts{}
	for code, sections := range templates.TextsIn[map[string]map[string]string](templates.Console, "console") {
		all[code] = &texts{code: code, one: map[string]string{}}
		for section, named := range *sections {
			for name, text := range named {
				all[code].one[section+"."+name] = text
			}
		}
	}
	for _, code := range languages {
		if all[code] == nil {
			panic("the console has no texts in " + code)
		}
	}
	return all
}

// languageCookie holds the language that the operator chose by a link.
const languageCookie = "onramp-console-language"

// chooseTexts returns the texts in the language that the operator chose, or else in the browser's.
func chooseTexts(r *http.Request) *texts {
	if code := r.URL.Query().Get("lang"); slices.Contains(languages, code) {
		return allTexts()[code]
	}
	if cookie, err := r.Cookie(languageCookie); err == nil && slices.Contains(languages, cookie.Value) {
		return allTexts()[cookie.Value]
	}
	return allTexts()[web.PreferredLanguage(r.Header, languages)]
}

// has reports whether there is a text of a key.
func (t *texts) has(key string) bool {
	_, ok := t.one[key]
	return ok
}

// text returns the text of a key with each {name} replaced from pairs. An unknown key is a
// programming error.
func (t *texts) text(key string, pairs ...string) (string, error) {
	return templates.Text(t.one, t.code, key, pairs...)
}

// must is text for keys that a test checks.
func (t *texts) must(key string, pairs ...string) string {
	text, err := t.text(key, pairs...)
	if err != nil {
		panic(err)
	}
	return text
}
