package judge

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"time"
)

// IsAuthority reports whether a certificate is a CA certificate.
func IsAuthority(c *x509.Certificate) bool { return c.BasicConstraintsValid && c.IsCA }

// IsSelfSigned reports whether a certificate is signed with its own key.
func IsSelfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) &&
		c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// Expired reports whether a certificate is not valid at a time, before or after its validity.
func Expired(c *x509.Certificate, now time.Time) bool {
	return now.Before(c.NotBefore) || now.After(c.NotAfter)
}

// ParseCertificates parses certificates in DER or PEM. It returns nil if there are none or one is
// invalid.
func ParseCertificates(data []byte) []*x509.Certificate {
	if certs, err := x509.ParseCertificates(data); err == nil {
		return certs
	}
	var out []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil
		}
		out = append(out, c)
	}
	return out
}
