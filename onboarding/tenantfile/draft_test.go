package tenantfile

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/templates"
)

// draftOf writes a draft and reads it again as apply does.
func draftOf(t interface {
	Helper()
	Fatal(...any)
}, d *Draft, root string) (text string, f *File) {
	t.Helper()
	var out bytes.Buffer
	if err := d.Write(&out, "https://wifi.example.com/schema/tenant.json"); err != nil {
		t.Fatal(err)
	}
	return out.String(), Parse("venue.yaml", out.Bytes(), Environment{
		ReadFile: func(string) ([]byte, error) { return []byte(root), nil },
	})
}

// TestDraft checks that a draft by any name and languages is read without an error, is valid by the
// schema, and has new IDs.
func TestDraft(t *testing.T) {
	root, schema := readTestdata(t, "root.pem"), compiled(t)
	rapid.Check(t, func(t *rapid.T) {
		d := &Draft{
			Name: drawText(t, "name"), Domain: "wifi.example.com", Timezone: "Europe/Rome",
			Languages: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"en", "it", "no", "he", "ja"}), 1, 5,
				rapid.ID).Draw(t, "languages"),
			SSID: drawText(t, "ssid"), Location: drawText(t, "location"),
		}
		if rapid.Bool().Draw(t, "private") {
			d.TrustAnchor, d.AnchorFile = root, "pki/root.pem"
		}
		if d.Fault() != nil {
			t.Skip("refused")
		}
		text, f := draftOf(t, d, root)
		if refused := errorsOnly(f); len(refused) > 0 {
			t.Fatalf("%v\n%s", refused, text)
		}
		if err := validate(schema, []byte(text)); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		o := f.Organizations[0]
		if o.Name != d.Name || o.WiFi.WPA2.SSID != d.SSID && d.SSID != "" || o.Languages[0] != d.Languages[0] ||
			o.WiFi.TrustAnchor != d.TrustAnchor {
			t.Fatalf("%+v\n%s", o, text)
		}
		if _, again := draftOf(t, d, root); again.Organizations[0].ID == o.ID ||
			again.Organizations[0].Locations[0].ID == o.Locations[0].ID {
			t.Fatal("two drafts have the same ID")
		}
	})
}

// TestDraftComments checks that every key of a draft has its meaning above it, and that the keys
// that it leaves out are named.
func TestDraftComments(t *testing.T) {
	text, _ := draftOf(t, &Draft{Name: "Caffè Roma", Domain: "wifi.example.com", Languages: []string{"it"},
		Timezone: "Europe/Rome"}, "")
	for _, want := range []string{
		"  - # More keys: names, radius, retention, segments, webhooks, externalSource, consentVersions.\n",
		"    # The name that visitors see.\n    name: \"Caffè Roma\"\n",
		"Access points announce it as NAI realm.\n        realm: wifi.example.com\n",
		"          it: Informativa sulla privacy\n", "      slug: caffe-roma\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for i, line := range strings.Split(text, "\n") {
		if columns := len([]rune(line)); columns > 105 && !strings.Contains(line, "http") {
			t.Errorf("line %d has %d columns: %s", i+1, columns, line)
		}
	}
}

func TestSlugOf(t *testing.T) {
	for name, want := range map[string]string{
		"Caffè Roma": "caffe-roma", "L'Étoile du Nord": "letoile-du-nord", "  -- 7th & Main --": "7th-main",
		"Go": "", "demo": "", "東京": "", "Καφέ Roma": "", "x": "", strings.Repeat("ab ", 20): "", "Straße": "",
		"3a8ccd060216452e09b2b32e750cb5eb": "",
	} {
		if got := slugOf(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
		if want != "" && !onboarding.ValidSlug(want) {
			t.Errorf("%q is no slug", want)
		}
	}
}

// TestPolicyTitles checks that the titles exist in every language of the pages.
func TestPolicyTitles(t *testing.T) {
	for _, language := range templates.PageLanguages() {
		terms, privacy := templates.PolicyTitles(language)
		if terms == "" || privacy == "" || terms == privacy {
			t.Errorf("%s: %q, %q", language, terms, privacy)
		}
	}
	if terms, privacy := templates.PolicyTitles("../pages/en"); terms != "" || privacy != "" {
		t.Errorf("another file: %q, %q", terms, privacy)
	}
}
