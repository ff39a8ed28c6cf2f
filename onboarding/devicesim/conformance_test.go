package devicesim_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onramp/onboarding/devicesim"
	"onramp/profiles"
	"onramp/signing"
)

// The generator and the judge were written from the same documents by different hands and share no code.
// Here they meet: whatever the generator makes of hostile names and passwords, the device takes it and reads
// the same names and passwords back.

var now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, name string, parent *authority) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key}
	a.cert = certify(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, &key.PublicKey, parent, key)
	return a
}

// certify issues a certificate; without a parent it is self-signed with own.
func certify(t testing.TB, tmpl *x509.Certificate, public any, parent *authority, own *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	tmpl.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62))
	tmpl.NotBefore, tmpl.NotAfter = now.AddDate(0, -2, 0), now.AddDate(3, 0, 0)
	issuer, key := tmpl, own
	if parent != nil {
		issuer, key = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, issuer, public, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// text draws from letters of several alphabets and from what breaks formats. Above U+FFFF there is nothing:
// MSCHAPv2 cannot carry it.
func text(t *rapid.T, name string, most int) string {
	pieces := []string{"a", "Z", "7", " ", "é", "ß", "漢", "ק", "&", "<", ">", `"`, "'", "]]>", "%{User-Name}", "${x}", "\\", `\x41`, "#", ";", "=", "{", "}", ",", "`", "|", "@", "\u2028", "&amp;", "&#0;", `"#`}
	s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12).Draw(t, name), "")
	for len(s) > most {
		_, size := lastRune(s)
		s = s[:len(s)-size]
	}
	if strings.TrimSpace(s) != s || s == "" {
		s = "x" + strings.TrimSpace(s) + "x"
	}
	return s
}

func lastRune(s string) (rune, int) {
	r := []rune(s)
	return r[len(r)-1], len(string(r[len(r)-1]))
}

func TestGeneratorAndJudgeAgree(t *testing.T) {
	signRoot := newAuthority(t, "Signing Root", nil)
	signIssuer := newAuthority(t, "Signing Issuer", signRoot)
	trust := x509.NewCertPool()
	trust.AddCert(signRoot.cert)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	leaf := certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "profiles.venue.example"}, KeyUsage: x509.KeyUsageDigitalSignature}, &rsaKey.PublicKey, signIssuer, nil)
	signer, err := signing.New(rsaKey, []*x509.Certificate{leaf, signIssuer.cert})
	if err != nil {
		t.Fatal(err)
	}
	private := newAuthority(t, "Venue RADIUS Root", nil)

	taken := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		settings := profiles.Settings{
			OrganizationID: "3a8ccd060216452e09b2b32e750cb5eb", OrganizationName: text(t, "organization", 60),
			Method: profiles.TTLS, Inner: rapid.SampledFrom([]profiles.InnerMethod{profiles.MSCHAPv2, profiles.PAP}).Draw(t, "inner"),
			OuterIdentity: "anonymous@radius.venue.example", TrustedServerNames: []string{"radius.venue.example"},
			Consent: map[string]string{"default": text(t, "consent", 60) + "\n" + text(t, "consent 2", 60)},
		}
		if rapid.Bool().Draw(t, "private") {
			settings.TrustAnchor = private.cert.Raw
		}
		networks := rapid.IntRange(1, 3).Draw(t, "networks")
		if networks&1 != 0 {
			settings.Passpoint = &profiles.Passpoint{Realm: "venue.example", FriendlyName: text(t, "friendly name", 60)}
			if rapid.Bool().Draw(t, "roaming") {
				settings.Passpoint.Roaming = true
				settings.Passpoint.RoamingConsortiums = []string{"5A03BA0000", "004096"}
			}
		}
		if networks&2 != 0 {
			settings.WPA2 = &profiles.WPA2{SSID: text(t, "ssid", 30), Hidden: rapid.Bool().Draw(t, "hidden")}
		}
		profile, err := profiles.Prepare(settings)
		if err != nil {
			t.Fatalf("prepare: %v", err)
		}
		credential := profiles.Credential{
			CustomerID: "018f3a5c7b1d7c3e9a2b4c5d6e7f8091", Username: text(t, "user name", 61), Password: text(t, "password", 180),
			Created: now.AddDate(0, 0, -1), Expires: now.AddDate(1, 0, 0),
		}
		for _, platform := range profiles.Platforms() {
			doc, err := profile.Document(platform, credential)
			var unsupported *profiles.UnsupportedError
			if errors.As(err, &unsupported) {
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", platform, err)
			}
			body := doc.Body
			switch doc.Seal {
			case profiles.SealCMS:
				body, err = signer.Sign(body)
			case profiles.SealXMLDSig:
				body, err = signer.SignXML(body)
			}
			if err != nil {
				t.Fatalf("%s: sign: %v", platform, err)
			}
			verdict, err := devicesim.Check(string(platform), body, devicesim.Options{Trust: trust, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			if !verdict.Accepted {
				t.Fatalf("%v\n%s", verdict.Err(), doc.Body)
			}
			taken[string(platform)]++
			compare(t, string(platform), settings, credential, verdict.View)
		}
	})
	for _, p := range devicesim.Platforms() {
		if taken[p] == 0 {
			t.Errorf("no file for %s was tried", p)
		}
	}
}

// compare reads back what the device understood.
func compare(t *rapid.T, platform string, s profiles.Settings, c profiles.Credential, v *devicesim.View) {
	inner := map[profiles.InnerMethod]string{profiles.PAP: devicesim.InnerPAP, profiles.MSCHAPv2: devicesim.InnerMSCHAPv2}[s.Inner]
	for _, n := range v.Networks {
		check := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Fatalf("%s %s: %s is %q, want %q", platform, n.Type, what, got, want)
			}
		}
		check("user name", n.Username, c.Username)
		check("password", n.Password.Reveal(), c.Password)
		check("inner method", n.Inner, inner)
		outer := s.OuterIdentity
		if platform == devicesim.Android || n.Type == devicesim.Passpoint && (platform == devicesim.Linux || platform == devicesim.SettingsAndroid) {
			outer = "anonymous@venue.example" // nothing else can be expressed there
		}
		check("outer identity", n.OuterIdentity, outer)
		private := len(s.TrustAnchor) > 0
		if platform != devicesim.Windows && private != (len(n.Anchors) == 1) || private && len(n.Anchors) == 1 && !slices.Equal(n.Anchors[0], s.TrustAnchor) {
			t.Fatalf("%s %s: %d anchors, a private root is %v", platform, n.Type, len(n.Anchors), private)
		}
		if n.Type == devicesim.WPA2Enterprise {
			check("SSID", n.SSID, s.WPA2.SSID)
			if n.Hidden != s.WPA2.Hidden && platform != devicesim.EAPConfig {
				t.Fatalf("%s: hidden is %v", platform, n.Hidden)
			}
			continue
		}
		if platform != devicesim.Linux && platform != devicesim.EAPConfig {
			check("friendly name", n.FriendlyName, s.Passpoint.FriendlyName)
		}
		var want []string
		for _, oi := range s.Passpoint.RoamingConsortiums {
			want = append(want, strings.ToLower(oi))
		}
		got := slices.Clone(n.RoamingConsortiums)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%s: identifiers %v, want %v", platform, got, want)
		}
	}
}
