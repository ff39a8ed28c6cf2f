package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"math"
	"time"
)

// Pair is a certificate chain and the private key of its leaf, as loaded. It
// is not changed after LoadPair: share it freely.
type Pair struct {
	// Chain is the leaf, then its intermediates, each issued by the next:
	// what is embedded in a signature or sent in a handshake. It has at
	// least one certificate and never the root (but a leaf that is
	// self-signed stays, for CheckChain to judge).
	Chain []*x509.Certificate
	// Key is the leaf's private key: an *rsa.PrivateKey or an
	// *ecdsa.PrivateKey.
	Key crypto.Signer
	// Root is the root that stood at the end of the file, or nil. It proves
	// that the chain is complete; nothing is signed or sent with it.
	Root *x509.Certificate

	// Warning names the certificates of the file that were left out of the
	// chain, or is empty.
	Warning string

	// CertFile and KeyFile are the names it was loaded from, as given.
	CertFile, KeyFile string
}

// LoadPair reads a certificate chain and its private key from PEM files, which
// may be the same file, and checks that they belong together. Every error is
// an *Error that names the file at fault. Dates, order and links of the chain
// are CheckChain's matter.
func LoadPair(certFile, keyFile string) (*Pair, error) {
	certPEM, err := readFile(certFile)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readFile(keyFile)
	if err != nil {
		return nil, err
	}
	return parsePair(certFile, certPEM, keyFile, keyPEM)
}

func parsePair(certFile string, certPEM []byte, keyFile string, keyPEM []byte) (*Pair, error) {
	chain, err := parseCertificates(certFile, certPEM)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(keyFile, keyPEM)
	if err != nil {
		return nil, err
	}
	chain, warning := arrange(certFile, chain, key, time.Now())
	if !matches(chain[0], key) {
		for i, other := range chain[1:] {
			if matches(other, key) {
				return nil, refuse(ChainOrder, certFile,
					"the private key belongs to certificate %d, %s, which must stand first", i+2, nameOf(other))
			}
		}
		return nil, refuse(KeyMismatch, keyFile,
			"the private key does not belong to the certificate %s in %s", nameOf(chain[0]), certFile)
	}
	p := &Pair{Chain: chain, Key: key, CertFile: certFile, KeyFile: keyFile, Warning: warning}
	if last := len(chain) - 1; last > 0 && selfIssued(chain[last]) {
		p.Root, p.Chain = chain[last], chain[:last:last]
	}
	return p, nil
}

// LoadCertificates reads the certificates of a PEM file, in their order.
func LoadCertificates(file string) ([]*x509.Certificate, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return parseCertificates(file, data)
}

// matches tells whether key is the private key of certificate.
func matches(certificate *x509.Certificate, key crypto.Signer) bool {
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		return public.Equal(certificate.PublicKey)
	case *ecdsa.PublicKey:
		return public.Equal(certificate.PublicKey)
	}
	return false
}

// selfIssued tells whether a certificate names itself as its issuer, as every
// root does.
func selfIssued(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer)
}

// DaysLeft is the number of whole days until the first certificate of the
// chain (or the root in its file) expires. It is 0 on the last day, and
// negative from the moment of expiry on.
func (p *Pair) DaysLeft(now time.Time) int {
	return int(math.Floor(p.expires().Sub(now).Hours() / 24))
}

// expires is when the chain stops verifying.
func (p *Pair) expires() time.Time {
	first := p.Chain[0].NotAfter
	for _, c := range p.all()[1:] {
		if c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return first
}

// all is the chain with the root of the file, if there was one.
func (p *Pair) all() []*x509.Certificate {
	if p.Root == nil {
		return p.Chain
	}
	return append(p.Chain[:len(p.Chain):len(p.Chain)], p.Root)
}
