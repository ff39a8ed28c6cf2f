package tenantfile

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onramp/onboarding"
	"onramp/onboarding/tenant"
	"onramp/profiles"
)

var testNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// testEnvironment reads from a map and seals with a real sealer under a key of zeros.
func testEnvironment(t testing.TB, files map[string]string) Environment {
	sealer, err := onboarding.NewSealer(make([]byte, onboarding.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return Environment{
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		},
		Seal: func(id string, secret []byte) (onboarding.Sealed, error) {
			if len(secret) == 0 {
				return onboarding.Sealed{}, errors.New("it is empty")
			}
			return sealer.Seal(secret, id), nil
		},
	}
}

func readTestdata(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// allDiagnostics returns the diagnostics of a file that need no database.
func allDiagnostics(f *File) []Diagnostic {
	all := append([]Diagnostic(nil), f.Diagnostics...)
	for i, o := range f.Organizations {
		for _, finding := range tenant.Check(o, testNow) {
			if !f.explained(i, finding) {
				all = append(all, f.diagnostic(i, finding))
			}
		}
	}
	sortDiagnostics(all, []*File{f})
	return all
}

func printedDiagnostics(f *File) string {
	var b strings.Builder
	Print(&b, allDiagnostics(f))
	return b.String()
}

func errorsOnly(f *File) []Diagnostic {
	return slices.DeleteFunc(allDiagnostics(f),
		func(c Diagnostic) bool { return c.Severity != onboarding.SeverityError })
}

func angle(d float64) *float64 { return &d }

func TestVenue(t *testing.T) {
	f := Parse("venue.yaml", []byte(readTestdata(t, "venue.yaml")), testEnvironment(t, nil))
	got := printedDiagnostics(f)
	if strings.Count(got, "\n") != 3 || strings.Count(got, ": warning: ") != 2 || !strings.Contains(got,
		"venue.yaml:15: warning: organizations[0].wifi.outerIdentity: ") ||
		!strings.Contains(got, "anonymous@get.securewifi.io") || !strings.Contains(got, "anonymous@wifi.cloud4wi.com") {
		t.Errorf("want a warning that names both outer identities, one about roots, and a note; got\n%s", got)
	}
	text := func(en, it string) map[string]string { return map[string]string{"en": en, "it": it} }
	want := &onboarding.Organization{
		ID: "3a8ccd060216452e09b2b32e750cb5eb", Name: "Cloud4Wi Demo",
		Names:           map[string]string{"it": "Dimostrazione Cloud4Wi"},
		DefaultLocation: "ff80808170f5232b01754653699e109e",
		Languages:       []string{"en", "it"},
		Policies: []onboarding.Policy{
			{Key: "termsOfUse", Version: "1.00", Title: text("Terms of use", "Condizioni d'uso"),
				URL: "https://example.com/terms"},
			{Key: "privacy", Version: "1.00", Title: text("Privacy policy", "Informativa privacy"),
				URL: "https://example.com/privacy"},
			{Key: "mktgCommunications", Version: "1.00", Title: text("Offers by e-mail", "Offerte via e-mail")},
			{Key: "ageVerification", Version: "1.00", Title: text("I am over 16", "Ho più di 16 anni")},
			{Key: "customs.emailMarketing", Version: "1.00", Title: text("Partner offers", "Offerte dei partner")},
		},
		WiFi: onboarding.WiFi{
			Method: "ttls", Inner: "mschapv2", OuterIdentity: "anonymous@get.securewifi.io",
			TrustedServerNames: []string{"get.securewifi.io"}, ProfileLifetime: 8760 * time.Hour,
			CarrierID: "cf68a9b1-cbe0-5224-b0f5-2b21056773ee",
			Helpdesk: &onboarding.Helpdesk{Email: "help@example.com", Phone: "+39 02 1234567",
				URL: "https://example.com/help"},
			Passpoint: &onboarding.Passpoint{Realm: "wifi.cloud4wi.com", FriendlyName: "Cloud4Wi WiFi"},
			WPA2:      &onboarding.WPA2{SSID: "securewifi.io"},
		},
		VisitGap: 2 * time.Hour,
		Portal: onboarding.Portal{Fields: []string{"firstName", "lastName", "email"},
			RedirectHosts: []string{"example.com"}},
		Locations: []onboarding.Location{{
			ID: "ff80808170f5232b01754653699e109e", Name: "Via Roma", Timezone: "Europe/Rome",
			Latitude: angle(43.7161), Longitude: angle(10.3966),
			Hotspots: []onboarding.Hotspot{
				{ID: "8a80808170f5232b0175465369aa0001", Name: "Front door", MAC: "02:00:00:00:00:01",
					NASIdentifier: "ap1.example.com"},
				{ID: "8a80808170f5232b0175465369aa0002", Name: "Hall", MAC: "02:00:00:00:00:02",
					NASIdentifier: "ap2.example.com"},
			},
		}},
	}
	if diff := cmp.Diff([]*onboarding.Organization{want}, f.Organizations, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// Defaults complete a minimal file, without an error.
func TestDefaults(t *testing.T) {
	f := Parse("smallest.yaml", []byte(readTestdata(t, "smallest.yaml")), testEnvironment(t, nil))
	if got := errorsOnly(f); len(got) > 0 {
		t.Fatalf("refused: %v", got)
	}
	o := f.Organizations[0]
	got := []any{o.Languages, o.DefaultLocation, o.VisitGap, o.WiFi.Method, o.WiFi.Inner, o.WiFi.OuterIdentity,
		o.WiFi.ProfileLifetime, o.WiFi.TrustAnchor}
	want := []any{[]string{"en"}, "c0000000000000000000000000000001", 2 * time.Hour, profiles.TTLS, profiles.MSCHAPv2,
		"anonymous@cafe.example", 365 * 24 * time.Hour, ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// openRoaming implies roaming.
func TestOpenRoaming(t *testing.T) {
	text := strings.Replace(readTestdata(t, "smallest.yaml"), "realm: cafe.example,",
		"realm: cafe.example, openRoaming: settlementFree,", 1)
	f := Parse("venue.yaml", []byte(text), testEnvironment(t, nil))
	if got := errorsOnly(f); len(got) > 0 {
		t.Fatalf("refused: %v", got)
	}
	if p := f.Organizations[0].WiFi.Passpoint; !p.Roaming || p.OpenRoaming != "settlementFree" {
		t.Errorf("got %+v", p)
	}
}

func TestSharingAndSeveralDocuments(t *testing.T) {
	one := readTestdata(t, "smallest.yaml")
	shared := strings.Replace(one, "wifi:\n", "wifi: &wifi\n", 1) + `
  - id: "00000000000000000000000000000002"
    name: Second Café
    policies:
      - {key: termsOfUse, version: "1", title: {en: Terms}, url: "https://cafe.example/terms"}
      - {key: privacy, version: "1", title: {en: Privacy}, url: "https://cafe.example/privacy"}
    wifi:
      <<: *wifi
      profileLifetime: 30d
    locations:
      - {id: c0000000000000000000000000000002, name: The Second Café, timezone: Europe/Paris}
---
organizations:
  - id: "00000000000000000000000000000003"
    relm: third
`
	f := Parse("cafes.yaml", []byte(shared), testEnvironment(t, nil))
	if len(f.Organizations) != 3 {
		t.Fatalf("%d organizations: %v", len(f.Organizations), f.Diagnostics)
	}
	if w := f.Organizations[1].WiFi; w.ProfileLifetime != 30*24*time.Hour || w.Passpoint == nil ||
		w.Passpoint.Realm != "cafe.example" {
		t.Errorf("merged: %+v", w)
	}
	if f.Organizations[0].WiFi.ProfileLifetime != onboarding.DefaultProfileLifetime {
		t.Error("the merge changed what it merged")
	}
	if len(f.Diagnostics) != 1 || f.Diagnostics[0].Line != strings.Count(shared[:strings.Index(shared, "relm")],
		"\n")+1 {
		t.Errorf("the third document: %v", f.Diagnostics)
	}
}

// A small file must not unfold into a large one.
func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a: &a [x,x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c <= 'j'; c++ {
		b.WriteString(string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 10) + "]\n")
	}
	b.WriteString("organizations: *j\n")
	merges := "x0: &x0 {name: n}\n"
	for i := 1; i < 12; i++ {
		at, last := string(rune('a'+i)), string(rune('a'+i-1))
		if i == 1 {
			last = "x0"
		}
		merges += "m" + at + ": &" + at + " {<<: [" + strings.Repeat("*"+last+",", 20) + "]}\n"
	}
	merges += "organizations: [{<<: *l}]\n"
	for name, text := range map[string]string{
		"lists":  b.String(),
		"merges": merges,
		"circle": "organizations: [&o {id: x, <<: *o}]\n",
		"self":   "organizations: &o [*o]\n",
		"deep":   strings.Repeat("[", 9000),
		"wide":   "organizations: [" + strings.Repeat("{},", 200_000) + "]",
	} {
		f := Parse(name, []byte(text), testEnvironment(t, nil))
		if len(f.Diagnostics) == 0 || len(f.Diagnostics) > maxDiagnostics {
			t.Errorf("%s: %d diagnostics", name, len(f.Diagnostics))
		}
	}
}

func TestPrivateRootFromFileAndInline(t *testing.T) {
	anchor := readTestdata(t, "root.pem")
	base := readTestdata(t, "smallest.yaml")
	with := func(value string) string {
		return strings.Replace(base, "    wifi:\n", "    wifi:\n      trustAnchor: "+value+"\n", 1)
	}
	files := map[string]string{"root.pem": "Subject: text that openssl writes\n" + strings.ReplaceAll(anchor, "\n",
		"\r\n")}
	inline := "|\n        " + strings.ReplaceAll(strings.TrimSpace(anchor), "\n", "\n        ")
	for _, value := range []string{"root.pem", inline} {
		f := Parse("venue.yaml", []byte(with(value)), testEnvironment(t, files))
		if got := errorsOnly(f); len(got) > 0 {
			t.Errorf("refused: %v", got)
		}
		if f.Organizations[0].WiFi.TrustAnchor != anchor {
			t.Errorf("trustAnchor: %q", f.Organizations[0].WiFi.TrustAnchor)
		}
	}
}

func TestSecretFile(t *testing.T) {
	text := strings.Replace(readTestdata(t, "venue.yaml"), "nasIdentifier: ap1.example.com}",
		`address: "192.0.2.10:1700", secretFile: ap1.secret}`, 1)
	f := Parse("venue.yaml", []byte(text), testEnvironment(t, map[string]string{"ap1.secret": "sesame\r\n"}))
	if len(f.Diagnostics) > 0 {
		t.Fatal(f.Diagnostics)
	}
	h := f.Organizations[0].Locations[0].Hotspots[0]
	if h.Address != "192.0.2.10" || h.DisconnectPort != 1700 || h.Secret == nil {
		t.Fatalf("%+v", h)
	}
	sealer, _ := onboarding.NewSealer(make([]byte, onboarding.MasterKeySize))
	if plain, err := sealer.Open(*h.Secret, h.ID); err != nil || string(plain) != "sesame" {
		t.Errorf("the line break belongs to the file, not to the secret: %q, %v", plain, err)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"8760h": 8760 * time.Hour, "365d": 8760 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute,
		"1h30m": 90 * time.Minute,
	} {
		got, err := parseDuration(text)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		again, err := parseDuration(onboarding.FormatDuration(got))
		if err != nil || again != got {
			t.Errorf("%s is written %s", text, onboarding.FormatDuration(got))
		}
	}
	for _, text := range []string{"", "d", "1", "1d-2h", "1d+2h", "1y", "999999d", "1h 30m", "-1d", "99999999999h",
		"99999d9999999h"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"realm", "friendlyName", "homeDomain", "roaming", "roamingConsortiums", "id", "name", "mac"}
	for key, want := range map[string]string{
		"relm": "realm", "Realm": "realm", "freindlyName": "friendlyName", "roamingConsortium": "roamingConsortiums",
		"home_domain": "homeDomain",
		"ID":          "id", "zzz": "", "": "", "x": "", "colour": "", strings.Repeat("a", 100): "",
	} {
		if got := nearest(key, known); got != want {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}
