package links_test

import (
	"regexp"
	"strings"
	"testing"

	"onramp/onboarding/links"
)

func TestParseResumeCode(t *testing.T) {
	for typed, want := range map[string]string{
		"CDFGH-JKMNP":              "CDFGHJKMNP",
		"cdfghjkmnp":               "CDFGHJKMNP",
		"CDFG-HJKM-NPRT":           "CDFGHJKMNPRT",
		"cdfghjkmnprt":             "CDFGHJKMNPRT",
		" cd fgh – jkmnp ":         "CDFGHJKMNP",
		"34679-34679":              "3467934679",
		"CDFGH\u00a0JKMNP":         "CDFGHJKMNP",
		"":                         "",
		"CDFGHJKMN":                "",
		"CDFGHJKMNPC":              "",
		"CDFGH_JKMNP":              "",
		"CDFGHJKMN0":               "",
		"CDFGHJKMNO":               "",
		"ＣDFGHJKMN":                "",
		"CDFGHJKMN\x00":            "",
		strings.Repeat("-", 60):    "",
		strings.Repeat(" ", 1<<20): "",
	} {
		got, ok := links.ParseResumeCode(typed)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", cutTo(typed, 40), got, ok, want)
		}
	}
}

func cutTo(s string, n int) string { return s[:min(n, len(s))] }

// FuzzParseResumeCode checks that every parsed code has the shape of a code and is parsed
// unchanged.
func FuzzParseResumeCode(f *testing.F) {
	shape := regexp.MustCompile(`^([CDFGHJKMNPRTVWXY34679]{10}|[CDFGHJKMNPRTVWXY34679]{12})$`)
	f.Add("CDFG-HJKM-NPRT")
	f.Add("CDFGH-JKMNP")
	f.Add("ﬀ\xffı")
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := links.ParseResumeCode(typed)
		if !ok {
			return
		}
		if again, ok := links.ParseResumeCode(code); !ok || again != code || !shape.MatchString(code) {
			t.Errorf("%q became %q", typed, code)
		}
	})
}
