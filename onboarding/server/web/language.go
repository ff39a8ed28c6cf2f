package web

import (
	"net/http"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"onramp/onboarding"
)

// PreferredLanguage returns the one of the languages that a browser prefers (RFC 9110, section
// 12.5.4, matched by BCP 47), or else the first. codes are ISO 639-1 and not empty.
func PreferredLanguage(header http.Header, codes []string) string {
	_, index, _ := matcherOf(codes).Match(AcceptedLanguages(header)...)
	return codes[index]
}

// matchers caches language matchers by their languages, because creating one costs more than using
// it.
var matchers sync.Map

func matcherOf(codes []string) language.Matcher {
	key := strings.Join(codes, " ")
	if m, ok := matchers.Load(key); ok {
		return m.(language.Matcher)
	}
	tags := make([]language.Tag, len(codes))
	for i, code := range codes {
		tags[i] = language.Make(code)
	}
	m := language.NewMatcher(tags)
	matchers.Store(key, m)
	return m
}

// InLanguage returns a tenant's text in a language, or else in the first of the organization's
// languages that has one, or else in any.
func InLanguage(byLanguage map[string]string, code string, o *onboarding.Organization) string {
	for _, c := range append([]string{code}, o.Languages...) {
		if text := byLanguage[c]; text != "" {
			return text
		}
	}
	first, text := "", ""
	for c, t := range byLanguage {
		if first == "" || c < first {
			first, text = c, t
		}
	}
	return text
}
