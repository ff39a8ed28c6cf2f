package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"

	"onramp/onboarding"
)

// ID returns an identifier composed of a kind and a number.
func ID(kind string, n int) string {
	return fmt.Sprintf("%032x", []byte(fmt.Sprintf("%s%04d", kind, n)))[:32]
}

// Organization returns an organization whose only finding is the note on the domain announced by
// access points.
func Organization(n int) *onboarding.Organization {
	both := func(text string) map[string]string { return map[string]string{"en": text} }
	realm := fmt.Sprintf("venue%d.example", n)
	return &onboarding.Organization{
		ID: ID("organization", n), Name: fmt.Sprintf("Venue %d", n), DefaultLocation: ID("location", n),
		Languages: []string{"en"},
		Policies: []onboarding.Policy{
			{Key: onboarding.TermsOfUse, Version: "1", Title: both("Terms"), URL: "https://venue.example/terms"},
			{Key: onboarding.Privacy, Version: "1", Title: both("Privacy"), URL: "https://venue.example/privacy"},
		},
		WiFi: onboarding.WiFi{
			Method: "ttls", Inner: "mschapv2", OuterIdentity: "anonymous@" + realm,
			TrustedServerNames: []string{"radius." + realm},
			PublicRoots:        []string{PublicRoot()},
			ProfileLifetime:    onboarding.DefaultProfileLifetime,
			Passpoint:          &onboarding.Passpoint{Realm: realm, FriendlyName: "Venue"},
			WPA2:               &onboarding.WPA2{SSID: "venue"},
		},
		VisitGap: onboarding.DefaultVisitGap,
		Locations: []onboarding.Location{{
			ID: ID("location", n), Name: "Hall", Timezone: "Europe/Rome",
			Hotspots: []onboarding.Hotspot{{ID: ID("hotspot", n), Name: "Door",
				MAC: fmt.Sprintf("02:00:00:00:%02x:01", n), NASIdentifier: "ap" + realm}},
		}},
	}
}

var CheckedAt = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// PublicRoot returns a root certificate that is always valid while tests run.
var PublicRoot = sync.OnceValue(func() string {
	text, err := Root(CheckedAt.AddDate(50, 0, 0))
	if err != nil {
		panic(err)
	}
	return text
})

func Root(end time.Time) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, NotBefore: CheckedAt.AddDate(-30, 0, 0),
		NotAfter: end,
		IsCA:     true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), err
}
