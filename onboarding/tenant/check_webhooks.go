package tenant

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"onramp/onboarding"
)

// checkWebhooks checks the endpoints. Their addresses are checked when an event is sent, because a
// name may resolve differently later.
func checkWebhooks(o *onboarding.Organization, f *findings) {
	if len(o.Webhooks) > onboarding.MaxWebhooks {
		f.refuse("webhooks", "range", "", "has %d entries, at most %d are allowed", len(o.Webhooks),
			onboarding.MaxWebhooks)
	}
	ids, urls := map[string]string{}, map[string]string{}
	for i := range o.Webhooks {
		w := &o.Webhooks[i]
		at := fmt.Sprintf("webhooks[%d]", i)
		f.id(at+".id", w.ID)
		f.unique(at+".id", w.ID, ids)
		f.webhookURL(at+".url", w.URL)
		f.unique(at+".url", w.URL, urls)
		if w.Signature != "" {
			f.oneOf(at+".signature", []string{string(w.Signature)}, names(onboarding.WebhookSignatures())...)
		}
		f.oneOf(at+".events", names(w.Events), names(onboarding.WebhookTypes())...)
		for j, e := range w.Events {
			if slices.Index(w.Events, e) < j {
				f.refuse(fmt.Sprintf("%s.events[%d]", at, j), "duplicate", "", "%q is a duplicate", brief(string(e)))
			}
		}
	}
}

func names[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// webhookURL checks the URL of an endpoint.
func (f *findings) webhookURL(field, text string) {
	if text == "" {
		f.refuse(field, "missing", "write the https address of the receiver", "is missing")
		return
	}
	u, err := url.Parse(text)
	switch {
	case len(text) > onboarding.MaxURL:
		f.refuse(field, "too-long", "", "has %d bytes, at most %d are allowed", len(text), onboarding.MaxURL)
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "" ||
		strings.ContainsFunc(text, onboarding.NotText):
		f.refuse(field, "url", "such as https://crm.example.com/onramp", "must be an https URL, not %q", brief(text))
	case u.User != nil:
		f.refuse(field, "url", "the signature proves the sender", "must not hold a user or a password")
	case u.Fragment != "":
		f.refuse(field, "url", "", "must not have a fragment")
	case u.Scheme == "http":
		f.warn(field, "insecure", "use https, or allow the address by --webhook-allow of serve",
			"events are sent without encryption, and only to addresses that the deployment allows")
	default:
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.Is4In6() {
			f.refuse(field, "url", "write the IPv4 address", "must not be an IPv4 address mapped to IPv6")
		}
	}
}
