package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"time"
)

// Use is the purpose that CheckChain checks a pair for.
type Use int

const (
	// ForSigning is for a leaf that signs profiles, which devices verify with the
	// embedded certificates and their own roots.
	ForSigning Use = iota + 1
	// ForServer is for a leaf that authenticates a TLS or EAP server. A leaf
	// without intermediates and a self-signed one are accepted, because the
	// clients may trust it directly.
	ForServer
)

// CheckChain checks whether devices accept the pair at the time now. It checks the
// leaf's key (RSA of 2048 bits or more, ECDSA on P-256 or P-384) and key usage, the
// dates of all certificates, and that each was issued by the next, which must be a
// CA. The error is an *Error that names the certificate file.
//
// The chain does not contain its root, so CheckChain proves that it is complete in
// one of these ways:
//
//   - If roots are given, the chain must end at one of them.
//   - Otherwise, if the file contained a root, the chain must end at it.
//   - Otherwise, a leaf with at least one intermediate is accepted, because its
//     root may be private. A leaf alone is accepted for ForServer, and for
//     ForSigning only if this machine's roots verify it: usually its intermediate
//     is missing.
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
			return refuse(KeyUnsupported, file, "the key of %s is on %s: only P-256 and P-384 are supported",
				nameOf(c), key.Curve.Params().Name)
		}
		return nil
	}
	return refuse(KeyUnsupported, file, "the key of %s is of type %v: only RSA and ECDSA are supported",
		nameOf(c), c.PublicKeyAlgorithm)
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
				return refuse(SeveralCertificates, p.CertFile, "certificates %d and %d are the same, %s",
					j+1, i+1, nameOf(c))
			}
		}
	}
	for i, c := range all[:len(all)-1] {
		issuer := all[i+1]
		if issuedBy(c, issuer) {
			if weakSignature(c) {
				return refuse(WeakSignature, p.CertFile, "%s is signed with %v, which devices reject",
					nameOf(c), c.SignatureAlgorithm)
			}
			if err := p.checkIssuer(issuer, i); err != nil {
				return err
			}
			continue
		}
		for k, other := range all {
			if k != i && issuedBy(c, other) {
				return refuse(ChainOrder, p.CertFile, "the certificates are out of order: "+
					"%s was issued by certificate %d, %s, which must follow it", nameOf(c), k+1, nameOf(other))
			}
		}
		return refuse(ChainBroken, p.CertFile,
			"%s was issued by %s, but the next certificate is %s: an intermediate is missing or wrong",
			nameOf(c), issuerOf(c), nameOf(issuer))
	}
	return nil
}

// checkIssuer checks that a certificate may issue others when below intermediates
// are between it and the leaf (RFC 5280, 4.2.1.3 and 4.2.1.9).
func (p *Pair) checkIssuer(issuer *x509.Certificate, below int) error {
	if err := checkStrength(p.CertFile, issuer); err != nil {
		return err
	}
	switch {
	case !issuer.BasicConstraintsValid || !issuer.IsCA:
		return refuse(NotCA, p.CertFile, "%s issued another certificate but is not a CA", nameOf(issuer))
	case issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCertSign == 0:
		return refuse(KeyUsage, p.CertFile, "the key usage of %s does not include signing certificates", nameOf(issuer))
	case (issuer.MaxPathLen > 0 || issuer.MaxPathLenZero) && issuer.MaxPathLen < below:
		return refuse(ChainBroken, p.CertFile, "%s allows %d intermediates below it, but there are %d",
			nameOf(issuer), issuer.MaxPathLen, below)
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
			return refuse(SelfSigned, p.CertFile, "%s is self-signed: devices show its signatures as not verified",
				nameOf(leaf))
		}
		if leaf.IsCA {
			return refuse(KeyUsage, p.CertFile, "%s is a CA: sign profiles with a certificate that a CA issued",
				nameOf(leaf))
		}
		if leaf.KeyUsage != 0 && leaf.KeyUsage&signs == 0 {
			return refuse(KeyUsage, p.CertFile, "the key usage of %s does not include digital signature", nameOf(leaf))
		}
	case ForServer:
		if !allows(leaf, x509.ExtKeyUsageServerAuth) {
			return refuse(KeyUsage, p.CertFile,
				"the extended key usage of %s does not include server authentication", nameOf(leaf))
		}
	}
	return nil
}

// checkTop checks that the chain is complete, as CheckChain documents, and runs the
// standard library's verification, which also checks name constraints, critical
// extensions and nested key usages.
func (p *Pair) checkTop(now time.Time, use Use, roots []*x509.Certificate) error {
	switch {
	case len(roots) > 0:
		if err := p.verify(now, use, Pool(roots)); err != nil {
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
	return refuse(ChainMissing, p.CertFile, "the file holds %s alone: append the certificate of its issuer, %s "+
		"(append it even if it is a root: roots are not embedded)", nameOf(p.Chain[0]), issuerOf(p.Chain[0]))
}

func (p *Pair) verifyTo(now time.Time, use Use, top *x509.Certificate) error {
	if err := p.verify(now, use, Pool([]*x509.Certificate{top})); err != nil {
		return refuse(ChainBroken, p.CertFile, "the chain does not verify: %v", err).because(err)
	}
	return nil
}

// VerifiedBySystem reports whether the chain leads to a root that this machine
// trusts at the time now. If so, most devices trust it too. A chain to a private
// root is not verified: devices need that root first.
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
		Intermediates: Pool(p.Chain[1:]),
		CurrentTime:   now,
		KeyUsages:     []x509.ExtKeyUsage{usage},
	})
	return err
}

// Pool returns a pool of the certificates.
func Pool(certificates []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c)
	}
	return pool
}
