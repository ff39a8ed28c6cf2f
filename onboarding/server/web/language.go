package web

import "onramp/onboarding"

// InLanguage returns the entry of a tenant's text: in the language, in the organization's first that there is, or any.
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
