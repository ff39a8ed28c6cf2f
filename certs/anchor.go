package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"time"
)

// ParseAnchor reads a trust anchor: exactly one certificate, PEM or DER, that
// is the root of a private CA and valid at the time now. Errors are *Error
// without a file.
//
// It is strict because no device complains. An Android phone takes the first
// certificate of a bundle and ignores the rest; a leaf or an intermediate in
// the place of the root is stored by some devices and trusted by none; an
// expired root makes every connection fail with no word to the user.
func ParseAnchor(pemOrDER []byte, now time.Time) (*x509.Certificate, error) {
	c, err := oneCertificate(pemOrDER)
	if err != nil {
		return nil, err
	}
	if !c.BasicConstraintsValid || !c.IsCA {
		return nil, refuse(NotCA, "", "the trust anchor %s is not a CA but a leaf: give the root that issued it", nameOf(c))
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
		return nil, refuse(KeyUsage, "", "the key usage of the trust anchor %s does not include signing certificates", nameOf(c))
	}
	if !selfIssued(c) {
		return nil, refuse(NotRoot, "", "the trust anchor %s is not a root but an intermediate: give %s, which issued it", nameOf(c), issuerOf(c))
	}
	switch c.PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
	default:
		return nil, refuse(KeyUnsupported, "", "the key of the trust anchor %s is of the kind %v: phones know RSA and ECDSA", nameOf(c), c.PublicKeyAlgorithm)
	}
	if err := checkStrength("", c); err != nil {
		return nil, err
	}
	if !issuedBy(c, c) { // a SHA-1 signature is fine: nobody's trust in a root rests on it
		return nil, refuse(NotRoot, "", "the trust anchor %s has its own name as issuer and was not signed with its own key: it is no root", nameOf(c))
	}
	if now.After(c.NotAfter) {
		return nil, refuse(Expired, "", "the trust anchor %s expired on %s", nameOf(c), date(c.NotAfter))
	}
	if now.Before(c.NotBefore) {
		return nil, refuse(NotYetValid, "", "the trust anchor %s is not valid before %s", nameOf(c), date(c.NotBefore))
	}
	return c, nil
}

func oneCertificate(pemOrDER []byte) (*x509.Certificate, error) {
	var der [][]byte
	if len(pemOrDER) > 0 && pemOrDER[0] != 0x30 {
		pemOrDER = Text(pemOrDER)
	}
	if bytes.Contains(pemOrDER, []byte("-----BEGIN ")) {
		blocks, err := parseBlocks("", pemOrDER)
		if err != nil {
			if e := (*Error)(nil); errors.As(err, &e) {
				e.Detail = "the trust anchor cannot be read: a PEM block is cut off or damaged"
			}
			return nil, err
		}
		if der, err = anchorBlocks(blocks); err != nil {
			return nil, err
		}
	} else if len(pemOrDER) > 0 && pemOrDER[0] == 0x30 {
		der = [][]byte{pemOrDER}
	} else {
		return nil, refuse(NoCertificate, "", "the trust anchor is neither PEM nor DER")
	}
	var certificates []*x509.Certificate
	for _, raw := range der {
		parsed, err := x509.ParseCertificates(raw)
		if err != nil {
			return nil, refuse(BadCertificate, "", "the trust anchor cannot be parsed: %v", err).because(err)
		}
		certificates = append(certificates, parsed...)
	}
	certificates = distinct(certificates)
	if n := len(certificates); n != 1 {
		return nil, refuse(SeveralCertificates, "", "the trust anchor must be exactly one certificate, and there are %d", n)
	}
	return certificates[0], nil
}

func anchorBlocks(blocks []*pem.Block) ([][]byte, error) {
	var der [][]byte
	var others []string
	for _, block := range blocks {
		switch {
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			// Whoever pastes a CA's key into a setting is about to send
			// it to every phone and every backup.
			return nil, refuse(KeyInAnchor, "", "the trust anchor comes with a private key: give the certificate alone, and keep the key secret")
		case block.Type == "CERTIFICATE" || block.Type == "X509 CERTIFICATE":
			der = append(der, block.Bytes)
		default:
			others = append(others, block.Type)
		}
	}
	if len(der) == 0 {
		return nil, refuse(NoCertificate, "", "the trust anchor holds no certificate, only %s", list(others))
	}
	return der, nil
}
