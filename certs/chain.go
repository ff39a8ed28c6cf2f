package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"time"
)

// Use is what a pair is checked for.
type Use int

const (
	// ForSigning: the leaf signs profiles that devices verify with the
	// embedded certificates and their own roots.
	ForSigning Use = iota + 1
	// ForServer: the leaf authenticates a TLS or EAP server. A leaf alone
	// and a self-signed one are accepted: the other side may have been
	// given it.
	ForServer
)

// CheckChain tells, in an *Error that names the certificate file, why devices
// would refuse the pair at the time now. It checks the leaf's key (RSA of 2048
// bits or more, ECDSA on P-256 or P-384) and key usage, everybody's dates, and
// that each certificate was issued by the one after it, which is a CA.
//
// Whether the chain is complete depends on the root, which is not in it. With
// roots, it must end at one of them. Without, a root that stood in the file
// settles it, else this machine's roots do. What they do not know either is a
// private root: then a leaf with at least one intermediate is accepted, and a
// leaf alone is not when it is for signing, since nearly always its
// intermediate was forgotten.
func (p *Pair) CheckChain(now time.Time, use Use, roots ...*x509.Certificate) error {
	if len(p.Chain) == 0 || p.Key == nil {
		return refuse(NoCertificate, p.CertFile, "there is no certificate")
	}
	if err := checkPublicKey(p.CertFile, p.Chain[0]); err != nil {
		return err
	}
	if err := p.checkOrder(); err != nil {
		return err
	}
	if err := p.checkDates(now); err != nil {
		return err
	}
	if err := p.checkLeaf(use); err != nil {
		return err
	}
	return p.checkTop(now, use, roots)
}

func checkPublicKey(file string, c *x509.Certificate) error {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return checkStrength(file, c)
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return refuse(KeyUnsupported, file, "the key of %s is on %s: P-256 and P-384 are supported", nameOf(c), key.Curve.Params().Name)
		}
		return nil
	}
	return refuse(KeyUnsupported, file, "the key of %s is of the kind %v: RSA and ECDSA are supported", nameOf(c), c.PublicKeyAlgorithm)
}

// checkStrength refuses the RSA keys that devices refuse, of a CA as of a leaf.
func checkStrength(file string, c *x509.Certificate) error {
	if key, isRSA := c.PublicKey.(*rsa.PublicKey); isRSA && key.N.BitLen() < 2048 {
		return refuse(KeyWeak, file, "the RSA key of %s has %d bits, devices ask for 2048", nameOf(c), key.N.BitLen())
	}
	return nil
}

// checkOrder checks that each certificate was issued by the next.
func (p *Pair) checkOrder() error {
	all := p.all()
	for i, c := range all {
		for j, earlier := range all[:i] {
			if c.Equal(earlier) {
				return refuse(SeveralCertificates, p.CertFile, "certificates %d and %d are the same one, %s", j+1, i+1, nameOf(c))
			}
		}
	}
	for i, c := range all[:len(all)-1] {
		issuer := all[i+1]
		if issuedBy(c, issuer) {
			if weakSignature(c) {
				return refuse(WeakSignature, p.CertFile, "%s is signed with %v, which devices refuse", nameOf(c), c.SignatureAlgorithm)
			}
			if err := p.checkIssuer(issuer, i); err != nil {
				return err
			}
			continue
		}
		for k, other := range all {
			if k != i && issuedBy(c, other) {
				return refuse(ChainOrder, p.CertFile,
					"the certificates are out of order: %s was issued by certificate %d, %s, which must come right after it", nameOf(c), k+1, nameOf(other))
			}
		}
		return refuse(ChainBroken, p.CertFile,
			"%s was issued by %s, and the certificate after it is %s: an intermediate is missing or wrong", nameOf(c), issuerOf(c), nameOf(issuer))
	}
	return nil
}

// issuedBy tells whether issuer signed c, by name and by signature. A signature
// with an algorithm that the standard library no longer computes is judged by
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

// weakSignature tells whether devices refuse a certificate for its signature.
// It does not matter on a root, whose own signature nobody verifies.
func weakSignature(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// checkIssuer checks that a certificate with so many intermediates below it
// may issue (RFC 5280, 4.2.1.3 and 4.2.1.9).
func (p *Pair) checkIssuer(issuer *x509.Certificate, below int) error {
	if err := checkStrength(p.CertFile, issuer); err != nil {
		return err
	}
	switch {
	case !issuer.BasicConstraintsValid || !issuer.IsCA:
		return refuse(NotCA, p.CertFile, "%s issued another certificate and is not a CA", nameOf(issuer))
	case issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCertSign == 0:
		return refuse(KeyUsage, p.CertFile, "the key usage of %s does not include signing certificates", nameOf(issuer))
	case (issuer.MaxPathLen > 0 || issuer.MaxPathLenZero) && issuer.MaxPathLen < below:
		return refuse(ChainBroken, p.CertFile, "%s allows %d intermediates below it, and there are %d", nameOf(issuer), issuer.MaxPathLen, below)
	}
	return nil
}

func (p *Pair) checkDates(now time.Time) error {
	for _, c := range p.all() {
		if now.After(c.NotAfter) {
			return refuse(Expired, p.CertFile, "%s expired on %s", nameOf(c), date(c.NotAfter))
		}
		if now.Before(c.NotBefore) {
			return refuse(NotYetValid, p.CertFile, "%s is not valid before %s", nameOf(c), date(c.NotBefore))
		}
	}
	return nil
}

func (p *Pair) checkLeaf(use Use) error {
	leaf := p.Chain[0]
	const signs = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch use {
	case ForSigning:
		if len(p.Chain) == 1 && selfIssued(leaf) {
			return refuse(SelfSigned, p.CertFile, "%s is self-signed: devices would show its signatures as not verified", nameOf(leaf))
		}
		if leaf.IsCA {
			return refuse(KeyUsage, p.CertFile, "%s is a CA, a profile is signed with a certificate that a CA issued", nameOf(leaf))
		}
		if leaf.KeyUsage != 0 && leaf.KeyUsage&signs == 0 {
			return refuse(KeyUsage, p.CertFile, "the key usage of %s does not include digital signature", nameOf(leaf))
		}
	case ForServer:
		if !allows(leaf, x509.ExtKeyUsageServerAuth) {
			return refuse(KeyUsage, p.CertFile, "the extended key usage of %s does not include server authentication", nameOf(leaf))
		}
	}
	return nil
}

// allows tells whether a certificate may be used so; one without extended key
// usages may be used for everything.
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

// checkTop settles what stands above the last certificate, and runs the
// standard library's verification over the whole for what is not checked by
// hand: name constraints, critical extensions, nested key usages.
func (p *Pair) checkTop(now time.Time, use Use, roots []*x509.Certificate) error {
	switch {
	case len(roots) > 0:
		if err := p.verify(now, use, pool(roots)); err != nil {
			return refuse(ChainUnproven, p.CertFile, "the chain does not lead to the given root: %v", err).because(err)
		}
		return nil
	case p.Root != nil:
		return p.verifyTo(now, use, p.Root)
	case len(p.Chain) > 1:
		return p.verifyTo(now, use, p.Chain[len(p.Chain)-1])
	case use == ForServer || p.VerifiedBySystem(now):
		return nil
	}
	return refuse(ChainMissing, p.CertFile,
		"the file holds %s alone: append the certificate of its issuer, %s (if that is a root, append it too: it is not embedded)", nameOf(p.Chain[0]), issuerOf(p.Chain[0]))
}

func (p *Pair) verifyTo(now time.Time, use Use, top *x509.Certificate) error {
	if err := p.verify(now, use, pool([]*x509.Certificate{top})); err != nil {
		return refuse(ChainBroken, p.CertFile, "the chain does not verify: %v", err).because(err)
	}
	return nil
}

// VerifiedBySystem tells whether the chain leads to a root that this machine
// trusts. Devices out there are likely to agree; with a private root it is
// false, and each device must have been given that root.
func (p *Pair) VerifiedBySystem(now time.Time) bool {
	return p.verify(now, ForSigning, nil) == nil
}

func (p *Pair) verify(now time.Time, use Use, roots *x509.CertPool) error {
	usage := x509.ExtKeyUsageAny
	if use == ForServer {
		usage = x509.ExtKeyUsageServerAuth
	}
	_, err := p.Chain[0].Verify(x509.VerifyOptions{
		Roots:         roots, // nil means the system's
		Intermediates: pool(p.Chain[1:]),
		CurrentTime:   now,
		KeyUsages:     []x509.ExtKeyUsage{usage},
	})
	return err
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c)
	}
	return pool
}
