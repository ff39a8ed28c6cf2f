package doctor

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"time"

	"onramp/certs"
	"onramp/onboarding"
)

// RADIUSTrust checks that phones trust FreeRADIUS's certificate: it must have a name that each
// organization's profiles trust and must be issued under their trust anchor, if they have one.
// chain is PEM, the server's certificate first, or empty if it is not known.
func RADIUSTrust(s Organizations, chain []byte, now time.Time) Check {
	return func(ctx context.Context) []Line {
		const name = "radius trust"
		if len(chain) == 0 {
			return []Line{
				warn(name, "no FreeRADIUS configuration was written yet, so the certificate that phones will see "+
					"is not known")}
		}
		certificates := parseChain(chain)
		if len(certificates) == 0 {
			return []Line{fail(name, "the certificates of the last onramp freeradius cannot be parsed: run it again")}
		}
		organizations, err := s.Export(ctx, "")
		if err != nil {
			return []Line{fail(name, "%v", err)}
		}
		var lines []Line
		for _, o := range organizations {
			lines = append(lines, trust(name, o, certificates, now)...)
		}
		if len(lines) == 0 {
			lines = append(lines, ok(name, "every organization's profiles trust FreeRADIUS's certificate"))
		}
		return lines
	}
}

func trust(name string, o *onboarding.Organization, chain []*x509.Certificate, now time.Time) []Line {
	var lines []Line
	known := false
	for _, trusted := range o.WiFi.TrustedServerNames {
		known = known || chain[0].VerifyHostname(trusted) == nil
	}
	if !known && len(o.WiFi.TrustedServerNames) > 0 {
		lines = append(lines,
			fail(name, "organization %s trusts the names %q, and FreeRADIUS's certificate has %q: no phone connects",
				o.ID, o.WiFi.TrustedServerNames, chain[0].DNSNames))
	}
	options := x509.VerifyOptions{CurrentTime: now, Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	anchor := "a public root"
	if o.WiFi.TrustAnchor != "" {
		root, err := certs.ParseAnchor([]byte(o.WiFi.TrustAnchor), now)
		if err != nil {
			return lines // Tenants reports it
		}
		options.Roots, anchor = x509.NewCertPool(), root.Subject.CommonName
		options.Roots.AddCert(root)
	}
	switch _, err := chain[0].Verify(options); {
	case err == nil:
	case o.WiFi.TrustAnchor == "":
		lines = append(lines,
			warn(name, "organization %s relies on the phones' root certificates, but FreeRADIUS's certificate does "+
				"not verify against those of this machine; phones may refuse it: %v", o.ID, err))
	default:
		lines = append(lines,
			fail(name, "FreeRADIUS's certificate was not issued under %s, which the profiles of organization %s "+
				"trust: no phone connects (%v)",
				anchor, o.ID, err))
	}
	return lines
}

func parseChain(text []byte) []*x509.Certificate {
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			chain = append(chain, c)
		}
	}
	return chain
}
