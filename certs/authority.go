package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// The lifetimes of the development certificates. iOS 13 and later reject server
// certificates with a lifetime of more than 825 days, in EAP too.
const (
	rootYears         = 10
	intermediateYears = 5
	leafDays          = 824
	// backdated allows for devices and virtual machines with slow clocks.
	backdated = 24 * time.Hour
)

// authority is a CA certificate and its private key. It exists only while a PKI is
// made.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// issue returns a certificate for the public key of key, signed by parent, or
// self-signed if parent is nil.
func issue(template *x509.Certificate, key crypto.Signer, parent *authority) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1)) // positive, as RFC 5280 requires
	if template.SubjectKeyId, err = keyIdentifier(key.Public()); err != nil {
		return nil, err
	}
	template.BasicConstraintsValid = true
	signer, issuer := key, template
	if parent != nil {
		signer, issuer = parent.key, parent.certificate
	} else {
		template.AuthorityKeyId = template.SubjectKeyId
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// keyIdentifier returns the leftmost 160 bits of the SHA-256 of the whole
// SubjectPublicKeyInfo (after RFC 7093, method 1).
func keyIdentifier(public crypto.PublicKey) ([]byte, error) {
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(spki)
	return sum[:20], nil
}

func developmentName(commonName string) pkix.Name {
	return pkix.Name{CommonName: commonName, Organization: []string{"Onramp Development"}}
}

func caTemplate(commonName string, now time.Time, years, pathLen int) *x509.Certificate {
	return &x509.Certificate{
		Subject:        developmentName(commonName),
		NotBefore:      now.Add(-backdated),
		NotAfter:       now.AddDate(years, 0, 0),
		IsCA:           true,
		MaxPathLen:     pathLen,
		MaxPathLenZero: pathLen == 0,
		KeyUsage:       x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func leafTemplate(commonName string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:   developmentName(commonName),
		NotBefore: now.Add(-backdated),
		NotAfter:  now.Add(-backdated).AddDate(0, 0, leafDays),
		KeyUsage:  x509.KeyUsageDigitalSignature,
	}
}
