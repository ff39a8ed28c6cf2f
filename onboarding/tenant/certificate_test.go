package tenant_test

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
)

// TestApplyWarnsOfCertificate applies an organization after `onramp freeradius` recorded various
// certificates.
func TestApplyWarnsOfCertificate(t *testing.T) {
	now := time.Now()
	root, other := testkit.IssueRoot(t, "Root", now), testkit.IssueRoot(t, "Other root", now)
	private := func(w *onboarding.WiFi) { w.PublicRoots, w.TrustAnchor = nil, testkit.PEM(root) }
	const name = "radius.venue1.example"
	for _, c := range []struct {
		about  string
		change func(*onboarding.WiFi)
		chain  string
		field  string // empty: no warning
		texts  []string
	}{
		{"nothing recorded", private, "", "", nil},
		{"unreadable", private, "nonsense", "", nil},
		{"the same root", private, testkit.PEM(testkit.IssueServer(t, root, now, []string{name})), "", nil},
		{"another name", private, testkit.PEM(testkit.IssueServer(t, root, now, []string{"radius.other.example"})),
			"wifi.trustedServerNames", []string{`trusts ["radius.venue1.example"]: no phone accepts`,
				`"radius.other.example"`, `issued by "CN=Root"`, "the profile trusts none"}},
		{"another root", private, testkit.PEM(testkit.IssueServer(t, other, now, []string{name}), other),
			"wifi.trustAnchor", []string{`trusts "CN=Root": no phone accepts`, `issued by "CN=Other root"`}},
		{"a deeper name", private, testkit.PEM(testkit.IssueServer(t, root, now, []string{"a." + name})),
			"wifi.trustedServerNames", []string{"profiles for ios, macos, windows, iwd, settings-ios refuse",
				"not by the rule of this platform"}},
		{"an expired one", private, testkit.PEM(testkit.IssueServer(t, root, now.AddDate(-2, 0, 0), []string{name})),
			"wifi", []string{"no phone accepts", "has expired"}},
		{"a private root for public ones", func(*onboarding.WiFi) {},
			testkit.PEM(testkit.IssueServer(t, other, now, []string{name}), other),
			"wifi", []string{"trusts public roots: no phone accepts"}},
	} {
		t.Run(c.about, func(t *testing.T) {
			db := testkit.OpenStore(t)
			public := x509.NewCertPool()
			public.AddCert(root.Certificate)
			d := testkit.Deploy(t, deployment.Config{Store: db, PublicRoots: public})
			if c.chain != "" {
				if err := d.Access.PutSetting(t.Context(), onboarding.SettingRADIUSCertificate, c.chain); err != nil {
					t.Fatal(err)
				}
			}
			o := testkit.Organization(1)
			c.change(&o.WiFi)
			applied, err := d.Tenant.Apply(t.Context(), []*onboarding.Organization{o})
			if err != nil {
				t.Fatal(err)
			}
			var found []onboarding.Finding
			for _, f := range applied[0].Findings {
				if f.Rule == "radius-certificate" {
					found = append(found, f)
				}
			}
			if c.field == "" {
				if len(found) > 0 {
					t.Errorf("%+v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Field != c.field || found[0].Severity != onboarding.SeverityWarning {
				t.Fatalf("%+v", found)
			}
			for _, text := range c.texts {
				if !strings.Contains(found[0].Message, text) {
					t.Errorf("%s\nlacks %s", found[0].Message, text)
				}
			}
		})
	}
}
