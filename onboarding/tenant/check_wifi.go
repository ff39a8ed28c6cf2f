package tenant

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/profiles"
)

func checkWiFi(o *onboarding.Organization, f *findings, now time.Time) {
	if d := o.WiFi.ProfileLifetime; d < time.Second || d > maxProfileLifetime || d%time.Second != 0 {
		f.refuse("wifi.profileLifetime", "range", "", "must be 1s to 3660d in whole seconds, not %v", d)
	} else if d < shortLifetime {
		f.warn("wifi.profileLifetime", "short-lifetime", "write it with its unit, such as 8760h",
			"ends every profile after %v", d)
	}
	checkTexts(o, f, "wifi.consentText", o.WiFi.ConsentText, false, maxPolicyText, notLongText)
	checkAnchor(o, f, now)
	checkPublicRoots(o, f, now)
	checkHelpdesk(o, f)
	checkNames(o, f)
	ours := f.errors()
	for _, found := range profiles.Check(o.Settings()) {
		if !slices.ContainsFunc(ours, func(known onboarding.Finding) bool { return known.Field == found.Field }) {
			*f = append(*f, found)
		}
	}
}

// breaks holds the platform of the rules about anchors that only one platform has: Android uses the
// first certificate of a bundle and trusts only roots. All other rules concern every platform.
var breaks = map[certs.Rule]profiles.Platform{
	certs.SeveralCertificates: profiles.Android,
	certs.NotCA:               profiles.Android,
	certs.NotRoot:             profiles.Android,
}

// checkAnchor checks the private root, its dates included, which package profiles does not look at.
func checkAnchor(o *onboarding.Organization, f *findings, now time.Time) {
	if o.WiFi.TrustAnchor == "" {
		return
	}
	const field = "wifi.trustAnchor"
	anchor := f.root(field, o.WiFi.TrustAnchor, now)
	if anchor == nil {
		return
	}
	if end := now.Add(o.WiFi.ProfileLifetime); anchor.NotAfter.Before(end) {
		f.warn(field, "anchor-ends-early", "replace it with its successor before",
			"expires on %s, before profiles that are issued today; phones then stop connecting",
			anchor.NotAfter.UTC().Format(time.DateOnly))
	}
}

// root parses a root that is valid now, or adds an error and returns nil.
func (f *findings) root(field, text string, now time.Time) *x509.Certificate {
	root, err := certs.ParseAnchor([]byte(text), now)
	if refused, ok := errors.AsType[*certs.Error](err); ok {
		if field != "wifi.trustAnchor" {
			refused.Detail = strings.Replace(refused.Detail, "the trust anchor", "the root", 1)
		}
		*f = append(*f, onboarding.Finding{
			Severity: onboarding.SeverityError, Field: field, Platform: breaks[refused.Rule],
			Rule: "anchor-" + strings.TrimSuffix(string(refused.Rule), "-in-anchor"), Message: refused.Detail,
		})
		return nil
	}
	if err != nil {
		f.refuse(field, "anchor", "", "%v", err)
		return nil
	}
	return root
}

// checkPublicRoots checks the public roots, their dates included.
func checkPublicRoots(o *onboarding.Organization, f *findings, now time.Time) {
	for i, text := range o.WiFi.PublicRoots {
		field := fmt.Sprintf("wifi.publicRoots[%d]", i)
		root := f.root(field, text, now)
		if root == nil {
			continue
		}
		if end := now.Add(o.WiFi.ProfileLifetime); root.NotAfter.Before(end) {
			f.warn(field, "anchor-ends-early", "add its successor",
				"expires on %s, before profiles that are issued today", root.NotAfter.UTC().Format(time.DateOnly))
		}
	}
}

// checkHelpdesk requires at least one contact, each well-formed.
func checkHelpdesk(o *onboarding.Organization, f *findings) {
	h := o.WiFi.Helpdesk
	if h == nil {
		return
	}
	if *h == (onboarding.Helpdesk{}) {
		f.refuse("wifi.helpdesk", "missing", "write email, phone or url", "has no contact")
	}
	if at := strings.LastIndexByte(h.Email, '@'); h.Email != "" &&
		(at < 1 || at == len(h.Email)-1 || strings.ContainsAny(h.Email, " \t\n")) {
		f.refuse("wifi.helpdesk.email", "email", "", "must be an e-mail address, not %q", brief(h.Email))
	}
	if h.Phone != "" && strings.Trim(h.Phone, "+0123456789 ()-./") != "" || h.Phone != "" &&
		!strings.ContainsAny(h.Phone, "0123456789") {
		f.refuse("wifi.helpdesk.phone", "phone", "write it such as +39 02 1234567", "must be a phone number, not %q",
			brief(h.Phone))
	}
	if h.URL != "" {
		if u, err := url.Parse(h.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" ||
			len(h.URL) > onboarding.MaxURL {
			f.refuse("wifi.helpdesk.url", "url", "write it with https://", "must be an http or https URL, not %q",
				brief(h.URL))
		}
	}
}

// checkNames requires valid names and language codes.
func checkNames(o *onboarding.Organization, f *findings) {
	for _, language := range sortedKeys(o.Names) {
		at := "names." + brief(language)
		if tidy, err := onboarding.ParseLanguage(at, language); err != nil || tidy != language {
			f.language(at, language)
			continue
		}
		f.name(at, o.Names[language])
		if speaksOnlyLanguages(o) && !slices.Contains(o.Languages, language) {
			f.warn(at, "unused-language", "add "+language+" to languages",
				"is never shown on a page: %s is not among the languages", language)
		}
	}
}
