package profiles

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"onramp/templates"
)

// TestProseIsComplete checks that profiles have texts in the languages of the pages, and that each
// text is there and names the organization once.
func TestProseIsComplete(t *testing.T) {
	if got, want := templates.ProfileLanguages(), templates.PageLanguages(); !slices.Equal(got, want) {
		t.Errorf("languages of profiles %v, of pages %v", got, want)
	}
	placeholders := regexp.MustCompile(`\{[^}]*\}`)
	seen := map[string]string{}
	for language, p := range proses() {
		for name, text := range map[string]string{"description": p.Description, "certificate": p.Certificate} {
			if got := placeholders.FindAllString(text, -1); !slices.Equal(got, []string{"{organization}"}) {
				t.Errorf("%s: %s has the placeholders %q", language, name, got)
			}
			if problem := textProblem(text, false); problem != "" {
				t.Errorf("%s: %s %s", language, name, problem)
			}
			if other := seen[name+text]; other != "" {
				t.Errorf("%s has the %s of %s", language, name, other)
			}
			seen[name+text] = language
		}
		if p.Direction != "ltr" && p.Direction != "rtl" {
			t.Errorf("%s: direction %q", language, p.Direction)
		}
	}
}

// TestProseLanguage checks the language of the texts on a phone: the customer's, else the
// organization's first, else English.
func TestProseLanguage(t *testing.T) {
	s := exampleSettings()
	s.TrustAnchor, s.PublicRoots = certificate(t, "root.pem"), nil
	s.OrganizationNames = map[string]string{"he": "הדגמה"}
	for _, tt := range []struct{ first, language, description, certificate string }{
		{"de", "it", "Collega questo", "Autorità di certificazione"},
		{"de", "pt-BR", "Conecta este", "Autoridade de certificação"},
		{"de", "", "Verbindet dieses", "WLAN-Zertifizierungsstelle"},
		{"de", "sv", "Verbindet dieses", "WLAN-Zertifizierungsstelle"},
		{"sv", "sv", "Connects this", "Wi-Fi certificate authority"},
		{"", "", "Connects this", "Wi-Fi certificate authority"},
		{"de", "he", "מחבר את המכשיר הזה לרשת ה־Wi-Fi המאובטחת של \u2068הדגמה\u2069", "רשות האישורים"},
	} {
		s.DefaultLanguage = tt.first
		c := exampleCredential()
		c.Language = tt.language
		for _, system := range []Platform{IOS, MacOS} {
			profile := readPlist(t, document(t, prepare(t, s), system, c).Body)
			if d := profile["PayloadDescription"].(string); !strings.HasPrefix(d, tt.description) {
				t.Errorf("%s of %q for %q: description %q", system, tt.first, tt.language, d)
			}
			root := profile["PayloadContent"].([]any)[0].(map[string]any)
			if n := root["PayloadDisplayName"].(string); !strings.HasPrefix(n, tt.certificate) {
				t.Errorf("%s of %q for %q: certificate %q", system, tt.first, tt.language, n)
			}
		}
		file := string(document(t, prepare(t, s), EAPConfig, c).Body)
		first := strings.Index(file, "<Description>"+tt.description)
		for _, language := range templates.ProfileLanguages() {
			if at := strings.Index(file, `<Description lang="`+language+`">`); at < first || first < 0 {
				t.Errorf("%q for %q: the description in %s is at %d, the customer's at %d", tt.first, tt.language,
					language, at, first)
			}
		}
	}
}
