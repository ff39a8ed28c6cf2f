package doctor

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/radius/eap"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// judgement is the result of judging a certificate chain by the settings of an organization.
type judgement struct {
	refused *eap.TrustError // no phone accepts the chain
	partly  []string        // platforms that refuse it, with the reasons
	unknown string          // why it is not known whether any phone accepts it
}

// judge judges a chain for every platform. Phones of an organization without roots of its own have
// public roots that may differ from this machine's: a chain that leads to none of these is judged
// by the other rules, and not refused for its root.
func (c *radiusCheck) judge(o *onboarding.Organization, chain []*x509.Certificate) judgement {
	settings := o.Settings()
	server, anyRoot := trust.Server{Chain: chain}, trust.Server{Chain: chain, PublicRoots: eap.Roots(chain...)}
	if pool, err := x509.SystemCertPool(); err == nil {
		server.PublicRoots = pool
		for _, root := range rootsOf(o) {
			pool.AddCert(root)
		}
	}
	var j judgement
	refusals := map[string][]string{}
	accepts, unknowns := 0, 0
	for _, p := range profiles.Platforms() {
		v := server.Judge(&settings.WiFi, p, c.phones.Now)
		if v.Reason == trust.Anchor && len(rootsOf(o)) == 0 {
			if other := anyRoot.Judge(&settings.WiFi, p, c.phones.Now); other.Result == trust.Refuse {
				v = other
			} else {
				v.Result = trust.Unknown
			}
		}
		switch {
		case v.Reason == trust.Settings: // no profile for this platform
		case v.Result == trust.Accept:
			accepts++
		case v.Result == trust.Unknown:
			unknowns++
			j.unknown = reasonText(v)
		default:
			refusals[reasonText(v)] = append(refusals[reasonText(v)], string(p))
		}
	}
	reasons := make([]string, 0, len(refusals))
	for reason := range refusals {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	if accepts > 0 || unknowns > 0 || len(reasons) == 0 {
		for _, reason := range reasons {
			j.partly = append(j.partly, strings.Join(refusals[reason], ", ")+" ("+reason+")")
		}
		if accepts > 0 {
			j.unknown = ""
		}
		return j
	}
	j.refused = c.refusal(o, chain, strings.Join(reasons, ", "))
	return j
}

func reasonText(v trust.Verdict) string {
	if v.Detail == "" {
		return string(v.Reason)
	}
	return string(v.Reason) + ", " + string(v.Detail)
}

// refusal returns the expected and the shown value of a chain that no platform accepts.
func (c *radiusCheck) refusal(o *onboarding.Organization, chain []*x509.Certificate, reasons string) *eap.TrustError {
	t := eap.Trust{Names: o.WiFi.TrustedServerNames, Now: c.phones.Now}
	if roots := rootsOf(o); len(roots) > 0 {
		t.Roots, t.RootName = eap.Roots(roots...), subjects(roots)
	} else {
		t.Roots = eap.Roots(chain...) // the refusal has another reason
	}
	if len(c.recorded) > 0 {
		t.Known = c.recorded[1:]
	}
	var e *eap.TrustError
	if errors.As(t.Verify(chain), &e) {
		return e
	}
	return &eap.TrustError{
		Cause: eap.TrustOther, Expected: "a certificate by the rules of the platforms", Shown: describe(chain[0]),
		Err: errors.New(reasons),
	}
}

// lines returns the findings of a judgement on a certificate with a description.
func (j *judgement) lines(name string, o *onboarding.Organization, certificate string) []Line {
	var lines []Line
	if e := j.refused; e != nil {
		text := fmt.Sprintf("organization %s: no phone accepts %s (%s). The profiles expect %s. The server shows %s.",
			o.ID, certificate, e.Cause, e.Expected, e.Shown)
		if e.Cause == eap.TrustOther && e.Err != nil {
			text += " " + e.Err.Error()
		}
		lines = append(lines, fail(name, "%s", text))
	}
	for _, platforms := range j.partly {
		lines = append(lines,
			warn(name, "organization %s: these platforms refuse %s: %s", o.ID, certificate, platforms))
	}
	if j.unknown != "" {
		lines = append(lines, warn(name, "organization %s: it is not known whether phones accept %s: %s", o.ID,
			certificate, j.unknown))
	}
	for i := range lines {
		lines[i] = lines[i].of(o.ID)
	}
	return lines
}

// rootsOf returns the roots in the profiles of an organization: its trust anchor, or the public
// roots that it names.
func rootsOf(o *onboarding.Organization) []*x509.Certificate {
	return parseChain([]byte(o.WiFi.TrustAnchor + "\n" + strings.Join(o.WiFi.PublicRoots, "\n")))
}

// subjects returns the names of certificates.
func subjects(certificates []*x509.Certificate) string {
	var names []string
	for _, c := range certificates {
		names = append(names, eap.Subject(c))
	}
	return strings.Join(names, " or ")
}

// parseChain returns the certificates in PEM, nil if they cannot be parsed.
func parseChain(text []byte) []*x509.Certificate {
	chain, _ := certs.ParseCertificates(text)
	return chain
}
