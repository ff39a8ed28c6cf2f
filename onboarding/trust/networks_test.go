package trust

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/profiles"
	"onramp/signing"
)

// TestNetworksOfDocuments compares the values by which a device verifies the server, as this
// package derives them from settings, with those that the simulated phone reads in the document
// that package profiles makes from the same settings.
func TestNetworksOfDocuments(t *testing.T) {
	var roots []string
	for _, name := range []string{"One", "Two"} {
		root := judgetest.Issue(t, judgetest.CATemplate(name), nil)
		roots = append(roots, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})))
	}
	sign := newSigner(t)
	made := map[profiles.Platform]int{}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t, roots)
		prepared, err := profiles.Prepare(s)
		if err != nil {
			t.Skip(err)
		}
		for _, p := range prepared.Platforms() {
			d, err := prepared.Document(p, profiles.Credential{
				CustomerID: "0a0a0000000000000000000000000001", Username: "anna", Password: "secret",
				Created: judgetest.Now, Expires: judgetest.Now.Add(24 * time.Hour),
			})
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			v, err := platforms.Check(string(p), sign(t, d), judge.Options{Now: judgetest.Now})
			if err != nil || v.View == nil {
				t.Fatalf("%s: %v, %+v", p, err, v)
			}
			made[p]++
			read, derived := readNetworks(p, v.View.Networks), derivedNetworks(p, networksOf(&s.WiFi, p))
			if diff := cmp.Diff(read, derived); diff != "" {
				t.Errorf("%s: the document (-) and the rules (+) differ:\n%s", p, diff)
			}
		}
	})
	for _, p := range profiles.Platforms() {
		if made[p] == 0 {
			t.Errorf("no document for %s", p)
		}
	}
}

// newSigner returns a function that signs documents where the platform requires it.
func newSigner(t *testing.T) func(*rapid.T, *profiles.Document) []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	root := judgetest.Issue(t, judgetest.CATemplate("Signing root"), nil)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Signer"}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: judgetest.Now.AddDate(0, -1, 0), NotAfter: judgetest.Now.AddDate(1, 0, 0),
	}, root.Certificate, key.Public(), root.Key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := signing.New(key, []*x509.Certificate{leaf})
	if err != nil {
		t.Fatal(err)
	}
	return func(t *rapid.T, d *profiles.Document) []byte {
		signed, err := d.Body, error(nil)
		switch d.Seal {
		case profiles.SealCMS:
			signed, err = signer.Sign(d.Body)
		case profiles.SealXMLDSig:
			signed, err = signer.SignXML(d.Body)
		}
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
}

func drawSettings(t *rapid.T, roots []string) profiles.Settings {
	pick := func(name string) bool { return rapid.Bool().Draw(t, name) }
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"radius.venue.example", "Next.venue.example",
		"*.radius.venue.example", "radius.rival.example", "a.b.venue.example"}), 1, 3,
		rapid.ID[string]).Draw(t, "names")
	s := profiles.Settings{OrganizationID: "0a0a0000000000000000000000000002", OrganizationName: "Venue"}
	w := &s.WiFi
	w.TrustedServerNames, w.ProfileLifetime = names, 24*time.Hour
	w.Method = rapid.SampledFrom([]profiles.EAPMethod{profiles.TTLS, profiles.PEAP}).Draw(t, "method")
	switch rapid.IntRange(0, 2).Draw(t, "roots") {
	case 0:
		w.TrustAnchor = roots[0]
	case 1:
		w.PublicRoots = roots[:rapid.IntRange(1, 2).Draw(t, "public roots")]
	}
	if pick("passpoint") {
		w.Passpoint = &profiles.Passpoint{Realm: "venue.example", FriendlyName: "Venue"}
		if pick("consortium") {
			w.Passpoint.Roaming, w.Passpoint.RoamingConsortiums = true, []string{"004096"}
		}
		if pick("home domain") {
			w.Passpoint.HomeDomain = "venue.example"
		}
	}
	if w.Passpoint == nil || pick("wpa2") {
		w.WPA2 = &profiles.WPA2{SSID: "venue"}
	}
	w.SetDefaults()
	return s
}

// readNetworks returns the distinct networks that the simulated phone read, as texts. Windows has
// only thumbprints of its anchors.
func readNetworks(p profiles.Platform, networks []judge.Network) []string {
	var all []string
	for _, n := range networks {
		anchors := n.Anchors
		if p == profiles.Windows {
			anchors = nil
		}
		all = append(all, fmt.Sprintf("%q by the %s rule, %x", n.ServerNames, n.ServerMatch, anchors))
	}
	return distinct(all)
}

// derivedNetworks returns the distinct networks of this package in the same form.
func derivedNetworks(p profiles.Platform, networks []network) []string {
	rules := map[match]judge.MatchRule{byLabel: judge.MatchExact, bySuffix: judge.MatchSuffix,
		byMask: judge.MatchExact, byApp: judge.MatchExact}
	var all []string
	for _, n := range networks {
		anchors := n.anchors
		if p == profiles.Windows {
			anchors = nil
		}
		all = append(all, fmt.Sprintf("%q by the %s rule, %x", n.names, rules[n.match], anchors))
	}
	return distinct(all)
}

func distinct(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}
