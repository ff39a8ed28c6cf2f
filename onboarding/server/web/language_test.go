package web

import (
	"testing"

	"onramp/onboarding"
)

func TestInLanguage(t *testing.T) {
	o := &onboarding.Organization{Languages: []string{"en", "it"}}
	for _, tt := range []struct {
		texts map[string]string
		code  string
		want  string
	}{
		{map[string]string{"en": "Terms", "it": "Condizioni"}, "it", "Condizioni"},
		{map[string]string{"en": "Terms"}, "it", "Terms"},
		{map[string]string{"it": "Condizioni"}, "en", "Condizioni"},
		{map[string]string{"de": "Bedingungen", "fr": "Conditions"}, "en", "Bedingungen"},
		{nil, "en", ""},
	} {
		if got := InLanguage(tt.texts, tt.code, o); got != tt.want {
			t.Errorf("%v in %s: %q, want %q", tt.texts, tt.code, got, tt.want)
		}
	}
}
