package server

import (
	"net/http"
	"testing"

	"onramp/onboarding"
)

// TestFoundC4 skips members of Accept-Language that do not parse.
func TestFoundC4(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) { o.Languages = []string{"en", "it"} })
	for header, want := range map[string]string{
		"it-IT,it;q=0.9,-BE;q=0.43":          "it",
		"-BE;q=0.43,it;q=0.9,en;q=0.1":       "it",
		"it_IT, en;q=0.2":                    "it",
		"it;q=zero,en;q=0.5":                 "en",
		"en;q=0.2,it;q=0.8":                  "it",
		"en;q=0,it":                          "it",
		"*, it":                              "it",
		"it-Latn-IT-x-private":               "it",
		";;,,it":                             "it",
		"it;level=1;q=0.9,en;q=0.8":          "it",
		"q=0.9":                              "en",
		"":                                   "en",
		"zz-zz-zz-zz,\xff,it;q=0.001":        "it",
		"fr,de;q=0.9,it;q=0.1":               "it",
		"en-GB, it;q=1.5":                    "en",
		"abcdefghijklmnop,it":                "it",
		"de-DE, de; q = 0.9, it ; q = 0.8 ,": "it",
	} {
		p := v.browse(http.MethodGet, "/portal/"+demoID, nil,
			func(r *http.Request) { r.Header.Set("Accept-Language", header) })
		if got := p.header.Get("Content-Language"); got != want {
			t.Errorf("Accept-Language %q: the page is in %s, want %s", header, got, want)
		}
	}
}
