package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"runtime"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/profiles"
	"onramp/signing"
)

// BenchmarkSignedProfiles measures complete signed iOS profiles, each for another customer, and for
// comparison the signature alone, alternately in one run on one core.
//
//	go test ./cmd/onramp -run '^$' -bench SignedProfiles -benchtime 3s
func BenchmarkSignedProfiles(b *testing.B) {
	b.Run("RSA2048", func(b *testing.B) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			b.Fatal(err)
		}
		compareProfiles(b, key, 50, func(digest []byte) error {
			_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest)
			return err
		})
	})
	b.Run("P256", func(b *testing.B) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		compareProfiles(b, key, 500, func(digest []byte) error {
			_, err := ecdsa.SignASN1(rand.Reader, key, digest)
			return err
		})
	})
}

func compareProfiles(b *testing.B, key crypto.Signer, turn int, bare func(digest []byte) error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s, err := signing.New(key, signerChain(b, key))
	if err != nil {
		b.Fatal(err)
	}
	profile, err := profiles.Prepare(profiles.Settings{
		OrganizationID: onboarding.NewID(), OrganizationName: "Benchmark", WiFi: profiles.WiFi{
			OuterIdentity: "anonymous@wifi.example.com", TrustedServerNames: []string{"radius.example.com"},
			Passpoint: &profiles.Passpoint{Realm: "wifi.example.com", FriendlyName: "Benchmark"},
			WPA2:      &profiles.WPA2{SSID: "Benchmark"},
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	customers := make([]profiles.Credential, turn)
	for i := range customers {
		customers[i] = profiles.Credential{Username: "user", Password: "correct horse battery", Created: now,
			Expires: now.AddDate(1, 0, 0)}
	}
	digest := sha256.Sum256([]byte("x"))
	var ours, alone time.Duration
	done := 0
	for done < b.N {
		n := min(turn, b.N-done)
		for i := range n {
			customers[i].CustomerID = onboarding.NewID()
		}
		start := time.Now()
		for _, c := range customers[:n] {
			d, err := profile.Document(profiles.IOS, c)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.Sign(d.Body); err != nil {
				b.Fatal(err)
			}
		}
		ours += time.Since(start)
		start = time.Now()
		for range n {
			if err := bare(digest[:]); err != nil {
				b.Fatal(err)
			}
		}
		alone += time.Since(start)
		done += n
	}
	b.ReportMetric(alone.Seconds()/ours.Seconds(), "ratio")
	b.ReportMetric(float64(done)/ours.Seconds(), "profiles/s")
	b.ReportMetric(float64(done)/alone.Seconds(), "bare/s")
}

// signerChain issues a certificate for the key under a new intermediate.
func signerChain(b *testing.B, key crypto.Signer) []*x509.Certificate {
	b.Helper()
	now := time.Now()
	issue := func(name string, ca bool, public crypto.PublicKey, parent *x509.Certificate,
		by crypto.Signer) *x509.Certificate {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
			BasicConstraintsValid: true, IsCA: ca, KeyUsage: x509.KeyUsageDigitalSignature,
		}
		if ca {
			template.KeyUsage = x509.KeyUsageCertSign
		}
		if parent == nil {
			parent = template
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, public, by)
		if err != nil {
			b.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	root := issue("Benchmark Root", true, ca.Public(), nil, ca)
	intermediate := issue("Benchmark Intermediate", true, ca.Public(), root, ca)
	return []*x509.Certificate{issue("Benchmark Signer", false, key.Public(), intermediate, ca), intermediate}
}
