package profiles

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
)

// trustAnchor checks the trust anchor except its dates.
func (c *checker) trustAnchor() {
	const field = "wifi.trustAnchor"
	if !c.given.privateRoot() {
		return
	}
	root, err := x509.ParseCertificate(c.given.anchor())
	switch {
	case err != nil:
		c.error(field, "", "anchor-certificate", "is not an X.509 certificate in PEM", "give exactly one certificate")
	case !root.BasicConstraintsValid || !root.IsCA:
		c.error(field, Android, "anchor-ca",
			fmt.Sprintf("%q is the certificate of a server, not of a CA: Android rejects it, and other devices "+
				"could not connect after its renewal", root.Subject), "give the root that signed it")
	case !bytes.Equal(root.RawIssuer, root.RawSubject):
		c.error(field, Android, "anchor-root",
			fmt.Sprintf("%q is an intermediate: supplicants require the chain up to a root", root.Subject),
			fmt.Sprintf("give the root, %q", root.Issuer))
	}
}

// publicRoots checks the public roots except their dates.
func (c *checker) publicRoots() {
	const field = "wifi.publicRoots"
	roots := c.given.PublicRoots
	switch {
	case len(roots) == 0:
		return
	case c.given.privateRoot():
		c.error(field, "", "public-roots-with-anchor",
			"contradicts trustAnchor: a server's certificate is from a private CA or from a public one",
			"remove one of the two")
	case len(roots) > maxPublicRoots:
		c.error(field, "", "public-roots-count",
			fmt.Sprintf("has %d roots, the maximum is %d", len(roots), maxPublicRoots),
			"give only the roots of the RADIUS servers' certificates")
	}
	ders := certificatesDER(roots)
	for i, der := range ders {
		field := fmt.Sprintf("%s[%d]", field, i)
		root, err := x509.ParseCertificate(der)
		switch {
		case err != nil:
			c.error(field, "", "public-root-certificate",
				"is not an X.509 certificate in PEM", "give exactly one certificate for each entry")
		case !root.BasicConstraintsValid || !root.IsCA || !bytes.Equal(root.RawIssuer, root.RawSubject):
			c.error(field, "", "public-root-ca",
				fmt.Sprintf("%q is not a root: devices require the chain up to a root", root.Subject),
				fmt.Sprintf("give the root of %q", root.Issuer))
		case slices.ContainsFunc(ders[:i], func(other []byte) bool { return bytes.Equal(other, der) }):
			c.error(field, "", "duplicate", fmt.Sprintf("%q occurs twice", root.Subject), "remove one")
		}
	}
}
