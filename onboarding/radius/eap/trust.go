package eap

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"strings"
	"time"
)

// TrustCause is the rule by which a phone refuses a certificate chain.
type TrustCause string

// The causes.
const (
	TrustAnchor  TrustCause = "anchor"       // not issued under a trusted root
	TrustMissing TrustCause = "intermediate" // the server did not send the issuer of a certificate
	TrustName    TrustCause = "name"         // none of the trusted names
	TrustExpired TrustCause = "expired"      // expired, or not valid yet
	TrustOther   TrustCause = "other"        // such as a certificate for another use
)

// TrustError reports why a certificate chain is not trusted.
type TrustError struct {
	Cause TrustCause
	// Expected and Shown describe, for people, the trust of the phone and the certificate of the
	// server.
	Expected, Shown string
	Err             error // may be nil
}

func (e *TrustError) Error() string {
	text := fmt.Sprintf("%s: expected %s, shown %s", e.Cause, e.Expected, e.Shown)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *TrustError) Unwrap() error { return e.Err }

// Trust is the trust of a phone in a server: by root certificates and names.
type Trust struct {
	Roots    *x509.CertPool // nil: the roots of this machine
	RootName string         // for Expected, such as the subject of the only root
	// Names are the trusted names; none: every name is trusted. A phone trusts a certificate that
	// has one of them as a DNS name.
	Names []string
	// Known holds intermediate certificates that a phone does not have. If the chain verifies only
	// with them, the cause is TrustMissing.
	Known []*x509.Certificate
	Now   time.Time // zero: the current time
}

// Verify verifies a chain, the server's certificate first: the anchor and the dates, then the name.
func (t *Trust) Verify(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return &TrustError{Cause: TrustOther, Expected: "a certificate", Shown: "none"}
	}
	now := t.Now
	if now.IsZero() {
		now = time.Now()
	}
	options := x509.VerifyOptions{
		Roots: t.Roots, CurrentTime: now, Intermediates: Roots(chain[1:]...),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if _, err := chain[0].Verify(options); err != nil {
		return t.explain(chain, options, err)
	}
	if len(t.Names) == 0 {
		return nil
	}
	for _, name := range t.Names {
		if chain[0].VerifyHostname(name) == nil {
			return nil
		}
	}
	return &TrustError{
		Cause: TrustName, Expected: "one of the names " + strings.Join(t.Names, ", "), Shown: names(chain[0]),
	}
}

// explain returns the TrustError of a chain that x509 refused.
func (t *Trust) explain(chain []*x509.Certificate, options x509.VerifyOptions, err error) *TrustError {
	now := options.CurrentTime
	for i, c := range chain {
		if !now.Before(c.NotBefore) && !now.After(c.NotAfter) {
			continue
		}
		then := options
		then.CurrentTime = c.NotAfter
		if _, failed := chain[0].Verify(then); i == 0 || failed == nil {
			return &TrustError{
				Cause: TrustExpired, Expected: "a certificate that is valid at " + now.UTC().Format(time.RFC3339),
				Shown: fmt.Sprintf("%s, valid from %s to %s", Subject(c),
					c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339)), Err: err,
			}
		}
	}
	e := &TrustError{
		Cause: TrustOther, Expected: "a chain to " + t.rootName(),
		Shown: Subject(chain[0]) + ", issued by " + Issuer(chain[0]), Err: err,
	}
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		return e
	}
	e.Cause = TrustAnchor
	if last := lastOf(chain); last != chain[0] {
		e.Shown += "; the chain ends at " + Subject(last) + ", issued by " + Issuer(last)
	}
	for _, c := range t.Known {
		options.Intermediates.AddCert(c)
	}
	if _, failed := chain[0].Verify(options); failed == nil && len(t.Known) > 0 {
		e.Cause = TrustMissing
		e.Expected += " with every intermediate certificate"
		e.Shown += "; without the certificate of " + Issuer(lastOf(chain))
	}
	return e
}

func (t *Trust) rootName() string {
	if t.RootName == "" {
		return "a root certificate of the device"
	}
	return t.RootName
}

// lastOf returns the certificate at which the chain from the first one ends.
func lastOf(chain []*x509.Certificate) *x509.Certificate {
	last := chain[0]
	for range chain {
		issuer := issuerOf(last, chain)
		if issuer == nil {
			break
		}
		last = issuer
	}
	return last
}

// issuerOf returns the certificate of the chain that issued c, or nil.
func issuerOf(c *x509.Certificate, chain []*x509.Certificate) *x509.Certificate {
	for _, candidate := range chain {
		if candidate != c && c.CheckSignatureFrom(candidate) == nil {
			return candidate
		}
	}
	return nil
}

// maxNames is the most names of a certificate that a message lists.
const maxNames = 10

// names returns the DNS names of a certificate, for people.
func names(c *x509.Certificate) string {
	if len(c.DNSNames) == 0 {
		return fmt.Sprintf("no DNS name (subject %s)", Subject(c))
	}
	list := c.DNSNames[:min(len(c.DNSNames), maxNames)]
	text := strings.Join(list, ", ")
	if more := len(c.DNSNames) - len(list); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func commonName(n pkix.Name) string {
	if n.CommonName != "" {
		return n.CommonName
	}
	return n.String()
}
