package hooks_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/links"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// queued is the body of a queued event.
type queued struct {
	Type      string         `json:"type"`
	Timestamp string         `json:"timestamp"`
	Data      map[string]any `json:"data"`
}

// hookedVenue is a venue with a webhook for all events.
type hookedVenue struct{ *testkit.Venue }

func newHookedVenue(t *testing.T) *hookedVenue {
	v := &hookedVenue{testkit.NewVenue(t)}
	v.Here.Webhooks = []onboarding.Webhook{{ID: testkit.ID("webhook", 1), URL: "https://crm.example.com/"}}
	if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{v.Here}); err != nil {
		t.Fatal(err)
	}
	return v
}

// events returns the queued events in their order.
func (v *hookedVenue) events() (all []queued) {
	v.Helper()
	page, err := v.Store.WebhookDeliveries(v.Context(), onboarding.WebhookQuery{
		WebhookID: v.Here.Webhooks[0].ID, Limit: 100,
	})
	if err != nil {
		v.Fatal(err)
	}
	for _, d := range slices.Backward(page) {
		var e queued
		if err := json.Unmarshal(d.Body, &e); err != nil {
			v.Fatal(err)
		}
		if len(d.Body) > 20_000 {
			v.Errorf("a body of %d bytes", len(d.Body))
		}
		all = append(all, e)
	}
	return all
}

// want compares the types of the events since n with others, and returns them.
func (v *hookedVenue) want(n int, types ...onboarding.WebhookType) []queued {
	v.Helper()
	all := v.events()
	var got []onboarding.WebhookType
	for _, e := range all[min(n, len(all)):] {
		got = append(got, onboarding.WebhookType(e.Type))
	}
	if !slices.Equal(got, types) {
		v.Fatalf("queued %q, want %q", got, types)
	}
	return all[n:]
}

// TestEventsOfACustomer follows a customer who agreed to profiling from the sign-up to the
// deletion.
func TestEventsOfACustomer(t *testing.T) {
	v := newHookedVenue(t)
	ctx, by := t.Context(), testkit.Manager(v.Here)
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
	e := v.want(0, onboarding.WebhookCustomerCreated)[0]
	if e.Timestamp != "2026-11-23T09:00:00.000Z" || e.Data["customerId"] != anna.ID ||
		e.Data["organizationId"] != v.Here.ID || e.Data["channel"] == nil ||
		e.Data["locationId"] != v.Here.DefaultLocation ||
		fmt.Sprint(e.Data["policies"]) != "map[ppd:true privacy:true profiling:true termsOfUse:true]" {
		t.Errorf("created: %+v", e)
	}
	v.Consent(anna, map[string]bool{"profiling": true}) // equal to the stored one
	begin := v.Now()
	v.Advance(2 * time.Hour)
	v.Stay("anna", testkit.Hall, "one", begin, time.Hour)
	got := v.want(1, onboarding.WebhookConnectionFirst, onboarding.WebhookConnectionStarted,
		onboarding.WebhookConnectionStopped)
	stop := got[2].Data
	if got[0].Data["locationId"] != v.Here.Locations[0].ID || stop["duration"] != 3600.0 || stop["traffic"] != 0.0 ||
		stop["started"] != "2026-11-23T09:00:00.000Z" || stop["stopped"] != "2026-11-23T10:00:00.000Z" ||
		got[1].Data["connectionId"] != stop["connectionId"] || stop["hotspotId"] == nil {
		t.Errorf("connections: %+v", got)
	}
	v.Stay("anna", testkit.Hall, "one", begin, time.Hour) // repeated records
	v.want(4)
	for range 2 {
		if _, _, err := v.Links.RecordInstallation(ctx, by, anna.ID, links.InstallationInput{
			Platform: "ios", Type: "passpoint", InstalledBy: "web", Installed: "2026-11-23T09:00:00Z",
		}); err != nil {
			t.Fatal(err)
		}
		if err := v.Registration.Lock(ctx, by, anna.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Registration.Unlock(ctx, by, anna.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Registration.Rotate(ctx, by, anna.ID); err != nil {
		t.Fatal(err)
	}
	v.want(4, onboarding.WebhookProfileInstalled, onboarding.WebhookCredentialLocked,
		onboarding.WebhookCredentialUnlocked, onboarding.WebhookCredentialRotated)
	v.Consent(anna, map[string]bool{"profiling": false})
	all := v.events()
	if last := all[len(all)-1]; last.Type != "consent.changed" ||
		fmt.Sprint(last.Data["policies"]) != "map[profiling:false]" {
		t.Errorf("the withdrawal: %+v", last)
	}
	for _, e := range all {
		if e.Type == "connection.started" || e.Type == "connection.stopped" {
			t.Errorf("%s is left after the withdrawal", e.Type)
		}
	}
	v.Stay("anna", testkit.Hall, "two", v.Now(), time.Hour)
	v.want(len(all)) // not profiled any more
	if err := v.Registration.Delete(ctx, by, anna.ID); err != nil {
		t.Fatal(err)
	}
	e = v.want(0, onboarding.WebhookCustomerDeleted)[0]
	if len(e.Data) != 2 || e.Data["customerId"] != anna.ID {
		t.Errorf("deleted: %+v", e)
	}
}

// TestEventsWithoutProfiling checks the events of customers who did not agree to profiling, or
// refuse the processing of personal data.
func TestEventsWithoutProfiling(t *testing.T) {
	v := newHookedVenue(t)
	v.AddCustomer(v.Here, "bert", "secret")
	v.Stay("bert", testkit.Hall, "one", v.Now(), time.Hour)
	first := v.want(0, onboarding.WebhookCustomerCreated, onboarding.WebhookConnectionFirst)[1]
	if first.Data["locationId"] != nil {
		t.Errorf("a place without profiling: %+v", first)
	}
	v.AddCustomer(v.Here, "cleo", "secret", testkit.Refusing)
	v.Stay("cleo", testkit.Hall, "two", v.Now(), time.Hour)
	created := v.want(2, onboarding.WebhookCustomerCreated)[0]
	if created.Data["locationId"] != nil {
		t.Errorf("a place of a customer who refuses: %+v", created)
	}
	v.AddCustomer(v.There, "dora", "secret") // of another organization
	v.want(3)
}

// TestRefusalsAreCounted fails authentications in a flood and requires one event for each cause and
// location, after the hour.
func TestRefusalsAreCounted(t *testing.T) {
	v := newHookedVenue(t)
	if err := v.Webhooks.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := v.RADIUS.RecordLogin(t.Context(), radius.LoginOutcome{
			Username: fmt.Sprint("stranger", i), CallingStation: fmt.Sprintf("02-00-00-00-BB-%02X", i),
			AccessPoint: radius.AccessPointIdentity{NASIdentifier: testkit.Hall},
		}); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(after time.Duration, n int, types ...onboarding.WebhookType) []queued {
		t.Helper()
		v.Advance(after)
		if err := v.Webhooks.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		return v.want(n, types...)
	}
	sweep(time.Hour+time.Minute, 0) // within the delay
	e := sweep(10*time.Minute, 0, onboarding.WebhookConnectionRefused)[0]
	if e.Data["count"] != 200.0 || e.Data["cause"] != "unknown-user" || e.Data["hour"] != "2026-11-23T09:00:00.000Z" ||
		e.Data["locationId"] != v.Here.Locations[0].ID || e.Data["customerId"] != nil {
		t.Errorf("refused: %+v", e)
	}
	sweep(72*time.Hour, 1)
}

// TestCredentialsEnd requires one event for each credential that ends, also after a pause of the
// server.
func TestCredentialsEnd(t *testing.T) {
	v := newHookedVenue(t)
	if err := v.Webhooks.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	const customers = 3
	for i := range customers {
		v.AddCustomer(v.Here, fmt.Sprint("c", i), "secret")
	}
	v.Advance(v.Here.WiFi.ProfileLifetime + 10*time.Hour)
	for range 3 {
		if err := v.Webhooks.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ended := 0
	for _, e := range v.events() {
		if e.Type == string(onboarding.WebhookCredentialEnded) {
			ended++
			if !strings.HasSuffix(e.Timestamp, "T09:00:00.000Z") {
				t.Errorf("the end: %+v", e)
			}
		}
	}
	if ended != customers {
		t.Errorf("%d events for %d credentials", ended, customers)
	}
}
