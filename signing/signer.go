package signing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
)

// xmlNeedsRSA explains why an ECDSA key cannot sign for Windows: Microsoft's
// schema for the signature of a provisioning file (CarrierControlSignature)
// allows RSA and DSA keys only.
const xmlNeedsRSA = "Windows accepts RSA signatures only, and this deployment signs with an ECDSA key"

// ErrNeedsRSA is returned by SignXML when the signer's key is not RSA.
var ErrNeedsRSA = errors.New("signing: " + xmlNeedsRSA)

// Signer signs documents with one key and one chain. It is immutable and safe
// for concurrent use.
type Signer struct {
	key   crypto.Signer       // *rsa.PrivateKey or *ecdsa.PrivateKey
	chain []*x509.Certificate // leaf, then intermediates, without the root

	embedded []byte // the chain as the certificates field of a SignedData
	keyInfo  []byte // the chain as the end of an XML signature; nil unless RSA

	fingerprint string
}

// New returns a Signer for a private key and its chain: the leaf, then each
// intermediate, each issued by the next. A root at the end of the chain is
// accepted but not embedded in signatures. The key is an *rsa.PrivateKey of at
// least 2048 bits or an *ecdsa.PrivateKey on P-256 or P-384.
//
// New verifies that the key belongs to the leaf and that each certificate was
// issued by the next. Signatures do not repeat these checks.
func New(key crypto.Signer, chain []*x509.Certificate) (*Signer, error) {
	if len(chain) == 0 {
		return nil, errors.New("signing: there is no certificate")
	}
	if err := checkKey(key, chain[0]); err != nil {
		return nil, err
	}
	for i, c := range chain[:len(chain)-1] {
		issuer := chain[i+1]
		if !bytes.Equal(c.RawIssuer, issuer.RawSubject) {
			return nil, fmt.Errorf("signing: certificate %d, %q, was not issued by the next one, %q",
				i+1, c.Subject, issuer.Subject)
		}
		if err := c.CheckSignatureFrom(issuer); err != nil {
			return nil, fmt.Errorf("signing: certificate %d, %q, was not issued by the next one, %q: %w",
				i+1, c.Subject, issuer.Subject, err)
		}
	}
	if last := len(chain) - 1; last > 0 && bytes.Equal(chain[last].RawSubject, chain[last].RawIssuer) {
		chain = chain[:last]
	}
	s := &Signer{key: key, chain: append([]*x509.Certificate(nil), chain...)}
	s.embedded = embeddedCertificates(s.chain)
	digest := sha256.Sum256(s.embedded)
	s.fingerprint = hex.EncodeToString(digest[:])
	if rsaKey, isRSA := key.(*rsa.PrivateKey); isRSA {
		rsaKey.Precompute() // a key built by hand may lack its CRT values: four times slower
		s.keyInfo = keyInfo(s.chain)
	}
	return s, nil
}

func checkKey(key crypto.Signer, leaf *x509.Certificate) error {
	var matches bool
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key == nil {
			return errors.New("signing: there is no private key")
		}
		if bits := key.N.BitLen(); bits < 2048 {
			return fmt.Errorf("signing: an RSA key of %d bits is too weak, devices require 2048", bits)
		}
		matches = key.PublicKey.Equal(leaf.PublicKey)
	case *ecdsa.PrivateKey:
		if key == nil {
			return errors.New("signing: there is no private key")
		}
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return fmt.Errorf("signing: an ECDSA key on %s is not supported: use P-256 or P-384",
				key.Curve.Params().Name)
		}
		matches = key.PublicKey.Equal(leaf.PublicKey)
	case nil:
		return errors.New("signing: there is no private key")
	default:
		return fmt.Errorf("signing: a key of type %T is not supported: "+
			"use an RSA or ECDSA key in memory, not one in an HSM or a key service", key)
	}
	if !matches {
		return fmt.Errorf("signing: the private key does not belong to the certificate %q", leaf.Subject)
	}
	return nil
}

// XMLRefusal returns the reason why SignXML always fails, as a sentence for
// users, or "" if the signer can sign XML.
func (s *Signer) XMLRefusal() string {
	if s.keyInfo == nil {
		return xmlNeedsRSA
	}
	return ""
}

// Chain returns the certificates that each signature contains: the leaf, then its
// intermediates. The caller must not modify the slice.
func (s *Signer) Chain() []*x509.Certificate { return s.chain }

// Fingerprint returns the SHA-256 of the certificates that each signature contains, in hex digits.
func (s *Signer) Fingerprint() string { return s.fingerprint }
