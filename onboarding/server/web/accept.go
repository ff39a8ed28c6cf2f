package web

import (
	"cmp"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"onramp/onboarding"
)

// Limits of a header that lists preferences.
const (
	maxPreferences     = 50
	maxPreferenceBytes = 2000
)

// preferences yields the members of a header such as Accept or Accept-Language with their weights
// (RFC 9110, section 12.4.2). A member whose weight does not parse is left out.
func preferences(header http.Header, name string) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		list := onboarding.CutText(strings.Join(header.Values(name), ","), maxPreferenceBytes)
		for i, member := range strings.Split(list, ",") {
			if i == maxPreferences {
				return
			}
			value, parameters, _ := strings.Cut(member, ";")
			weight, ok := weightOf(parameters)
			if value = strings.TrimSpace(value); value == "" || !ok {
				continue
			}
			if !yield(value, weight) {
				return
			}
		}
	}
}

// weightOf returns the q parameter of a member, or 1.
func weightOf(parameters string) (float64, bool) {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return q, err == nil && q >= 0 && q <= 1
	}
	return 1, true
}

// AcceptedLanguages returns the languages of Accept-Language, the preferred first. Members that do
// not parse are skipped.
func AcceptedLanguages(header http.Header) []language.Tag {
	type wanted struct {
		tag    language.Tag
		weight float64
	}
	var all []wanted
	for value, weight := range preferences(header, "Accept-Language") {
		tag, err := language.Parse(value)
		if _, unknownSubtag := errors.AsType[language.ValueError](err); err != nil && !unknownSubtag {
			continue
		}
		if weight == 0 || tag == language.Und {
			continue
		}
		all = append(all, wanted{tag, weight})
	}
	slices.SortStableFunc(all, func(a, b wanted) int { return cmp.Compare(b.weight, a.weight) })
	tags := make([]language.Tag, len(all))
	for i, w := range all {
		tags[i] = w.tag
	}
	return tags
}

// PrefersPage reports whether a client prefers HTML to JSON. Browsers name HTML in Accept; other
// clients name JSON or accept any type.
func PrefersPage(header http.Header) bool {
	var page, program float64
	for value, weight := range preferences(header, "Accept") {
		switch strings.ToLower(value) {
		case "text/html", "application/xhtml+xml":
			page = max(page, weight)
		case "application/json":
			program = max(program, weight)
		}
	}
	return page > 0 && page >= program
}
