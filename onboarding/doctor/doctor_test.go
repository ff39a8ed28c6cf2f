package doctor

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/testkit"
)

// lines runs checks and returns their output.
func lines(t *testing.T, want bool, checks ...Check) string {
	t.Helper()
	var out bytes.Buffer
	if healthy := Run(t.Context(), &out, checks...); healthy != want {
		t.Errorf("healthy: %v\n%s", healthy, &out)
	}
	return out.String()
}

func contains(t *testing.T, out string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("%q missing in\n%s", part, out)
		}
	}
}

func TestCertificates(t *testing.T) {
	now := time.Now()
	pki, err := certs.EnsureDevelopment(t.TempDir(), now, "radius.example.test")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(pki.ProfileRoot)
	if err != nil {
		t.Fatal(err)
	}
	root, err := certs.ParseAnchor(text, now)
	if err != nil {
		t.Fatal(err)
	}
	at := func(days int) Check {
		return Pair("signer", pki.ProfileCert, pki.ProfileKey, certs.ForSigning, now.AddDate(0, 0, days), root)
	}
	contains(t, lines(t, true, at(0)), "ok    signer: ", "days left")
	contains(t, lines(t, true, at(810)), "warn  signer: ", "expires in 1")
	contains(t, lines(t, false, at(900)), "fail  signer: ", pki.ProfileCert, "expired")
	contains(t, lines(t, false, Pair("signer", pki.ProfileCert, pki.RADIUSKey, certs.ForSigning, now, root)),
		"fail  signer: ", pki.RADIUSKey)
	contains(t, lines(t, false, Pair("signer", filepath.Join(t.TempDir(), "none.pem"), "none.key", certs.ForSigning,
		now)),
		"fail", "none.pem")
	contains(t, lines(t, true, Pair("signer", pki.ProfileCert, pki.ProfileKey, certs.ForSigning, now)),
		"warn  signer: ",
		"public root")
	contains(t, lines(t, true, Development(pki.ProfileRoot)), "warn", "development certificates", pki.ProfileRoot)
}

// declared implements Organizations with fixed organizations.
type declared []*onboarding.Organization

func (d declared) Export(context.Context, string) ([]*onboarding.Organization, error) {
	return d, nil
}

func organization(t *testing.T) *onboarding.Organization {
	t.Helper()
	pki, err := certs.EnsureDevelopment(t.TempDir(), time.Now(), "radius.example.test")
	if err != nil {
		t.Fatal(err)
	}
	anchor, err := os.ReadFile(pki.RADIUSRoot)
	if err != nil {
		t.Fatal(err)
	}
	id, location := onboarding.NewID(), onboarding.NewID()
	title := map[string]string{"en": "A text"}
	return &onboarding.Organization{
		ID: id, Name: "Sound", DefaultLocation: location, Languages: []string{"en"},
		Policies: []onboarding.Policy{
			{Key: onboarding.TermsOfUse, Version: "1", Title: title, URL: "https://example.com/terms"},
			{Key: onboarding.Privacy, Version: "1", Title: title, URL: "https://example.com/privacy"},
		},
		WiFi: onboarding.WiFi{
			Method:             "ttls",
			Inner:              "mschapv2",
			OuterIdentity:      "anonymous@example.test",
			TrustedServerNames: []string{"radius.example.test"},
			TrustAnchor:        string(anchor), ProfileLifetime: onboarding.DefaultProfileLifetime,
			Passpoint: &onboarding.Passpoint{Realm: "example.test", FriendlyName: "Sound"},
		},
		VisitGap:  onboarding.DefaultVisitGap,
		Locations: []onboarding.Location{{ID: location, Name: "Here", Timezone: "Europe/Rome"}},
	}
}

func TestTenants(t *testing.T) {
	now := time.Now()
	o := organization(t)
	contains(t, lines(t, true, Tenants(declared{o}, now)), "organization "+o.ID, "trust anchor", "days left")
	contains(t, lines(t, true, Tenants(declared{}, now)), "warn  organizations: none")
	contains(t, lines(t, false, Tenants(declared{o}, now.AddDate(20, 0, 0))), "fail", "wifi.trustAnchor")
	broken := *o
	broken.WiFi.TrustedServerNames = []string{"elsewhere.example.test"}
	broken.WiFi.Passpoint = &onboarding.Passpoint{Realm: "example.test", FriendlyName: "Broken",
		HomeDomain: "other.example.org"}
	contains(t, lines(t, false, Tenants(declared{&broken}, now)), "fail", "homeDomain")
}

func TestDatabase(t *testing.T) {
	contains(t, lines(t, true, Database(func(context.Context) error { return nil })), "ok    database")
	contains(t, lines(t, false, Database(func(context.Context) error { return errors.New("the schema\nis too old") })),
		"fail  database: the schema is too old")
}

func TestAAA(t *testing.T) {
	for status, healthy := range map[int]bool{http.StatusUnauthorized: true, http.StatusOK: false,
		http.StatusNotFound: false} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
		}))
		lines(t, healthy, AAA(s.URL))
		s.Close()
		contains(t, lines(t, false, AAA(s.URL)), "fail  aaa", "is serve running?")
	}
	contains(t, lines(t, true, AAA("")), "warn  aaa")
}

func TestRADIUSNotRunning(t *testing.T) {
	phones := Phones{Organizations: declared{}, Now: time.Now()}
	contains(t, lines(t, true, RADIUS(RADIUSServer{Address: "127.0.0.1:1"}, phones)), "warn  radius: no FreeRADIUS",
		"onramp freeradius")
	contains(t, lines(t, false, RADIUS(RADIUSServer{Address: "127.0.0.1:1", Secret: []byte("secret")}, phones)),
		"fail  radius: 127.0.0.1:1 does not answer: no program receives at this port")
}

// TestRecordedTrust checks the recorded certificate while no server answers.
func TestRecordedTrust(t *testing.T) {
	now := time.Now()
	pki, err := certs.EnsureDevelopment(t.TempDir(), now, "radius.example.test")
	if err != nil {
		t.Fatal(err)
	}
	chain, err := os.ReadFile(pki.RADIUSCert)
	if err != nil {
		t.Fatal(err)
	}
	anchor, err := os.ReadFile(pki.RADIUSRoot)
	if err != nil {
		t.Fatal(err)
	}
	o := organization(t)
	o.WiFi.TrustAnchor = string(anchor)
	check := func(want bool, now time.Time) string {
		t.Helper()
		return lines(t, want, RADIUS(RADIUSServer{Address: "127.0.0.1:1", Recorded: chain},
			Phones{Organizations: declared{o}, Now: now}))
	}
	contains(t, check(true, now), "ok    radius trust: every organization", "ok    radius certificate:")
	contains(t, check(false, now.AddDate(3, 0, 0)), "fail  radius certificate:", "has expired", "(expired)")
	o.WiFi.TrustedServerNames = []string{"radius.elsewhere.test"}
	contains(t, check(false, now), "fail  radius trust: organization "+o.ID+": no phone accepts", "(name)",
		"radius.elsewhere.test", "radius.example.test")
	o = organization(t) // of another root
	contains(t, check(false, now), "(anchor)", "Onramp Development RADIUS Root")
}

// TestRecordedPublicTrust has organizations that rely on public roots.
func TestRecordedPublicTrust(t *testing.T) {
	now := time.Now()
	root := testkit.IssueRoot(t, "Public Root", now)
	chain := testkit.PEM(testkit.IssueServer(t, root, now, []string{"radius.example.test"}))
	o := organization(t)
	o.WiFi.TrustAnchor = ""
	check := func(want bool) string {
		t.Helper()
		return lines(t, want, RADIUS(RADIUSServer{Address: "127.0.0.1:1", Recorded: []byte(chain)},
			Phones{Organizations: declared{o}, Now: now}))
	}
	contains(t, check(true), "warn  radius trust: organization "+o.ID+": it is not known whether phones accept")
	o.WiFi.TrustedServerNames = []string{"radius.elsewhere.test"}
	contains(t, check(false), "fail  radius trust", "(name)", "radius.elsewhere.test", "radius.example.test")
	o.WiFi.TrustedServerNames = []string{"radius.example.test"}
	o.WiFi.PublicRoots = []string{testkit.PEM(root)}
	contains(t, check(true), "ok    radius trust")
	o.WiFi.PublicRoots = []string{testkit.PEM(testkit.IssueRoot(t, "Other Public Root", now))}
	contains(t, check(false), "fail  radius trust", "(anchor)", "Other Public Root", "issued by Public Root")
}

func TestChanges(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	check := func(changes ...SecretChange) string {
		t.Helper()
		return lines(t, true, Changes(func(context.Context) ([]SecretChange, error) { return changes, nil }))
	}
	contains(t, check(), "ok    secret changes: none")
	c := SecretChange{Kind: "aaa", Former: "aaa-secret", Newest: "aaa-secret-2", Ends: at}
	contains(t, check(c), "warn  secret changes: no request has used aaa-secret-2 yet", "until 2026-11-22T09:00:00Z")
	c.NewestUsed, c.Ends = at, time.Time{}
	contains(t, check(c), "aaa-secret works until it is forgotten", "onramp rekey aaa --forget aaa-secret")
	c.FormerUsed, c.FormerUsedBy = at, "192.0.2.1"
	contains(t, check(c), "aaa-secret was last used at 2026-11-22T09:00:00Z by 192.0.2.1")
	broken := Changes(func(context.Context) ([]SecretChange, error) { return nil, errors.New("no database") })
	contains(t, lines(t, false, broken), "fail  secret changes: no database")
}

func TestKeyAges(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	year := now.AddDate(0, 0, -366)
	ages := []onboarding.KeyAge{
		{Kind: "jwt", Created: year}, {Kind: "radius", Created: year}, {Kind: "aaa"},
		{Kind: onboarding.KeyMaster, Created: now.AddDate(0, 0, -731)}, {Kind: onboarding.KeyClient, Created: year},
		{Kind: onboarding.KeySigner, Created: now.AddDate(0, 0, -731)}, {Kind: "scroll", Created: now.Add(time.Hour)},
	}
	out := lines(t, true, KeyAges(func(context.Context) ([]onboarding.KeyAge, error) { return ages, nil }, now))
	contains(t, out, "warn  key age: jwt: 366 days, more than 365: onramp rekey jwt", "ok    key age: radius: 366 days",
		"ok    key age: aaa: its creation is not known", "warn  key age: master: 731 days, more than 730: onramp rekey",
		"warn  key age: client: 366 days", "onramp key rotate", "warn  key age: signer: 731 days", "--signing-cert",
		"ok    key age: scroll: 0 days")
	broken := KeyAges(func(context.Context) ([]onboarding.KeyAge, error) { return nil, errors.New("no database") }, now)
	contains(t, lines(t, false, broken), "fail  key age: no database")
}

// heard implements AccessPointSource with fixed access points.
type heard []onboarding.AccessPoint

func (h heard) UnknownAccessPoints(context.Context, int) ([]onboarding.AccessPoint, error) {
	return h, nil
}

func TestAccessPoints(t *testing.T) {
	contains(t, lines(t, true, AccessPoints(heard{})), "ok    access points")
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	contains(t, lines(t, true, AccessPoints(heard{{NASIdentifier: "ap\n9", Address: "192.0.2.9", LastSeen: at}})),
		"warn  access points", `"ap\n9"`, "192.0.2.9", "2026-11-22T09:00:00Z")
}
