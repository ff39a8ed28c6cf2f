package pages

import (
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/templates"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// TestTextsAgree holds every language to the first: the same keys, the same words in braces.
func TestTextsAgree(t *testing.T) {
	first := pageTexts()[fallbackLanguage]
	if len(pageTexts()) < 2 || first == nil {
		t.Fatalf("languages: %v", pageLanguages())
	}
	for code, other := range pageTexts() {
		for _, d := range [][2]*texts{{first, other}, {other, first}} {
			for key := range d[0].one {
				if _, has := d[1].one[key]; !has {
					t.Errorf("%s has %s, %s has not", d[0].code, key, d[1].code)
				}
			}
			for key, steps := range d[0].steps {
				if len(d[1].steps[key]) != len(steps) {
					t.Errorf("%s: %d steps in %s, %d in %s", key, len(steps), d[0].code,
						len(d[1].steps[key]), d[1].code)
				}
			}
		}
		for key, text := range other.one {
			want, got := placeholder.FindAllString(first.one[key], -1), placeholder.FindAllString(text, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s in %s has %v, in %s %v", key, code, got, first.code, want)
			}
			if strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s in %s: %q", key, code, text)
			}
			if code != first.code && text == first.one[key] && !sameInEveryLanguage(key, text) {
				t.Errorf("%s in %s is not translated: %q", key, code, text)
			}
		}
		if parts := splitStatement(other.one["signup.statement"]); len(parts) != 5 {
			t.Errorf("the statement in %s has not two links: %q", code, other.one["signup.statement"])
		}
		if d := other.one["direction"]; d != "ltr" && d != "rtl" {
			t.Errorf("direction in %s: %q", code, d)
		}
	}
}

// sameInEveryLanguage reports whether a text may equal the English one: names of systems, and
// single words that languages share.
func sameInEveryLanguage(key, text string) bool {
	return strings.HasPrefix(key, "platform.") || !strings.Contains(text, " ")
}

// TestTextsAreUsed finds each key that templates or code name, and each text that nothing names.
func TestTextsAreUsed(t *testing.T) {
	named := regexp.MustCompile(`"([a-zA-Z]+(?:\.[a-zA-Z0-9-]+)+)"`)
	used := map[string]bool{"language": true, "direction": true}
	read := func(name string, raw []byte) {
		for _, m := range named.FindAllSubmatch(raw, -1) {
			used[string(m[1])] = true
		}
	}
	pages, err := fs.Glob(templates.Pages, "pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pages {
		raw, err := fs.ReadFile(templates.Pages, name)
		if err != nil {
			t.Fatal(err)
		}
		read(name, raw)
		for _, m := range regexp.MustCompile(`\.T "([^"]+)"`).FindAllSubmatch(raw, -1) {
			if _, has := pageTexts()[fallbackLanguage].one[string(m[1])]; !has {
				t.Errorf("%s asks for %s, which no file has", name, m[1])
			}
		}
	}
	code, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range code {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		read(name, raw)
		for _, m := range regexp.MustCompile(`must\("([^"]+[^."])"[,)]`).FindAllSubmatch(raw, -1) {
			if _, has := pageTexts()[fallbackLanguage].one[string(m[1])]; !has {
				t.Errorf("%s asks for %s, which no file has", name, m[1])
			}
		}
	}
	for _, name := range slices.Concat(onboarding.PortalFields, installable) {
		used["field."+name], used["hint."+name], used["platform."+name], used["prompts."+name],
			used["steps."+name], used["installOn."+name] = true, true, true, true, true, true
	}
	for _, key := range []string{"steps.iosChrome", "steps.androidSheet", "steps.windows10"} {
		used[key] = true
	}
	for _, names := range stepPictures {
		for _, name := range names {
			used["picture."+name] = true
		}
	}
	for _, kind := range []string{"waiting", "missing", "lost", "joined", "hidden"} {
		used["connection."+kind+".title"] = true
	}
	for _, step := range connectivity.VisitorSteps() {
		for _, platform := range append([]string{"any"}, installable...) {
			used["connection.step."+string(step)+"."+platform] = true
		}
		if key := "connection.step." + string(step) + ".any"; step != connectivity.StepNone &&
			pageTexts()[fallbackLanguage].one[key] == "" {
			t.Errorf("no text for the step %s", step)
		}
	}
	for _, key := range append(slices.Collect(maps.Values(errorKeys)), "internal") {
		used["error."+key+".title"], used["error."+key+".text"] = true, true
	}
	for _, act := range []string{meLost, meDelete, meWithdraw, mePPD, "gone", "deleted"} {
		for _, part := range []string{"title", "text", "button"} {
			used["me."+act+"."+part] = true
		}
	}
	for _, channel := range onboarding.VerifyChannels() {
		used["verify."+string(channel)], used["verify.none-"+string(channel)] = true, true
	}
	for _, end := range []string{"verify.locked", "verify.gone", "verify.changed", "address.done", "address.gone",
		"return.gone", "renew.gone"} {
		used[end+".title"], used[end+".text"] = true, true
	}
	first := pageTexts()[fallbackLanguage]
	for _, key := range slices.Concat(slices.Collect(maps.Keys(first.one)), slices.Collect(maps.Keys(first.steps))) {
		if !used[key] {
			t.Errorf("nothing uses %s", key)
		}
	}
	for _, name := range onboarding.PortalFields {
		if _, can := kindOf(name); !can || first.one["field."+name] == "" {
			t.Errorf("a tenant may list %s, but the form cannot ask for it", name)
		}
	}
	for key, names := range stepPictures {
		if len(first.steps[key]) != len(names) {
			t.Errorf("%s has %d steps and %d pictures", key, len(first.steps[key]), len(names))
		}
	}
	for _, name := range installable {
		if first.one["platform."+name] == "" || first.one["prompts."+name] == "" ||
			len(first.steps["steps."+name]) == 0 || first.one["installOn."+name] == "" {
			t.Errorf("the install page has no words for %s", name)
		}
	}
}

func TestChooseLanguage(t *testing.T) {
	both := &onboarding.Organization{Languages: []string{"it", "en"}}
	for _, tt := range []struct {
		name     string
		o        *onboarding.Organization
		accept   string
		query    string
		want     string
		byChoice bool
	}{
		{"what the browser prefers", both, "en-GB,en;q=0.9,it;q=0.5", "", "en", false},
		{"the tenant's first where the browser says nothing", both, "", "", "it", false},
		{"the tenant's first where they have nothing in common", both, "ja", "", "it", false},
		{"a dialect", both, "it-CH", "", "it", false},
		{"the order of quality", both, "it;q=0.3, en;q=0.8", "", "en", false},
		{"nonsense", both, ";;q=x\xff", "", "it", false},
		{"a choice", both, "it", "?lang=en", "en", true},
		{"a choice that there is not", both, "en", "?lang=de", "en", false},
		{
			"a tenant without this language", &onboarding.Organization{Languages: []string{"en"}}, "it", "?lang=it",
			"en", false,
		},
		{
			"a tenant of which no language is spoken", &onboarding.Organization{Languages: []string{"fi"}}, "fi,it", "",
			"en", false,
		},
		{
			"a tenant with one that is spoken", &onboarding.Organization{Languages: []string{"fi", "it"}}, "fi,en", "",
			"it", false,
		},
		{"nobody's page", nil, "it", "", "it", false},
		{"a very long header", both, strings.Repeat("de,", 5000) + "en", "", "it", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/"+tt.query, nil)
		r.Header.Set("Accept-Language", tt.accept)
		if got, chosen := chooseLanguage(r, tt.o); got.code != tt.want || chosen != tt.byChoice {
			t.Errorf("%s: %s, %v; want %s", tt.name, got.code, chosen, tt.want)
		}
	}
}

// TestHyphens reads a list of words that may break, and refuses other values.
func TestHyphens(t *testing.T) {
	read := func(hyphens string) (*texts, error) {
		return readTexts(fstest.MapFS{"xx.yaml": {Data: []byte("a: A Longword and Longwords\nsteps:\n  b:\n" +
			"    - {do: Longword, then: x}\nhyphens: " + hyphens + "\n")}}, "xx.yaml")
	}
	got, err := read("[Long-word]")
	if err != nil {
		t.Fatal(err)
	}
	if got.must("a") != "A Long\u00adword and Long\u00adwords" || got.steps["steps.b"][0].Do != "Long\u00adword" {
		t.Errorf("texts: %q %q", got.one, got.steps)
	}
	for _, wrong := range []string{"[Longword]", "[two wo-rds]", "text", "[1]", "{a: b}"} {
		if _, err := read(wrong); err == nil {
			t.Errorf("hyphens: %s is taken", wrong)
		}
	}
}
