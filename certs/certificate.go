package certs

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// nameOf returns a name for error texts: the common name, the first host name, the
// subject or the serial number.
func nameOf(c *x509.Certificate) string {
	switch {
	case c.Subject.CommonName != "":
		return fmt.Sprintf("%q", c.Subject.CommonName)
	case len(c.DNSNames) > 0:
		return fmt.Sprintf("%q", c.DNSNames[0])
	case c.Subject.String() != "":
		return fmt.Sprintf("%q", c.Subject.String())
	default:
		return fmt.Sprintf("with serial number %x", c.SerialNumber)
	}
}

// issuerOf returns the issuer's name for error texts.
func issuerOf(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return fmt.Sprintf("%q", c.Issuer.CommonName)
	}
	return fmt.Sprintf("%q", c.Issuer.String())
}

// date formats a time for error texts.
func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// selfIssued reports whether a certificate names itself as its issuer, as every
// root does.
func selfIssued(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer)
}

// issuedBy reports whether issuer signed c, by name and by signature. If the
// standard library no longer supports the signature algorithm, issuedBy compares
// the key identifiers.
func issuedBy(c, issuer *x509.Certificate) bool {
	if !bytes.Equal(c.RawIssuer, issuer.RawSubject) {
		return false
	}
	err := issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	if insecure := x509.InsecureAlgorithmError(0); errors.As(err, &insecure) {
		return len(c.AuthorityKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, issuer.SubjectKeyId)
	}
	return err == nil
}

// weakSignature reports whether devices reject a certificate for its signature
// algorithm. It is meaningless for roots, whose signatures verifiers ignore.
func weakSignature(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// allows reports whether a certificate permits an extended key usage. A certificate
// without extended key usages permits all.
func allows(c *x509.Certificate, use x509.ExtKeyUsage) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, u := range c.ExtKeyUsage {
		if u == use || u == x509.ExtKeyUsageAny {
			return true
		}
	}
	return false
}

// within reports whether now is within the certificate's dates.
func within(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// distinct returns the certificates without duplicates.
func distinct(all []*x509.Certificate) []*x509.Certificate {
	var once []*x509.Certificate
	for _, c := range all {
		if !slices.ContainsFunc(once, c.Equal) {
			once = append(once, c)
		}
	}
	return once
}
