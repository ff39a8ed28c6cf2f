package tenant_test

import (
	"fmt"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/tenant"
	"onramp/onboarding/testkit"
)

// TestWebhooksAreChecked declares every kind of wrong webhook.
func TestWebhooksAreChecked(t *testing.T) {
	good := onboarding.Webhook{ID: testkit.ID("webhook", 1), URL: "https://crm.example.com/onramp"}
	check := func(all ...onboarding.Webhook) (found []string) {
		o := testkit.Organization(1)
		o.Webhooks = all
		for _, f := range tenant.Check(o, testkit.CheckedAt) {
			if strings.HasPrefix(f.Field, "webhooks") {
				found = append(found, fmt.Sprint(f.Severity, " ", f.Rule, " ", f.Field))
			}
		}
		return found
	}
	if found := check(good); found != nil {
		t.Errorf("a sound webhook: %q", found)
	}
	many := make([]onboarding.Webhook, onboarding.MaxWebhooks+1)
	for i := range many {
		many[i] = onboarding.Webhook{ID: testkit.ID("webhook", i), URL: fmt.Sprintf("https://crm.example.com/%d", i)}
	}
	if found := check(many...); len(found) != 1 || found[0] != "error range webhooks" {
		t.Errorf("many: %q", found)
	}
	twice := good
	if found := strings.Join(check(good, twice), ", "); !strings.Contains(found, "webhooks[1].id") ||
		!strings.Contains(found, "webhooks[1].url") {
		t.Errorf("declared twice: %s", found)
	}
	for url, rule := range map[string]string{
		"": "error missing", "crm.example.com": "error url", "ftp://crm.example.com/": "error url",
		"https://": "error url", "https://user:secret@crm.example.com/": "error url",
		"https://crm.example.com/#x": "error url", "https://[::ffff:10.0.0.1]/": "error url",
		"https://crm.example.com/\x00":                         "error url",
		"https://crm.example.com/" + strings.Repeat("x", 2048): "error too-long",
		"http://crm.example.com/":                              "warning insecure", "mailto:a@example.com": "error url",
	} {
		w := good
		w.URL = url
		if found := check(w); len(found) != 1 || found[0] != rule+" webhooks[0].url" {
			t.Errorf("%.40q: %q, want %s", url, found, rule)
		}
	}
	for field, spoil := range map[string]func(w *onboarding.Webhook){
		"webhooks[0].id":        func(w *onboarding.Webhook) { w.ID = "1" },
		"webhooks[0].signature": func(w *onboarding.Webhook) { w.Signature = "rsa" },
		"webhooks[0].events[0]": func(w *onboarding.Webhook) { w.Events = []onboarding.WebhookType{"customer.lost"} },
		"webhooks[0].events[1]": func(w *onboarding.Webhook) {
			w.Events = []onboarding.WebhookType{onboarding.WebhookCustomerCreated, onboarding.WebhookCustomerCreated}
		},
	} {
		w := good
		spoil(&w)
		if found := check(w); len(found) == 0 || !strings.HasPrefix(found[0], "error ") ||
			!strings.Contains(found[0], strings.TrimSuffix(field, "[0]")) {
			t.Errorf("%s: %q", field, found)
		}
	}
}
