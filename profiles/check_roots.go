package profiles

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
)

// trustAnchor checks what needs no clock.
func (c *checker) trustAnchor() {
	const field = "wifi.trustAnchor"
	if !c.given.privateRoot() {
		return
	}
	root, err := x509.ParseCertificate(c.given.anchor())
	switch {
	case err != nil:
		c.error(field, "", "anchor-certificate", "is no X.509 certificate in PEM", "give exactly one certificate")
	case !root.BasicConstraintsValid || !root.IsCA:
		c.error(field, Android, "anchor-ca", fmt.Sprintf("%q is the certificate of a server, not of a CA: Android refuses it, and every renewal would lock all devices out", root.Subject), "give the root that signed it")
	case !bytes.Equal(root.RawIssuer, root.RawSubject):
		c.error(field, Android, "anchor-root", fmt.Sprintf("%q is an intermediate: supplicants build the chain up to a root and refuse", root.Subject), fmt.Sprintf("give the root, %q", root.Issuer))
	}
}

// publicRoots checks what needs no clock.
func (c *checker) publicRoots() {
	const field = "wifi.publicRoots"
	roots := c.given.PublicRoots
	switch {
	case len(roots) == 0:
		return
	case c.given.privateRoot():
		c.error(field, "", "public-roots-with-anchor", "contradicts trustAnchor: a server has a certificate of a private CA or of a public one", "leave one of the two out")
	case len(roots) > maxPublicRoots:
		c.error(field, "", "public-roots-count", fmt.Sprintf("has %d roots, at most %d are possible", len(roots), maxPublicRoots), "name only the roots that the RADIUS servers' certificates lead to")
	}
	ders := certificatesDER(roots)
	for i, der := range ders {
		field := fmt.Sprintf("%s[%d]", field, i)
		root, err := x509.ParseCertificate(der)
		switch {
		case err != nil:
			c.error(field, "", "public-root-certificate", "is no X.509 certificate in PEM", "give exactly one certificate for each entry")
		case !root.BasicConstraintsValid || !root.IsCA || !bytes.Equal(root.RawIssuer, root.RawSubject):
			c.error(field, "", "public-root-ca", fmt.Sprintf("%q is no root: devices build the chain up to one", root.Subject), fmt.Sprintf("give the root of %q", root.Issuer))
		case slices.ContainsFunc(ders[:i], func(other []byte) bool { return bytes.Equal(other, der) }):
			c.error(field, "", "duplicate", fmt.Sprintf("%q is there twice", root.Subject), "remove one")
		}
	}
}
