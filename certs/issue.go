package certs

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// How long the development certificates last. A server certificate of more
// than 825 days is refused by iOS from 13 on, in EAP too; the signer is
// treated alike.
const (
	rootYears         = 10
	intermediateYears = 5
	leafDays          = 824
	// backdated covers phones and virtual machines whose clock is slow.
	backdated = 24 * time.Hour
)

// authority is a certificate with the key to issue others. It lives only while
// a PKI is made.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// issue makes a certificate for public, signed by parent, or by itself when
// parent is nil.
func issue(template *x509.Certificate, key crypto.Signer, parent *authority) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, err
	}
	// RFC 5280 wants it positive.
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
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

// keyIdentifier is the leftmost 160 bits of the SHA-256 of the public key (RFC
// 7093, method 1 over the whole SubjectPublicKeyInfo).
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

// EncodeCertificates returns the certificates in PEM.
func EncodeCertificates(certificates ...*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, c := range certificates {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return out.Bytes()
}

// EncodeKey returns the private key in PEM, as PKCS #8.
func EncodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
