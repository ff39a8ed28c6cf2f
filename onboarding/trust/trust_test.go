package trust_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/testkit"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

const (
	radius = "radius.venue.example"
	realm  = "venue.example"
)

// pki holds a private CA with an intermediate, another CA, and one that stands for the public ones.
type pki struct {
	root, middle, other, public *testkit.Pair
}

func newPKI(t testing.TB) pki {
	root := testkit.IssueRoot(t, "Root", now)
	return pki{root: root, middle: testkit.IssueIntermediate(t, root, "Middle", now),
		other: testkit.IssueRoot(t, "Other", now), public: testkit.IssueRoot(t, "Public", now)}
}

// settings returns settings with both kinds of network that trust the root and the names.
func (p pki) settings(names ...string) *profiles.WiFi {
	return &profiles.WiFi{
		Method: profiles.TTLS, Inner: profiles.MSCHAPv2, TrustedServerNames: names,
		TrustAnchor: testkit.PEM(p.root), Passpoint: &profiles.Passpoint{Realm: realm, FriendlyName: "Venue"},
		WPA2: &profiles.WPA2{SSID: "venue"},
	}
}

// publicSettings returns settings that rely on public roots.
func (p pki) publicSettings(names ...string) *profiles.WiFi {
	w := p.settings(names...)
	w.TrustAnchor = ""
	return w
}

// server returns a server that sends a chain; its phones' public root is p.public.
func (p pki) server(chain ...*testkit.Pair) *trust.Server {
	s := &trust.Server{PublicRoots: x509.NewCertPool()}
	s.PublicRoots.AddCert(p.public.Certificate)
	for _, c := range chain {
		s.Chain = append(s.Chain, c.Certificate)
	}
	return s
}

// verdicts maps platforms to verdicts; "" is that of all other platforms.
type verdicts map[profiles.Platform]trust.Verdict

func (v verdicts) check(t *testing.T, s *trust.Server, w *profiles.WiFi) {
	t.Helper()
	for _, p := range profiles.Platforms() {
		want, ok := v[p]
		if !ok {
			want = v[""]
		}
		if got := s.Judge(w, p, now); got != want {
			t.Errorf("%s: %v, want %v", p, got, want)
		}
	}
}

var accepted = trust.Verdict{Result: trust.Accept}

func refused(r trust.Reason, d trust.Detail) trust.Verdict { return trust.Verdict{trust.Refuse, r, d} }
func unsure(r trust.Reason, d trust.Detail) trust.Verdict  { return trust.Verdict{trust.Unknown, r, d} }

// TestAnchors checks the chain's end: the platforms agree on it except for public roots and odd
// anchors.
func TestAnchors(t *testing.T) {
	p := newPKI(t)
	leaf := testkit.IssueServer(t, p.middle, now, []string{radius})
	t.Run("complete chain", func(t *testing.T) {
		verdicts{"": accepted}.check(t, p.server(leaf, p.middle), p.settings(radius))
	})
	t.Run("with root and a stranger", func(t *testing.T) {
		verdicts{"": accepted}.check(t, p.server(leaf, p.other, p.root, p.middle), p.settings(radius))
	})
	t.Run("intermediate missing", func(t *testing.T) {
		verdicts{"": refused(trust.Anchor, trust.IntermediateMissing)}.check(t, p.server(leaf), p.settings(radius))
	})
	t.Run("other root", func(t *testing.T) {
		leaf := testkit.IssueServer(t, p.other, now, []string{radius})
		verdicts{"": refused(trust.Anchor, trust.OtherRoot)}.check(t, p.server(leaf, p.other), p.settings(radius))
	})
	t.Run("public root", func(t *testing.T) {
		leaf := testkit.IssueServer(t, p.public, now, []string{radius})
		w := p.publicSettings(radius)
		w.PublicRoots = []string{testkit.PEM(p.public)}
		verdicts{"": accepted}.check(t, p.server(leaf), w)
		// Only some documents name the roots.
		w.PublicRoots = []string{testkit.PEM(p.other)}
		no := refused(trust.Anchor, trust.IntermediateMissing)
		verdicts{"": accepted, profiles.Windows: no, profiles.IWD: no, profiles.EAPConfig: no,
			profiles.SettingsAndroid: no}.check(t, p.server(leaf), w)
	})
	t.Run("public roots unknown", func(t *testing.T) {
		s := p.server(testkit.IssueServer(t, p.public, now, []string{radius}))
		for _, pool := range []*x509.CertPool{nil, x509.NewCertPool()} {
			s.PublicRoots = pool
			verdicts{"": unsure(trust.Anchor, trust.NoRoots)}.check(t, s, p.publicSettings(radius))
		}
	})
	t.Run("public roots of the settings alone", func(t *testing.T) {
		s := p.server(testkit.IssueServer(t, p.public, now, []string{radius}))
		s.PublicRoots = nil
		w := p.publicSettings(radius)
		w.PublicRoots = []string{testkit.PEM(p.public)}
		verdicts{"": accepted}.check(t, s, w)
		w.PublicRoots = []string{testkit.PEM(p.other)}
		no := refused(trust.Anchor, trust.IntermediateMissing)
		verdicts{"": unsure(trust.Anchor, trust.NoRoots), profiles.Windows: no, profiles.IWD: no,
			profiles.EAPConfig: no, profiles.SettingsAndroid: no}.check(t, s, w)
	})
	t.Run("same name, other key", func(t *testing.T) {
		twin := testkit.IssueRoot(t, "Root", now)
		leaf := testkit.IssueServer(t, twin, now, []string{radius})
		verdicts{"": refused(trust.Anchor, trust.OtherRoot)}.check(t, p.server(leaf), p.settings(radius))
	})
	t.Run("cross-signed", func(t *testing.T) {
		cross := testkit.Issue(t, p.other, &x509.Certificate{
			Subject: p.middle.Subject, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), IsCA: true,
			BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}, p.middle.Key)
		verdicts{"": accepted}.check(t, p.server(leaf, cross, p.middle), p.settings(radius))
		verdicts{"": refused(trust.Anchor, trust.OtherRoot)}.check(t, p.server(leaf, cross), p.settings(radius))
	})
	t.Run("intermediate as anchor", func(t *testing.T) {
		w := p.settings(radius)
		w.TrustAnchor = testkit.PEM(p.middle)
		doubt := unsure(trust.Anchor, trust.NotRoot)
		verdicts{"": refused(trust.Anchor, trust.NotRoot), profiles.IOS: accepted, profiles.MacOS: accepted,
			profiles.SettingsIOS: accepted, profiles.IWD: doubt,
			profiles.EAPConfig: doubt}.check(t, p.server(leaf, p.middle), w)
	})
	t.Run("own certificate as anchor", func(t *testing.T) {
		own := testkit.IssueServer(t, nil, now, []string{radius})
		w := p.settings(radius)
		w.TrustAnchor = testkit.PEM(own)
		no, doubt := refused(trust.Anchor, trust.NotRoot), unsure(trust.Anchor, trust.NotRoot)
		verdicts{"": accepted, profiles.Windows: no, profiles.Android: no, profiles.SettingsAndroid: no,
			profiles.IWD: doubt, profiles.EAPConfig: doubt}.check(t, p.server(own), w)
	})
	t.Run("CA that may not issue", func(t *testing.T) {
		leafAsCA := testkit.IssueServer(t, p.root, now, []string{"middle.example"})
		leaf := testkit.IssueServer(t, leafAsCA, now, []string{radius})
		verdicts{"": refused(trust.Anchor, trust.OtherRoot)}.check(t, p.server(leaf, leafAsCA), p.settings(radius))
	})
	t.Run("no document", func(t *testing.T) {
		w := p.settings(radius)
		w.Passpoint = nil
		if got := p.server(leaf, p.middle).Judge(w, profiles.Android, now); got != unsure(trust.Settings, "") {
			t.Error(got)
		}
	})
}

func TestDates(t *testing.T) {
	p := newPKI(t)
	w := p.settings(radius)
	between := func(from, to time.Time) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }
	}
	before, after := now.AddDate(0, -1, 0), now.AddDate(0, 1, 0)
	for _, c := range []struct {
		name     string
		from, to time.Time
		want     trust.Verdict
	}{
		{"expired", before, now.Add(-time.Second), refused(trust.Expiry, trust.Expired)},
		{"last second", before, now, accepted},
		{"first second", now, after, accepted},
		{"not yet valid", now.Add(time.Second), after, refused(trust.Expiry, trust.NotYetValid)},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaf := testkit.IssueServer(t, p.root, now, []string{radius}, between(c.from, c.to))
			verdicts{"": c.want}.check(t, p.server(leaf), w)
		})
	}
	t.Run("intermediate expired", func(t *testing.T) {
		middle := testkit.IssueIntermediate(t, p.root, "Old middle", now, between(before, now.Add(-time.Second)))
		leaf := testkit.IssueServer(t, middle, now, []string{radius})
		verdicts{"": refused(trust.Expiry, trust.IntermediateExpired)}.check(t, p.server(leaf, middle), w)
	})
	t.Run("anchor expired", func(t *testing.T) {
		root := testkit.IssueRoot(t, "Old root", now, between(before, now.Add(-time.Second)))
		leaf := testkit.IssueServer(t, root, now, []string{radius})
		w := p.settings(radius)
		w.TrustAnchor = testkit.PEM(root)
		verdicts{"": refused(trust.Expiry, trust.AnchorExpired)}.check(t, p.server(leaf), w)
	})
	t.Run("long lifetime", func(t *testing.T) {
		leaf := testkit.IssueServer(t, p.root, now, []string{radius}, between(before, now.AddDate(3, 0, 0)))
		doubt := unsure(trust.Expiry, trust.Lifetime)
		verdicts{"": accepted, profiles.IOS: doubt, profiles.MacOS: doubt,
			profiles.SettingsIOS: doubt}.check(t, p.server(leaf), w)
	})
}

func TestKeys(t *testing.T) {
	p := newPKI(t)
	w := p.settings(radius)
	server := func(t *testing.T, key any, change ...func(*x509.Certificate)) *testkit.Pair {
		template := testkit.ServerTemplate(now, []string{radius})
		switch key := key.(type) {
		case int:
			return testkit.Issue(t, p.root, template, testkit.RSAKey(t, key), change...)
		case elliptic.Curve:
			return testkit.Issue(t, p.root, template, testkit.Must(ecdsa.GenerateKey(key, rand.Reader))(t), change...)
		}
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return testkit.Issue(t, p.root, template, private, change...)
	}
	for _, c := range []struct {
		name string
		key  any
		want trust.Verdict
	}{
		{"RSA 2048", 2048, accepted},
		{"RSA 1024", 1024, refused(trust.KeyType, trust.WeakKey)},
		{"P-256", elliptic.P256(), accepted},
		{"P-384", elliptic.P384(), accepted},
		{"P-521", elliptic.P521(), refused(trust.KeyType, trust.OtherKey)},
		{"Ed25519", nil, refused(trust.KeyType, trust.OtherKey)},
	} {
		t.Run(c.name, func(t *testing.T) { verdicts{"": c.want}.check(t, p.server(server(t, c.key)), w) })
	}
	t.Run("SHA-1", func(t *testing.T) {
		root := testkit.Issue(t, nil, testkit.IssueRoot(t, "RSA", now).Certificate, testkit.RSAKey(t, 2048),
			func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSA })
		leaf := testkit.IssueServer(t, root, now, []string{radius},
			func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA })
		w := p.settings(radius)
		w.TrustAnchor = testkit.PEM(root)
		verdicts{"": refused(trust.KeyType, trust.WeakSignature)}.check(t, p.server(leaf), w)
	})
	t.Run("weak root", func(t *testing.T) {
		root := testkit.Issue(t, nil, testkit.IssueRoot(t, "Weak", now).Certificate, testkit.RSAKey(t, 1024),
			func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSA })
		leaf := testkit.IssueServer(t, root, now, []string{radius})
		w := p.settings(radius)
		w.TrustAnchor = testkit.PEM(root)
		verdicts{"": refused(trust.KeyType, trust.WeakKey)}.check(t, p.server(leaf), w)
	})
	t.Run("for clients", func(t *testing.T) {
		leaf := server(t, elliptic.P256(), func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})
		verdicts{"": refused(trust.KeyType, trust.Usage)}.check(t, p.server(leaf), w)
	})
	t.Run("CA for clients", func(t *testing.T) {
		middle := testkit.IssueIntermediate(t, p.root, "Clients", now, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})
		leaf := testkit.IssueServer(t, middle, now, []string{radius})
		verdicts{"": refused(trust.KeyType, trust.Usage)}.check(t, p.server(leaf, middle), w)
	})
	t.Run("no extended usage", func(t *testing.T) {
		leaf := server(t, elliptic.P256(), func(c *x509.Certificate) { c.ExtKeyUsage = nil })
		verdicts{"": accepted, profiles.Windows: unsure(trust.KeyType, trust.Usage)}.check(t, p.server(leaf), w)
	})
	encipher := func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }
	t.Run("RSA for encipherment", func(t *testing.T) {
		verdicts{"": unsure(trust.KeyType, trust.Usage), profiles.Linux: accepted,
			profiles.NetworkManager: accepted}.check(t, p.server(server(t, 2048, encipher)), w)
	})
	t.Run("ECDSA for encipherment", func(t *testing.T) {
		leaf := server(t, elliptic.P256(), encipher)
		verdicts{"": refused(trust.KeyType, trust.Usage)}.check(t, p.server(leaf), w)
	})
}

func TestTLS(t *testing.T) {
	p := newPKI(t)
	s := p.server(testkit.IssueServer(t, p.root, now, []string{radius}))
	s.MinTLS, s.MaxTLS = tls.VersionTLS10, tls.VersionTLS13
	verdicts{"": accepted}.check(t, s, p.settings(radius))
	s.MinTLS, s.MaxTLS = tls.VersionTLS13, 0
	verdicts{"": unsure(trust.TLS, "")}.check(t, s, p.settings(radius))
	s.MinTLS, s.MaxTLS = tls.VersionTLS10, tls.VersionTLS11
	no := refused(trust.TLS, "")
	verdicts{"": unsure(trust.TLS, ""), profiles.IOS: no, profiles.MacOS: no, profiles.SettingsIOS: no,
		profiles.SettingsAndroid: no}.check(t, s, p.settings(radius))
}

// TestNames checks the matching rules: each case has the platforms' verdicts for the trusted names
// and those of the certificate.
func TestNames(t *testing.T) {
	p := newPKI(t)
	name, suffix := refused(trust.Name, ""), refused(trust.SuffixRule, "")
	wild := func(v trust.Verdict) trust.Verdict { v.Detail = trust.WildcardName; return v }
	for _, c := range []struct {
		name      string
		trusted   []string
		presented []string
		want      verdicts
	}{
		{"equal", []string{radius}, []string{radius}, verdicts{"": accepted}},
		{"one of several", []string{"old.venue.example", radius}, []string{"www.venue.example", radius},
			verdicts{"": accepted}},
		{"case", []string{"Radius.venue.example"}, []string{"radius.VENUE.example"},
			verdicts{"": accepted, profiles.IWD: suffix}},
		{"other", []string{radius}, []string{"radius.rival.example"}, verdicts{"": name}},
		// Android's Passpoint file with a private root matches the home domain, venue.example.
		{"sibling", []string{radius}, []string{"radius2.venue.example"},
			verdicts{"": name, profiles.Android: accepted}},
		{"below", []string{radius}, []string{"a." + radius}, verdicts{"": accepted, profiles.IOS: suffix,
			profiles.MacOS: suffix, profiles.SettingsIOS: suffix, profiles.Windows: suffix, profiles.IWD: suffix,
			profiles.EAPConfig: unsure(trust.SuffixRule, "")}},
		{"above", []string{radius}, []string{"venue.example"}, verdicts{"": name, profiles.Android: accepted}},
		{"half a label", []string{radius}, []string{"notradius.venue.example"},
			verdicts{"": name, profiles.Android: accepted}},
		{"trusted wildcard", []string{"*." + radius}, []string{"a." + radius},
			verdicts{"": accepted, profiles.EAPConfig: accepted}},
		{"trusted wildcard, two labels", []string{"*." + radius}, []string{"b.a." + radius}, verdicts{"": accepted,
			profiles.IOS: suffix, profiles.MacOS: suffix, profiles.SettingsIOS: suffix, profiles.Windows: suffix,
			profiles.EAPConfig: unsure(trust.SuffixRule, "")}},
		{"trusted wildcard, no label", []string{"*." + radius}, []string{radius}, verdicts{"": accepted,
			profiles.IOS: suffix, profiles.MacOS: suffix, profiles.SettingsIOS: suffix, profiles.Windows: suffix,
			profiles.IWD: suffix, profiles.EAPConfig: unsure(trust.SuffixRule, "")}},
		{"wildcard in the certificate", []string{radius}, []string{"*.venue.example"}, verdicts{"": wild(name),
			profiles.Android: accepted, profiles.Windows: wild(name)}},
		{"the same wildcard", []string{"*." + radius}, []string{"*." + radius},
			verdicts{"": accepted, profiles.Windows: wild(name)}},
		{"A-label", []string{"radius.xn--caff-8oa.example"}, []string{"radius.xn--caff-8oa.example"},
			verdicts{"": accepted}},
		{"U-label in the profile", []string{"radius.caffè.example"}, []string{"radius.xn--caff-8oa.example"},
			verdicts{"": name, profiles.Android: accepted}},
		{"trailing dot in the profile", []string{radius + "."}, []string{radius},
			verdicts{"": name, profiles.Android: accepted}},
		{"no trusted name", nil, []string{radius}, verdicts{"": name, profiles.Android: accepted}},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaf := testkit.IssueServer(t, p.root, now, c.presented)
			w := p.settings(c.trusted...)
			w.Passpoint.HomeDomain = realm
			if _, presented, ok := strings.Cut(c.presented[0], "."); ok && strings.Contains(presented, "xn--") {
				w.Passpoint.HomeDomain = presented
			}
			c.want.check(t, p.server(leaf), w)
		})
	}
}

// TestHomeDomain checks the rule of Android's Passpoint file with a private root.
func TestHomeDomain(t *testing.T) {
	p := newPKI(t)
	for _, c := range []struct {
		home, presented string
		want            trust.Verdict
	}{
		{"", radius, accepted},
		{realm, "new.venue.example", accepted},
		{radius, "new.venue.example", refused(trust.Name, "")},
		{"rival.example", radius, refused(trust.SuffixRule, "")},
		{"", "radius.rival.example", refused(trust.Name, "")},
	} {
		w := p.settings(radius)
		w.Passpoint.HomeDomain = c.home
		s := p.server(testkit.IssueServer(t, p.root, now, []string{c.presented}))
		if got := s.Judge(w, profiles.Android, now); got != c.want {
			t.Errorf("home domain %q, certificate for %s: %v, want %v", c.home, c.presented, got, c.want)
		}
	}
	// With public roots, it matches the names.
	w := p.publicSettings(radius)
	s := p.server(testkit.IssueServer(t, p.public, now, []string{"new.venue.example"}))
	if got := s.Judge(w, profiles.Android, now); got != refused(trust.Name, "") {
		t.Error(got)
	}
}

// TestCommonName checks certificates whose common name differs from their DNS names.
func TestCommonName(t *testing.T) {
	p := newPKI(t)
	server := func(cn string, names ...string) *trust.Server {
		return p.server(testkit.IssueServer(t, p.root, now, []string{cn},
			func(c *x509.Certificate) { c.DNSNames = names }))
	}
	w := p.settings(radius)
	w.Passpoint.HomeDomain = radius
	name := refused(trust.Name, "")
	t.Run("alone", func(t *testing.T) {
		verdicts{"": accepted, profiles.EAPConfig: unsure(trust.Name, trust.CommonNameOnly)}.check(t, server(radius), w)
	})
	t.Run("beside another name", func(t *testing.T) {
		verdicts{"": name, profiles.Windows: unsure(trust.Name, trust.CommonNameOnly)}.check(t,
			server(radius, "other.venue.example"), w)
	})
	t.Run("beside a wildcard", func(t *testing.T) {
		no := refused(trust.Name, trust.WildcardName)
		verdicts{"": no, profiles.Windows: unsure(trust.Name, trust.CommonNameOnly)}.check(t,
			server(radius, "*.venue.example"), w)
	})
	t.Run("wildcard", func(t *testing.T) {
		verdicts{"": accepted, profiles.Windows: refused(trust.Name, trust.WildcardName)}.check(t,
			server("*.venue.example", radius), w)
	})
	t.Run("second of two", func(t *testing.T) {
		leaf := testkit.IssueServer(t, p.root, now, []string{"x"}, func(c *x509.Certificate) {
			c.DNSNames = nil
			c.Subject = pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
				{Type: []int{2, 5, 4, 3}, Value: radius}, {Type: []int{2, 5, 4, 3}, Value: "x"},
			}}
		})
		verdicts{"": accepted, profiles.EAPConfig: unsure(trust.Name, trust.CommonNameOnly)}.check(t, p.server(leaf), w)
	})
	t.Run("no name", func(t *testing.T) {
		leaf := testkit.IssueServer(t, p.root, now, []string{"x"}, func(c *x509.Certificate) {
			c.DNSNames, c.Subject = nil, pkix.Name{Organization: []string{radius}}
			c.EmailAddresses = []string{"radius@venue.example"}
		})
		verdicts{"": name}.check(t, p.server(leaf), w)
	})
	t.Run("trailing dot", func(t *testing.T) {
		doubt := unsure(trust.Name, trust.TrailingDot)
		verdicts{"": name, profiles.IOS: doubt, profiles.MacOS: doubt, profiles.SettingsIOS: doubt}.check(t,
			server("x", radius+"."), w)
	})
}

// TestNameConstraints checks a CA that may issue only for some names.
func TestNameConstraints(t *testing.T) {
	p := newPKI(t)
	middle := testkit.IssueIntermediate(t, p.root, "Constrained", now, func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"rival.example"}
	})
	leaf := testkit.IssueServer(t, middle, now, []string{radius})
	verdicts{"": refused(trust.Name, trust.Constraint)}.check(t, p.server(leaf, middle), p.settings(radius))
	allowed := testkit.IssueServer(t, middle, now, []string{"radius.rival.example"})
	w := p.settings("radius.rival.example")
	w.Passpoint.HomeDomain = "rival.example"
	verdicts{"": accepted}.check(t, p.server(allowed, middle), w)
}

// TestWorstNetwork checks that one network that the phone would lose decides.
func TestWorstNetwork(t *testing.T) {
	p := newPKI(t)
	w := p.settings(radius)
	w.Passpoint.HomeDomain = "rival.example"
	s := p.server(testkit.IssueServer(t, p.root, now, []string{radius}))
	if got := s.Judge(w, profiles.SettingsAndroid, now); got != refused(trust.SuffixRule, "") {
		t.Error(got)
	}
	w.Passpoint = nil
	if got := s.Judge(w, profiles.SettingsAndroid, now); got != accepted {
		t.Error(got)
	}
}

// TestPlatforms checks that every platform has rules.
func TestPlatforms(t *testing.T) {
	p := newPKI(t)
	s := p.server(testkit.IssueServer(t, p.root, now, []string{radius}))
	for _, platform := range profiles.Platforms() {
		if got := s.Judge(p.settings(radius), platform, now); got != accepted {
			t.Errorf("%s: %v", platform, got)
		}
	}
	if got := s.Judge(p.settings(radius), "toaster", now); got.Result != trust.Unknown {
		t.Error(got)
	}
	if slices.Contains(profiles.Platforms(), "toaster") {
		t.Error("toaster is a platform")
	}
}
