package onboarding

import (
	"errors"
	"slices"
	"strings"
	"time"

	"onramp/certs"
	"onramp/profiles"
)

func (o *Organization) checkWiFi(f *findings, now time.Time) {
	if d := o.WiFi.ProfileLifetime; d < time.Second || d > maxProfileLifetime || d%time.Second != 0 {
		f.refuse("wifi.profileLifetime", "range", "", "must be 1s to 3660d in whole seconds, not %v", d)
	} else if d < shortLifetime {
		f.warn("wifi.profileLifetime", "short-lifetime", "write it with its unit, such as 8760h", "ends every profile after %v", d)
	}
	o.checkTexts(f, "wifi.consentText", o.WiFi.ConsentText, false, maxPolicyText, notLongText)
	o.checkAnchor(f, now)
	settings, _ := o.Settings() // an anchor that it refuses was complained about
	ours := slices.Clone(f.errors())
	for _, found := range profiles.Check(settings) {
		f.adopt(found, ours)
	}
}

// breaks names the platform on which a wrong anchor fails by itself: Android takes the first certificate of a bundle and ignores the others, and trusts
// none that is not a root. What is not here fails everywhere.
var breaks = map[certs.Rule]string{
	certs.SeveralCertificates: string(profiles.Android),
	certs.NotCA:               string(profiles.Android),
	certs.NotRoot:             string(profiles.Android),
}

// checkAnchor looks at the private root with a clock, which profiles has not.
func (o *Organization) checkAnchor(f *findings, now time.Time) {
	if o.WiFi.TrustAnchor == "" {
		return
	}
	const field = "wifi.trustAnchor"
	anchor, err := certs.ParseAnchor([]byte(o.WiFi.TrustAnchor), now)
	if refused, ok := errors.AsType[*certs.Error](err); ok {
		*f = append(*f, Finding{
			Severity: SeverityError, Field: field, Platform: breaks[refused.Rule],
			Rule: "anchor-" + strings.TrimSuffix(string(refused.Rule), "-in-anchor"), Message: refused.Detail,
		})
		return
	}
	if err != nil {
		f.refuse(field, "anchor", "", "%v", err)
		return
	}
	if end := now.Add(o.WiFi.ProfileLifetime); anchor.NotAfter.Before(end) {
		f.warn(field, "anchor-ends-early", "bring in its successor before", "ends on %s, before the profiles of today do: phones then stop connecting", anchor.NotAfter.UTC().Format(time.DateOnly))
	}
}

// adopt takes over what profiles found, except where we complained about the same field already.
func (f *findings) adopt(found profiles.Finding, ours []Finding) {
	field := found.Field
	if text, ok := strings.CutPrefix(field, "wifi.consent."); ok {
		if field = "wifi.consentText." + text; text == "default" {
			return // a copy of the default language's text
		}
	}
	if slices.ContainsFunc(ours, func(known Finding) bool { return known.Field == field }) {
		return
	}
	*f = append(*f, Finding{
		Severity: Severity(found.Severity), Field: field, Platform: string(found.Platform),
		Rule: found.Rule, Message: found.Message, Remedy: found.Remedy,
	})
}
