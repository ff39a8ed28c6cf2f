package trust

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"onramp/certs"
	"onramp/profiles"
)

// checkChain checks that the chain that the server sends leads to a certificate that the network
// trusts, and that all of its certificates are valid and strong.
func (s *Server) checkChain(n network, p profiles.Platform, now time.Time) Verdict {
	leaf := s.Chain[0]
	switch {
	case now.Before(leaf.NotBefore):
		return refuse(Expiry, NotYetValid)
	case now.After(leaf.NotAfter):
		return refuse(Expiry, Expired)
	}
	roots, anchors, someMissing := s.roots(n)
	paths, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: certs.Pool(s.Chain[1:]), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		v := s.failure(err, anchors, now)
		if someMissing && v.Reason == Anchor {
			return unknown(Anchor, NoRoots)
		}
		return v
	}
	best := Verdict{Result: Refuse, Reason: Anchor, Detail: OtherRoot}
	for i, path := range paths {
		v := checkPath(path)
		if v.Result == Accept {
			v = checkTop(path, p)
		}
		if i == 0 || best.worse(v) {
			best = v
		}
	}
	return best
}

// roots returns the roots that a device trusts for a network: its anchors, or its public roots, to
// which those belong that the settings name. someMissing reports that other public roots are not
// known.
func (s *Server) roots(n network) (roots *x509.CertPool, anchors []*x509.Certificate, someMissing bool) {
	if n.anchors != nil {
		anchors = parsed(n.anchors)
		return certs.Pool(anchors), anchors, false
	}
	anchors = parsed(n.public)
	if s.PublicRoots == nil || s.PublicRoots.Equal(x509.NewCertPool()) {
		return certs.Pool(anchors), anchors, true
	}
	roots = s.PublicRoots.Clone()
	for _, c := range anchors {
		roots.AddCert(c)
	}
	return roots, anchors, false
}

// failure returns the refusal for an error of the standard library's verification.
func (s *Server) failure(err error, anchors []*x509.Certificate, now time.Time) Verdict {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch invalid.Reason {
		case x509.Expired:
			if slices.ContainsFunc(anchors, invalid.Cert.Equal) || slices.ContainsFunc(anchors, expiredAt(now)) {
				return refuse(Expiry, AnchorExpired)
			}
			return refuse(Expiry, IntermediateExpired)
		case x509.IncompatibleUsage:
			return refuse(KeyType, Usage)
		case x509.CANotAuthorizedForThisName, x509.UnconstrainedName, x509.TooManyConstraints,
			x509.NameConstraintsWithoutSANs, x509.CANotAuthorizedForExtKeyUsage:
			return refuse(Name, Constraint)
		}
		return refuse(Anchor, OtherRoot)
	}
	// The library refuses to verify weak signatures and reports an unknown issuer.
	if slices.ContainsFunc(s.Chain, func(c *x509.Certificate) bool {
		return weakSignature(c) && !bytes.Equal(c.RawIssuer, c.RawSubject)
	}) {
		return refuse(KeyType, WeakSignature)
	}
	if s.intermediateMissing(anchors) {
		return refuse(Anchor, IntermediateMissing)
	}
	return refuse(Anchor, OtherRoot)
}

// intermediateMissing reports whether the chain that the server sends ends at a certificate whose
// issuer is neither sent nor trusted, and none of the anchors has issued any of it. A server that
// sends no intermediate at all, with a root that did not issue its certificate, is one too.
func (s *Server) intermediateMissing(anchors []*x509.Certificate) bool {
	top := s.Chain[0]
	for range s.Chain {
		next := slices.IndexFunc(s.Chain, func(c *x509.Certificate) bool {
			return !c.Equal(top) && bytes.Equal(top.RawIssuer, c.RawSubject)
		})
		if next < 0 {
			break
		}
		top = s.Chain[next]
	}
	if bytes.Equal(top.RawIssuer, top.RawSubject) {
		return false // it sends a root
	}
	issued := func(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, top.RawIssuer) }
	return top.Equal(s.Chain[0]) && !slices.ContainsFunc(anchors, issued)
}

// expiredAt returns a function that reports whether a certificate is not valid at the time now.
func expiredAt(now time.Time) func(*x509.Certificate) bool {
	return func(c *x509.Certificate) bool { return now.Before(c.NotBefore) || now.After(c.NotAfter) }
}

// checkTop checks the trust anchor at the end of a path. Package profiles accepts only roots, but
// an earlier version may have written others.
func checkTop(path []*x509.Certificate, p profiles.Platform) Verdict {
	top := path[len(path)-1]
	if apple(p) {
		return accept()
	}
	isRoot := bytes.Equal(top.RawIssuer, top.RawSubject)
	if isRoot && (top.IsCA || len(path) > 1) {
		return accept()
	}
	switch p {
	case profiles.Linux, profiles.NetworkManager, profiles.ChromeOS:
		if isRoot { // the server's own certificate
			return accept()
		}
		return refuse(Anchor, NotRoot) // OpenSSL without partial chains
	case profiles.Android, profiles.SettingsAndroid, profiles.Windows:
		return refuse(Anchor, NotRoot)
	}
	return unknown(Anchor, NotRoot)
}

func parsed(ders [][]byte) []*x509.Certificate {
	var all []*x509.Certificate
	for _, der := range ders {
		if c, err := x509.ParseCertificate(der); err == nil {
			all = append(all, c)
		}
	}
	return all
}
