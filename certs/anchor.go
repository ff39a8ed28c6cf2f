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

// ParseAnchor parses a trust anchor: exactly one certificate, PEM or DER, that is the
// root of a private CA and valid at the time now. Every error is an *Error without a
// file.
//
// ParseAnchor is strict because devices fail without an error. Android uses the
// first certificate of a bundle and ignores the others. Some devices store a leaf or
// an intermediate in place of the root, but none trusts it. With an expired root,
// every connection fails and the user sees no reason.
func ParseAnchor(pemOrDER []byte, now time.Time) (*x509.Certificate, error) {
	c, err := oneCertificate(pemOrDER)
	if err != nil {
		return nil, err
	}
	if !c.BasicConstraintsValid || !c.IsCA {
		return nil, refuse(NotCA, "", "the trust anchor %s is not a CA but a leaf: use the root that issued it",
			nameOf(c))
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
		return nil, refuse(KeyUsage, "",
			"the key usage of the trust anchor %s does not include signing certificates", nameOf(c))
	}
	if !selfIssued(c) {
		return nil, refuse(NotRoot, "", "the trust anchor %s is not a root but an intermediate: use its issuer, %s",
			nameOf(c), issuerOf(c))
	}
	switch c.PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
	default:
		return nil, refuse(KeyUnsupported, "",
			"the key of the trust anchor %s is of type %v: devices support only RSA and ECDSA",
			nameOf(c), c.PublicKeyAlgorithm)
	}
	if err := checkStrength("", c); err != nil {
		return nil, err
	}
	if !issuedBy(c, c) { // SHA-1 is accepted: verifiers ignore a root's signature
		return nil, refuse(NotRoot, "",
			"the trust anchor %s is not a root: it has its own name as issuer but was signed with another key",
			nameOf(c))
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
		return nil, refuse(SeveralCertificates, "", "the trust anchor must be exactly one certificate, not %d", n)
	}
	return certificates[0], nil
}

func anchorBlocks(blocks []*pem.Block) ([][]byte, error) {
	var der [][]byte
	var others []string
	for _, block := range blocks {
		switch {
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			// A CA's key in a setting would be sent to every device and backup.
			return nil, refuse(KeyInAnchor, "",
				"the trust anchor contains a private key: use the certificate alone, and keep the key secret")
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
