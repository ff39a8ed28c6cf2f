package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// makeProfilePKI returns the contents of the root, chain and key files. The CAs' keys
// are on P-256, which all devices verify. The signer's key is RSA, which Windows'
// provisioning signature requires.
func makeProfilePKI(now time.Time) ([][]byte, error) {
	mark, err := installation()
	if err != nil {
		return nil, err
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root, err := issue(caTemplate("Onramp Development Profile Root "+mark, now, rootYears, 1), rootKey, nil)
	if err != nil {
		return nil, err
	}
	intermediateKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	intermediate, err := issue(caTemplate("Onramp Development Profile Intermediate "+mark, now, intermediateYears, 0),
		intermediateKey, &authority{root, rootKey})
	if err != nil {
		return nil, err
	}
	signerKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	// No extended key usage: Apple requires none, and verifiers could reject one that
	// they do not expect.
	signer, err := issue(leafTemplate("Onramp Development Profile Signer "+mark, now),
		signerKey, &authority{intermediate, intermediateKey})
	if err != nil {
		return nil, err
	}
	key, err := EncodeKey(signerKey)
	if err != nil {
		return nil, err
	}
	return [][]byte{EncodeCertificates(root), EncodeCertificates(signer, intermediate), key}, nil
}

// makeRADIUSPKI returns the contents of the root, chain and key files.
func makeRADIUSPKI(now time.Time, serverName string) ([][]byte, error) {
	mark, err := installation()
	if err != nil {
		return nil, err
	}
	rootKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	root, err := issue(caTemplate(DevelopmentRADIUSRoot+mark, now, rootYears, 0), rootKey, nil)
	if err != nil {
		return nil, err
	}
	serverKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := leafTemplate("Onramp Development RADIUS Server "+mark, now)
	if len(serverName) <= 64 { // the maximum of a common name, RFC 5280
		template.Subject.CommonName = serverName
	}
	template.DNSNames = []string{serverName}
	template.KeyUsage |= x509.KeyUsageKeyEncipherment // for RSA key exchange of old TLS stacks
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	server, err := issue(template, serverKey, &authority{root, rootKey})
	if err != nil {
		return nil, err
	}
	key, err := EncodeKey(serverKey)
	if err != nil {
		return nil, err
	}
	return [][]byte{EncodeCertificates(root), EncodeCertificates(server), key}, nil
}

// installation returns a random suffix for common names, which distinguishes several
// development PKIs in a device's list of certificates.
func installation() (string, error) {
	var random [3]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]), nil
}
