package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

// certificateCase is a data folder in which two customers hold profiles, and certificates.
type certificateCase struct {
	data      string
	customers []string
	root      *testkit.Pair
	at        time.Time
}

// newCertificateCase stores an organization with a private root, and a profile of each customer:
// the first for ios with the old name, the second for android with the old and the new one.
func newCertificateCase(t *testing.T) *certificateCase {
	t.Helper()
	at := time.Now()
	c := &certificateCase{data: filepath.Join(t.TempDir(), "data"), root: testkit.IssueRoot(t, "Root", at), at: at}
	o := testkit.Organization(1)
	o.WiFi.PublicRoots, o.WiFi.TrustAnchor = nil, testkit.PEM(c.root)
	c.with(t, func(d *storage, s *deployment.Deployment) error {
		if _, err := s.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
			return err
		}
		for i, name := range []string{"anna", "bea"} {
			w, platform := o.WiFi, []string{"ios", "android"}[i]
			if i == 1 {
				w.TrustedServerNames = []string{"radius.venue1.example", "new.venue1.example"}
			}
			if err := c.addProfile(t, d, s, o, name, platform, w); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

func (c *certificateCase) with(t *testing.T, work func(*storage, *deployment.Deployment) error) {
	t.Helper()
	if err := withService(t.Context(), &flags{data: c.data}, work); err != nil {
		t.Fatal(err)
	}
}

func (c *certificateCase) addProfile(
	t *testing.T, d *storage, s *deployment.Deployment, o *onboarding.Organization, name, platform string,
	w onboarding.WiFi,
) error {
	password := "secret"
	made, err := s.Registration.Register(t.Context(), testkit.Manager(o), registration.Request{
		Input: registration.CustomerInput{Username: &name, Password: &password,
			Policies: map[string]bool{"termsOfUse": true, "privacy": true}},
	})
	if err != nil {
		return err
	}
	c.customers = append(c.customers, made.Customer.ID)
	k, err := d.store.Credential(t.Context(), made.Customer.ID)
	if err != nil {
		return err
	}
	return d.store.Write(t.Context(), func(tx onboarding.Tx) error {
		if err := tx.PutProfileSettings(t.Context(), &onboarding.ProfileSettings{
			ID: name, OrganizationID: o.ID, First: c.at, WiFi: w,
		}); err != nil {
			return err
		}
		return tx.CountDownload(t.Context(), &onboarding.Download{
			CustomerID: made.Customer.ID, OrganizationID: o.ID, Platform: platform, Source: onboarding.SourceVisitor,
			Credential: k.Created, Expires: k.Expires, SettingsID: name, First: c.at, Last: c.at, Count: 1,
		})
	})
}

// file writes certificates to a PEM file.
func (c *certificateCase) file(t *testing.T, certificates ...*testkit.Pair) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "new.pem")
	if err := os.WriteFile(name, []byte(testkit.PEM(certificates...)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRADIUSCertCheck(t *testing.T) {
	c := newCertificateCase(t)
	check := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := onramp(t, "", append([]string{"radius-cert", "check", "--data", c.data}, args...)...)
		if code != want {
			t.Errorf("%q ended with %d, not %d:\n%s%s", args, code, want, stdout, stderr)
		}
		return stdout, stderr
	}
	next := c.file(t, testkit.IssueServer(t, c.root, c.at, []string{"new.venue1.example"}))
	var got map[string]any
	out, _ := check(1, next, "--json")
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	counts := func(accept, refuse, unknown float64) map[string]any {
		return map[string]any{"accept": accept, "refuse": refuse, "unknown": unknown}
	}
	want := map[string]any{
		"profiles": 2.0, "accept": 1.0, "refuse": 1.0, "unknown": 0.0,
		"byPlatform": map[string]any{"ios": counts(0, 1, 0), "android": counts(1, 0, 0)},
		"reasons":    map[string]any{"name": 1.0},
		"refused":    []any{map[string]any{"customerId": c.customers[0], "platform": "ios", "reason": "name"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	out, stderr := check(1, next)
	for _, text := range []string{"refuse   customer " + c.customers[0], "new.venue1.example", "50.0 % accept",
		"name", "wifi.trustedServerNames", "1. Widen", "2. Issue", "3. Wait", "4. Switch", "to do"} {
		if !strings.Contains(out, text) {
			t.Errorf("the text lacks %q:\n%s", text, out)
		}
	}
	if !strings.Contains(stderr, "1 of 2 profiles refuse") {
		t.Error(stderr)
	}

	same := testkit.IssueServer(t, c.root, c.at, []string{"radius.venue1.example"})
	if out, _ := check(0, c.file(t, same), "--json"); !strings.Contains(out, `"refused":[]`) {
		t.Error(out)
	}
	middle := testkit.IssueIntermediate(t, c.root, "Middle", c.at)
	below := c.file(t, testkit.IssueServer(t, middle, c.at, []string{"radius.venue1.example"}))
	if out, _ := check(1, below); !strings.Contains(out, "intermediate-missing") {
		t.Error(out)
	}
	check(0, below, "--chain", c.file(t, middle))
}

func TestRADIUSCertUsage(t *testing.T) {
	c := newCertificateCase(t)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	leaf := testkit.IssueServer(t, c.root, c.at, []string{"radius.venue1.example"})
	for _, args := range [][]string{
		{"check", c.file(t, c.root, leaf)}, {"plan", c.file(t, c.root, leaf)}, // in the wrong order
		{"check"}, {"check", "a", "b"}, {"check", filepath.Join(t.TempDir(), "absent.pem")}, {"check", empty},
		{"check", c.file(t, c.root), "--chain", empty}, {"check", "--surprise"}, {"plan", "--chain", empty},
		{"plan", "a", "b"},
	} {
		code, stdout, stderr := onramp(t, "", append([]string{"radius-cert", "--data", c.data}, args...)...)
		if code != 2 {
			t.Errorf("%q ended with %d:\n%s%s", args, code, stdout, stderr)
		}
	}
	for _, args := range [][]string{{"plan"}, {"check", c.file(t, c.root), "--organization", onboarding.NewID()}} {
		code, _, stderr := onramp(t, "", append([]string{"radius-cert", "--data", c.data}, args...)...)
		if code != 1 || !strings.Contains(stderr, "not found") {
			t.Errorf("%q ended with %d: %s", args, code, stderr)
		}
	}
}

func TestRADIUSCertPlan(t *testing.T) {
	c := newCertificateCase(t)
	next := c.file(t, testkit.IssueServer(t, c.root, c.at, []string{"new.venue1.example"}))
	code, first, stderr := onramp(t, "", "radius-cert", "plan", next, "--data", c.data)
	day := c.at.UTC().Format(time.DateOnly)
	if code != 1 || !strings.Contains(first, day+"  1 accept (50.0 % accept)") ||
		!strings.Contains(first, "1 of 2 profiles accepted it") {
		t.Errorf("%d\n%s%s", code, first, stderr)
	}
	code, again, stderr := onramp(t, "", "radius-cert", "plan", "--data", c.data)
	if code != 1 || again != first {
		t.Errorf("without a file: %d\n%s%s", code, again, stderr)
	}
	_, out, stderr := onramp(t, "", "radius-cert", "plan", "--json", "--data", c.data)
	var got struct {
		Accept, Profiles int
		Candidate        struct {
			Names            []string
			Recorded         time.Time
			Accept, Profiles int
		}
		Days    []struct{ Day string }
		Refused []struct{ CustomerID string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Accept != 1 || got.Candidate.Profiles != 2 ||
		len(got.Candidate.Names) != 1 || len(got.Days) != 1 || got.Days[0].Day != day || len(got.Refused) != 1 ||
		got.Refused[0].CustomerID != c.customers[0] {
		t.Errorf("%v: %s%s", err, out, stderr)
	}
}
