package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync"
	"testing"
	"time"
)

// publicRoot is the root that the harness's organizations name of their RADIUS server's
// certificate.
var publicRoot = sync.OnceValue(func() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	c, err := rootOf(key, 0)
	if err != nil {
		panic(err)
	}
	return pemText(c)
})

// rootOf makes a root that is valid whenever the tests run.
func rootOf(key crypto.Signer, algorithm x509.SignatureAlgorithm) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example Root"}, SignatureAlgorithm: algorithm,
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func pemText(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// keyOf makes a key of a kind that certificates have.
func keyOf(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "RSA-1024":
		t.Setenv("GODEBUG", "rsa1024min=0")
		key, err = rsa.GenerateKey(rand.Reader, 1024)
	case "RSA-2048":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "RSA-3072":
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	case "RSA-4096":
		key, err = rsa.GenerateKey(rand.Reader, 4096)
	case "P-256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "P-384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "P-521":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "Ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		t.Fatalf("no key of the kind %s", kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signerChain is a leaf for signing with key, and the intermediate that issued it.
func signerChain(t testing.TB, key crypto.Signer) []*x509.Certificate {
	t.Helper()
	issue := func(name string, isCA bool, public crypto.PublicKey, by *x509.Certificate,
		byKey crypto.Signer) *x509.Certificate {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().AddDate(1, 0, 0),
			IsCA:     isCA, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		}
		if isCA {
			template.KeyUsage = x509.KeyUsageCertSign
		}
		der, err := x509.CreateCertificate(rand.Reader, template, by, public, byKey)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	rootKey, middleKey := keyOf(t, "P-256"), keyOf(t, "P-256")
	root, err := rootOf(rootKey, 0)
	if err != nil {
		t.Fatal(err)
	}
	middle := issue("Example Profile CA", true, middleKey.Public(), root, rootKey)
	return []*x509.Certificate{issue("Example Profiles", false, key.Public(), middle, middleKey), middle}
}
