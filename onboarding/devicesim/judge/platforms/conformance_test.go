package platforms_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/profiles"
	"onramp/signing"
)

// The generator and the judge share no code. These tests compare them: for hostile names and
// passwords, every generated file is accepted and has the same content when read.

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
func certify(t testing.TB, tmpl *x509.Certificate, public any, parent *authority, own crypto.Signer) *x509.Certificate {
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

func asPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
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
	leaf := certify(
		t,
		&x509.Certificate{
			Subject: pkix.Name{CommonName: "profiles.venue.example"}, KeyUsage: x509.KeyUsageDigitalSignature,
		},
		&rsaKey.PublicKey,
		signIssuer,
		nil,
	)
	signer, err := signing.New(rsaKey, []*x509.Certificate{leaf, signIssuer.cert})
	if err != nil {
		t.Fatal(err)
	}
	private := newAuthority(t, "Venue RADIUS Root", nil)
	withRSA := certify(
		t,
		&x509.Certificate{
			Subject: pkix.Name{CommonName: "Räume & <Wege>"}, IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign,
		},
		&rsaKey.PublicKey,
		nil,
		rsaKey,
	)
	roots := []string{asPEM(private.cert.Raw), asPEM(withRSA.Raw)}

	taken := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		settings := anySettings(t, roots)
		profile, err := profiles.Prepare(settings)
		if err != nil {
			t.Fatalf("prepare: %v", err)
		}
		credential := anyCredential(t, settings)
		warned := map[profiles.Platform]string{}
		for _, f := range profiles.Check(settings) {
			if f.Rule == "platform-unsupported" || f.Rule == "network-left-out" {
				warned[f.Platform] = f.Rule
			}
		}
		for _, platform := range profiles.Platforms() {
			doc, err := profile.Document(platform, credential)
			var unsupported *profiles.UnsupportedError
			if errors.As(err, &unsupported) {
				if warned[platform] != "platform-unsupported" && !beyondPlatform(platform, credential) {
					t.Fatalf("%s: %v, of which Check does not warn", platform, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", platform, err)
			}
			if warned[platform] == "platform-unsupported" {
				t.Fatalf("%s: a document, of which Check warns that there is none", platform)
			}
			if platform == profiles.Linux && settings.Passpoint != nil && settings.WPA2 != nil &&
				warned[platform] == "" &&
				len(doc.Networks) != 2 &&
				!beyondPlatform(platform, credential) {
				t.Fatalf("%s: networks %v, of which Check does not warn", platform, doc.Networks)
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
			verdict, err := platforms.Check(string(platform), body, judge.Options{Trust: trust, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			if !verdict.Accepted {
				t.Fatalf("%v\n%s", verdict.Err(), doc.Body)
			}
			taken[string(platform)]++
			compare(t, platform, settings, credential, doc, verdict.View)
		}
	})
	for _, p := range platforms.Platforms() {
		if taken[p] < 10 {
			t.Errorf("%d files for %s were tried", taken[p], p)
		}
	}
}

// beyondPlatform reports whether a credential is valid but not expressible on a platform: on
// Android a user name with outer blanks, for wpa_supplicant a password that does not fit into a
// line of 254 bytes.
func beyondPlatform(platform profiles.Platform, c profiles.Credential) bool {
	switch platform {
	case profiles.Android, profiles.SettingsAndroid:
		return strings.Trim(c.Username, " ") != c.Username
	case profiles.Linux:
		escapes := min(strings.Count(c.Password, `"`), strings.Count(c.Password, "#"))
		return escapes > 0 &&
			min(2*len(c.Password), len(c.Password)+3*escapes+strings.Count(c.Password, `\`)) > 254-len(
				"\tpassword=P\"\"",
			)
	}
	return false
}
