package web

import "onramp/onboarding"

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
