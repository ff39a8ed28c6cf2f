package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"math"
	"time"
)

// Pair is a certificate chain and the private key of its leaf. It is immutable after
// LoadPair and safe for concurrent use.
type Pair struct {
	// Chain is the leaf, then its intermediates, each issued by the next, to be
	// embedded in a signature or sent in a handshake. It is not empty and does
	// not contain the root, unless the leaf is self-signed.
	Chain []*x509.Certificate
	// Key is the leaf's private key: an *rsa.PrivateKey or an
	// *ecdsa.PrivateKey.
	Key crypto.Signer
	// Root is the root at the end of the file, or nil. It proves that the chain
	// is complete, and is neither embedded nor sent.
	Root *x509.Certificate

	// Warning names the certificates of the file that are not in the chain, or
	// is empty.
	Warning string

	// CertFile and KeyFile are the arguments of LoadPair.
	CertFile, KeyFile string
}

// LoadPair reads a certificate chain and its private key from PEM files, which may
// be the same file, and checks that they belong together. Use CheckChain to check
// the chain. Every error is an *Error that names the file.
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
					"the private key belongs to certificate %d, %s, which must be the first", i+2, nameOf(other))
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

// matches reports whether key is the private key of certificate.
func matches(certificate *x509.Certificate, key crypto.Signer) bool {
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		return public.Equal(certificate.PublicKey)
	case *ecdsa.PublicKey:
		return public.Equal(certificate.PublicKey)
	}
	return false
}

// DaysLeft returns the number of whole days until the first certificate of the
// chain, or the root in its file, expires. It is 0 on the last day and negative
// after the expiry.
func (p *Pair) DaysLeft(now time.Time) int {
	return int(math.Floor(p.Expires().Sub(now).Hours() / 24))
}

// Expires returns the time when the first certificate of the chain, or the root in
// its file, expires.
func (p *Pair) Expires() time.Time {
	first := p.Chain[0].NotAfter
	for _, c := range p.all()[1:] {
		if c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return first
}

// all returns the chain and the root of the file, if there was one.
func (p *Pair) all() []*x509.Certificate {
	if p.Root == nil {
		return p.Chain
	}
	return append(p.Chain[:len(p.Chain):len(p.Chain)], p.Root)
}
