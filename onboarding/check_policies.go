package onboarding

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// customPolicy is the form of the key of a tenant's own opt-in. The part after the dot is also the
// name of a search parameter, customOptIn.<name>.
var customPolicy = regexp.MustCompile(`^customs\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func (o *Organization) checkPolicies(f *findings) {
	for i, key := range []string{TermsOfUse, Privacy} {
		place := []string{"the first", "the second"}[i]
		switch at := slices.IndexFunc(o.Policies, func(p Policy) bool { return p.Key == key }); {
		case at < 0:
			f.refuse("policies", "policy-missing", "declare it as "+place+" policy",
				"has no %s, which every visitor must accept", key)
		case at != i:
			f.refuse(fmt.Sprintf("policies[%d].key", at), "policy-order", "move it", "%s must be %s policy", key, place)
		}
	}
	for i := range o.Policies {
		o.checkPolicy(f, fmt.Sprintf("policies[%d]", i), i)
	}
}

func (o *Organization) checkPolicy(f *findings, field string, i int) {
	p := &o.Policies[i]
	switch first := slices.IndexFunc(o.Policies, func(q Policy) bool { return q.Key == p.Key }); {
	case p.Key == "":
		f.refuse(field+".key", "missing", "", "is missing")
	case first < i:
		f.refuse(field+".key", "duplicate", "", "%s is declared twice", brief(p.Key))
	case p.Key == Profiling || p.Key == PPD:
		f.refuse(field+".key", "policy-key", "leave it out", "%s is predefined and must not be declared", p.Key)
	case p.Mandatory(), p.Key == MktgCommunication, p.Key == AgeVerification, customPolicy.MatchString(p.Key):
	default:
		remedy := fmt.Sprintf("known: %s, %s, %s, %s and customs.<name> in letters, digits, _ and -", TermsOfUse,
			Privacy, MktgCommunication, AgeVerification)
		if own := "customs." + p.Key; customPolicy.MatchString(own) {
			remedy = "write " + own + " for an opt-in of your own"
		}
		f.refuse(field+".key", "policy-key", remedy, "is not a policy key: %q", brief(p.Key))
	}
	f.text(field+".version", p.Version, maxVersion, notText)
	o.checkTexts(f, field+".title", p.Title, true, maxValue, notText)
	o.checkTexts(f, field+".text", p.Text, false, maxPolicyText, notLongText)
	if p.URL != "" {
		f.url(field+".url", p.URL)
	} else if len(p.Text) == 0 && p.Mandatory() {
		f.warn(field, "policy-text", "write its url or its text",
			"has neither url nor text; visitors cannot read it before they accept")
	}
}

// url requires an absolute http or https URL without a user.
func (f *findings) url(field, text string) {
	u, err := url.Parse(text)
	switch {
	case len(text) > maxURL:
		f.refuse(field, "too-long", "", "has %d bytes, more than %d", len(text), maxURL)
	case err != nil || strings.ContainsFunc(text, notText) || strings.ContainsAny(text, " \\\"<>"):
		f.refuse(field, "url", "", "is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		f.refuse(field, "url", "write it in full, such as https://example.com/terms",
			"must begin with https:// or http://")
	case u.Hostname() == "" || u.User != nil:
		f.refuse(field, "url", "write it in full, such as https://example.com/terms", "must name a host, and no user")
	}
}
