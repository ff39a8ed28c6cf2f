package tenant

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// radiusServer returns the RADIUS server with the certificate that the last `onramp freeradius`
// recorded, or nil if there is none.
func (s *Tenants) radiusServer(ctx context.Context, r onboarding.SecretReader) (*trust.Server, error) {
	text, err := r.Setting(ctx, onboarding.SettingRADIUSCertificate)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if chain, err := certs.ParseCertificates([]byte(text)); err == nil {
		return &trust.Server{Chain: chain, PublicRoots: s.publicRoots}, nil
	}
	return nil, nil // doctor reports it
}

// checkCertificate warns of platforms whose profiles would refuse the RADIUS server.
func checkCertificate(o *onboarding.Organization, f *findings, server *trust.Server, now time.Time) {
	if server == nil || len(f.errors()) > 0 {
		return
	}
	prepared, err := profiles.Prepare(o.Settings())
	if err != nil {
		return // profiles.Check has reported it
	}
	refusing := map[trust.Verdict][]string{}
	var order []trust.Verdict
	platforms := prepared.Platforms()
	for _, p := range platforms {
		v := server.Judge(&o.WiFi, p, now)
		if v.Result != trust.Refuse {
			continue
		}
		if refusing[v] == nil {
			order = append(order, v)
		}
		refusing[v] = append(refusing[v], string(p))
	}
	for _, v := range order {
		who := "profiles for " + strings.Join(refusing[v], ", ") + " refuse"
		if len(refusing[v]) == len(platforms) {
			who = "no phone accepts"
		}
		field, trusted := trustedBy(o, v)
		f.warn(field, "radius-certificate", "run onramp radius-cert check before you change either",
			"trusts %s: %s FreeRADIUS's certificate for %s, issued by %q (%s)", trusted, who,
			shownNames(server.Chain[0]), brief(server.Chain[0].Issuer.String()), v.Explain())
	}
}

// trustedBy returns the field of the settings that a verdict is about, and its value for a message.
func trustedBy(o *onboarding.Organization, v trust.Verdict) (field, value string) {
	switch v.Reason {
	case trust.Name, trust.SuffixRule:
		return "wifi.trustedServerNames", fmt.Sprintf("%q", o.WiFi.TrustedServerNames)
	case trust.Anchor:
		if o.WiFi.TrustAnchor == "" {
			return "wifi", "public roots"
		}
		return "wifi.trustAnchor", anchorName(o)
	}
	return "wifi", anchorName(o)
}

// anchorName returns the subject of the private root, or a word for public ones.
func anchorName(o *onboarding.Organization) string {
	if all, err := certs.ParseCertificates([]byte(o.WiFi.TrustAnchor)); err == nil {
		return fmt.Sprintf("%q", brief(all[0].Subject.String()))
	}
	return "public roots"
}

// shownNames returns the names in the certificate, quoted.
func shownNames(c *x509.Certificate) string {
	names := c.DNSNames
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", brief(name))
	}
	if len(quoted) > 4 {
		quoted = append(slices.Clip(quoted[:4]), "others")
	}
	return strings.Join(quoted, ", ")
}
