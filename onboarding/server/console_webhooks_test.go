package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

// deadEvents queues events for the demo webhook and gives them up.
func (v *venue) deadEvents(n int) {
	v.Helper()
	now := v.clock.now()
	if err := v.store.Write(v.Context(), func(tx onboarding.Tx) error {
		for range n {
			if err := tx.QueueWebhooks(v.Context(), now, onboarding.WebhookEvent{
				OrganizationID: demoID, Type: onboarding.WebhookConnectionRefused, At: now,
			}); err != nil {
				return err
			}
		}
		_, _, err := tx.TrimWebhook(v.Context(), demoWebhook, onboarding.WebhookLimits{
			Waiting: 0, Dead: 100, Now: now, Until: now.Add(time.Hour),
		})
		return err
	}); err != nil {
		v.Fatal(err)
	}
}

// TestConsoleWebhooks shows the endpoints, replays dead events, and shows another secret once.
func TestConsoleWebhooks(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/webhooks"
	o.open(page).want(http.StatusOK).says("https://crm.demo.example/onramp", "Nothing sent yet")
	v.deadEvents(2)
	o.open(page).want(http.StatusOK).says("connection.refused", "the outbox was full")
	state := func() *onboarding.WebhookBacklog {
		t.Helper()
		all, err := v.store.WebhookBacklogs(t.Context(), "")
		if err != nil || len(all) == 0 {
			t.Fatal(all, err)
		}
		return &all[0]
	}
	dead, err := v.store.WebhookDeliveries(t.Context(), onboarding.WebhookQuery{WebhookID: demoWebhook, Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	one := page + "/" + demoWebhook
	send := func(act string, more url.Values) *webpage {
		form := url.Values{"form": {o.anyForm()}}
		for name, values := range more {
			form[name] = values
		}
		got := o.send(one+"/"+act, form)
		if got.status == http.StatusSeeOther {
			return o.open(got.header.Get("Location"))
		}
		return got
	}
	send("replay", url.Values{"event": {dead[0].ID}}).want(http.StatusOK).says("The events wait again.")
	if b := state(); b.Waiting != 1 || b.Dead != 1 {
		t.Errorf("after one replay: %+v", b)
	}
	send("replay", nil).want(http.StatusOK)
	send("test", nil).want(http.StatusOK).says("The test is queued.")
	if b := state(); b.Waiting != 3 || b.Dead != 0 {
		t.Errorf("after all: %+v", b)
	}
	now := v.clock.now()
	if err := v.store.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.DisableWebhook(t.Context(), demoWebhook, "the receiver answered 410 Gone", now)
	}); err != nil {
		t.Fatal(err)
	}
	o.open(page).want(http.StatusOK).says("Disabled", "the receiver answered 410 Gone")
	send("test", nil).want(http.StatusConflict)
	send("enable", nil).want(http.StatusOK).says("The webhook is enabled.")
	o.open(one + "/rotate").want(http.StatusOK).says("Make a new secret?")
	secret := send("rotate", nil).want(http.StatusOK).says("The secret of the webhook")
	if strings.Count(secret.raw, "whsec_") != 1 || strings.Contains(o.open(page).raw, "whsec_") {
		t.Error("the secret is shown once")
	}
	theirs := consoleOf(demoID) + "/webhooks/" + rivalID[:31] + "9"
	o.open(theirs + "/rotate").want(http.StatusNotFound)
	o.send(theirs+"/rotate", url.Values{"form": {o.anyForm()}}).want(http.StatusNotFound)
}
