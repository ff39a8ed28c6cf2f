package server

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// parameters reads the query of a search. A misread search could return every contact instead of
// one, so empty and repeated parameters are errors.
type parameters struct{ *web.Query }

// one returns a parameter, or false if it is absent or invalid.
func (p parameters) one(name string) (string, bool) {
	p.Known[name] = true
	given, there := p.Values[name]
	switch {
	case !there:
		return "", false
	case len(given) > 1:
		p.Refuse(name, "given twice")
	case given[0] == "":
		p.Refuse(name, "empty")
	case !utf8.ValidString(given[0]):
		p.Refuse(name, "not UTF-8")
	case strings.ContainsRune(given[0], 0):
		p.Refuse(name, "a NUL byte")
	default:
		return given[0], true
	}
	return "", false
}

func (p parameters) said(name string) string {
	text, _ := p.one(name)
	return text
}

// either returns a parameter that has two names.
func (p parameters) either(name, also string) string {
	text, other := p.said(name), p.said(also)
	if text != "" && other != "" && text != other {
		p.Refuse(also, "contradicts "+name)
	}
	return cmp.Or(text, other)
}

func (p parameters) yesNo(name string) *bool {
	text, there := p.one(name)
	if !there {
		return nil
	}
	switch strings.ToLower(text) {
	case "true", "false":
		yes := len(text) == len("true")
		return &yes
	}
	p.Refuse(name, "not true or false")
	return nil
}

func (p parameters) number(name string) *int {
	text, there := p.one(name)
	if !there {
		return nil
	}
	if n, err := strconv.Atoi(text); err == nil && text[0] != '+' {
		return &n
	}
	p.Refuse(name, "not a whole number")
	return nil
}

// several returns the parts of a comma-separated parameter, or nil if it is absent.
func (p parameters) several(name string) []string {
	text, there := p.one(name)
	if !there {
		return nil
	}
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	if parts == nil {
		p.Refuse(name, "empty")
	}
	return parts
}

// date parses an instant in ISO 8601, in UTC unless it has a zone. With last, it returns the end of
// the named period, so that an upper bound includes it: of the day for 2026-03-29, of the minute
// for 12:00, of the second for 12:00:05.
func (p parameters) date(name string, last bool) *time.Time {
	text, there := p.one(name)
	if !there {
		return nil
	}
	named, err := onboarding.ParseStretch(name, text)
	if err != nil {
		p.Refuse(name, "not a date of ISO 8601 like 2026-03-29T12:00:00Z")
		return nil
	}
	if last {
		return new(named.Last())
	}
	return &named.Start
}

// Prefixes of the parameters for a tenant's own consents.
var optInSpellings = []string{"customOptIn.", "customOptin."}

// optIns returns the consents of the search, by policy.
func (p parameters) optIns() map[string]bool {
	asked := map[string]bool{}
	add := func(parameter, policy string) {
		if accepted := p.yesNo(parameter); accepted != nil {
			if _, twice := asked[policy]; twice {
				p.Refuse(parameter, "given twice")
			}
			asked[policy] = *accepted
		}
	}
	add(onboarding.MktgCommunication, onboarding.MktgCommunication)
	add(onboarding.AgeVerification, onboarding.AgeVerification)
	for _, parameter := range slices.Sorted(maps.Keys(p.Values)) {
		for _, spelling := range optInSpellings {
			if name, ok := strings.CutPrefix(parameter, spelling); ok {
				add(parameter, "customs."+name)
			}
		}
	}
	if len(asked) == 0 {
		return nil
	}
	return asked
}

// search reads all parameters of a search.
func (p parameters) search() onboarding.ContactSearch {
	search := onboarding.ContactSearch{
		ContactFilter: onboarding.ContactFilter{
			Email: p.said("email"), Phone: p.said("phoneNumber"), Username: p.said("username"),
			ExtID: p.said("extId"), ExtProp1: p.either("extProp1", "extPro1"),
			ExtProp2: p.either("extProp2", "extPro2"),
			HasEmail: p.yesNo("hasEmail"), EmailVerified: p.yesNo("emailVerified"),
			HasPhone: p.yesNo("hasPhone"), PhoneVerified: p.yesNo("phoneVerified"),
			LocationIDs: p.several("locationCids"), SegmentIDs: p.several("segmentCids"),
			CreatedFrom: p.date("createdStart", false), CreatedTo: p.date("createdEnd", true),
			ModifiedFrom: p.date("modifiedStart", false), ModifiedTo: p.date("modifiedEnd", true),
			OptIns: p.optIns(),
		},
		Size: p.number("size"), SortBy: p.said("sortBy"), SortReverse: p.yesNo("sortReverse"),
	}
	for _, method := range p.several("signupMethods") {
		search.SignupMethods = append(search.SignupMethods, onboarding.Channel(method))
	}
	p.Known["sid"] = true
	if sid, there := p.Values["sid"]; there { // an empty one is malformed and does not start a scroll
		search.Scroll = &sid[0]
		if len(sid) > 1 {
			p.Refuse("sid", "given twice")
		}
	}
	return search
}
