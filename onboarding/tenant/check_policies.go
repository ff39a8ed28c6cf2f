package tenant

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"onramp/onboarding"
)

// customPolicy is the form of the key of a tenant's own opt-in. The part after the dot is also the
// name of a search parameter, customOptIn.<name>.
var customPolicy = regexp.MustCompile(`^customs\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func checkPolicies(o *onboarding.Organization, f *findings) {
	for i, key := range []string{onboarding.TermsOfUse, onboarding.Privacy} {
		place := []string{"the first", "the second"}[i]
		switch at := slices.IndexFunc(o.Policies, func(p onboarding.Policy) bool { return p.Key == key }); {
		case at < 0:
			f.refuse("policies", "policy-missing", "declare it as "+place+" policy",
				"has no %s, which every visitor must accept", key)
		case at != i:
			f.refuse(fmt.Sprintf("policies[%d].key", at), "policy-order", "move it", "%s must be %s policy", key, place)
		}
	}
	for i := range o.Policies {
		checkPolicy(o, f, fmt.Sprintf("policies[%d]", i), i)
	}
}

func checkPolicy(o *onboarding.Organization, f *findings, field string, i int) {
	p := &o.Policies[i]
	switch first := slices.IndexFunc(o.Policies, func(q onboarding.Policy) bool { return q.Key == p.Key }); {
	case p.Key == "":
		f.refuse(field+".key", "missing", "", "is missing")
	case first < i:
		f.refuse(field+".key", "duplicate", "", "%s is declared twice", brief(p.Key))
	case p.Key == onboarding.Profiling || p.Key == onboarding.PPD:
		f.refuse(field+".key", "policy-key", "leave it out", "%s is predefined and must not be declared", p.Key)
	case p.Key == onboarding.TermsOfUse, p.Key == onboarding.Privacy, p.Key == onboarding.MktgCommunication,
		p.Key == onboarding.AgeVerification, customPolicy.MatchString(p.Key):
	default:
		remedy := fmt.Sprintf("known: %s, %s, %s, %s and customs.<name> in letters, digits, _ and -",
			onboarding.TermsOfUse,
			onboarding.Privacy, onboarding.MktgCommunication, onboarding.AgeVerification)
		if own := "customs." + p.Key; customPolicy.MatchString(own) {
			remedy = "write " + own + " for an opt-in of your own"
		}
		f.refuse(field+".key", "policy-key", remedy, "is not a policy key: %q", brief(p.Key))
	}
	f.text(field+".version", p.Version, maxVersion, onboarding.NotText)
	checkTexts(o, f, field+".title", p.Title, true, onboarding.MaxValue, onboarding.NotText)
	checkTexts(o, f, field+".text", p.Text, false, maxPolicyText, notLongText)
	checkTexts(o, f, field+".changes", p.Changes, false, maxChanges, notLongText)
	if p.URL != "" {
		f.url(field+".url", p.URL)
	} else if len(p.Text) == 0 && p.Mandatory() {
		f.warn(field, "policy-text", "write its url or its text",
			"has neither url nor text; visitors cannot read it before they accept")
	}
}

// maxChanges limits the characters of the description of a policy's changes.
const maxChanges = 2000

// checkReconsent checks the answer to a policy whose version rose.
func checkReconsent(o *onboarding.Organization, f *findings) {
	p := &o.Portal
	switch p.Reconsent {
	case "", onboarding.ReconsentGrace:
		if p.GraceDays != 0 {
			f.warn("portal.graceDays", "no-effect", "write reconsent: stop, or leave it out",
				"has no effect without reconsent: stop")
		}
	case onboarding.ReconsentStop:
	default:
		f.refuse("portal.reconsent", "unknown-value", "known: grace, stop", "must be grace or stop, not %q",
			brief(string(p.Reconsent)))
	}
	if p.GraceDays < 0 || p.GraceDays > onboarding.MaxGraceDays {
		f.refuse("portal.graceDays", "range", "", "must be 1 to %d, not %d", onboarding.MaxGraceDays, p.GraceDays)
	}
}

// url requires an absolute http or https URL without a user.
func (f *findings) url(field, text string) {
	u, err := url.Parse(text)
	switch {
	case len(text) > onboarding.MaxURL:
		f.refuse(field, "too-long", "", "has %d bytes, more than %d", len(text), onboarding.MaxURL)
	case err != nil || strings.ContainsFunc(text, onboarding.NotText) || strings.ContainsAny(text, " \\\"<>"):
		f.refuse(field, "url", "", "is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		f.refuse(field, "url", "write it in full, such as https://example.com/terms",
			"must begin with https:// or http://")
	case u.Hostname() == "" || u.User != nil:
		f.refuse(field, "url", "write it in full, such as https://example.com/terms", "must name a host, and no user")
	}
}
