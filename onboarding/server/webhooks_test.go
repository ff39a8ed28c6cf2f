package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestWebhookRoutes follows an event through the API: waiting, dead, replayed.
func TestWebhookRoutes(t *testing.T) { walkWebhooks(t) }

// walkWebhooks sends the requests about webhooks.
func walkWebhooks(t *testing.T) {
	t.Helper()
	h := newHouse(t)
	base := "/v2/organizations/" + demoID + "/webhooks"
	one := base + "/" + demoWebhook
	listed := func() map[string]any {
		t.Helper()
		a := h.get(base, h.manager).want(http.StatusOK)
		return a.json["webhooks"].([]any)[0].(map[string]any)
	}
	w := listed()
	if w["id"] != demoWebhook || w["state"] != "new" || w["waiting"] != 0.0 || w["signature"] != "hmac" ||
		len(w["events"].([]any)) != len(onboarding.WebhookTypes()) || len(w["secrets"].([]any)) != 1 {
		t.Errorf("a new webhook: %v", w)
	}
	h.register("anna")
	test := h.post(one+"/test", h.manager, nil).want(http.StatusAccepted).text("id")
	deliveries := func(query string) []any {
		t.Helper()
		return h.get(one+"/deliveries"+query, h.manager).want(http.StatusOK).json["deliveries"].([]any)
	}
	all := deliveries("?state=waiting")
	if len(all) != 2 || all[0].(map[string]any)["id"] != test || all[1].(map[string]any)["type"] != "customer.created" {
		t.Fatalf("waiting: %v", all)
	}
	page := h.get(one+"/deliveries?size=1", h.manager).want(http.StatusOK)
	next := page.json["next"].(float64)
	if rest := deliveries(fmt.Sprintf("?size=5&before=%.0f", next)); len(rest) != 1 {
		t.Errorf("the next page: %v", rest)
	}
	h.post(one+"/replay", h.manager, map[string]any{"event": test}).want(http.StatusNotFound)
	for query, field := range map[string]string{"state=lost": "state", "size=0": "size", "size=1001": "size",
		"before=0": "before", "before=x": "before"} {
		h.get(one+"/deliveries?"+query, h.manager).blames(http.StatusConflict, field)
	}
	now := h.clock.now()
	if err := h.db.Write(t.Context(), func(tx onboarding.Tx) error {
		if err := tx.DisableWebhook(t.Context(), demoWebhook, "the receiver answered 410 Gone", now); err != nil {
			return err
		}
		_, _, err := tx.TrimWebhook(t.Context(), demoWebhook, onboarding.WebhookLimits{
			Waiting: 9, Dead: 9, Now: now, Until: now.Add(time.Hour),
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if w = listed(); w["state"] != "disabled" || w["dead"] != 2.0 ||
		w["disabledReason"] != "the receiver answered 410 Gone" {
		t.Errorf("disabled: %v", w)
	}
	for _, act := range []string{"replay", "test"} {
		h.post(one+"/"+act, h.manager, nil).blames(http.StatusConflict, "webhook")
	}
	h.post(one+"/enable", h.manager, nil).want(http.StatusOK)
	h.post(one+"/replay", h.manager, map[string]any{"event": ""}).blames(http.StatusConflict, "event")
	if a := h.post(one+"/replay", h.manager, nil).want(http.StatusOK); a.json["count"] != 2.0 {
		t.Errorf("replayed: %v", a.json)
	}
	for _, overlap := range []any{-1, 2592001, "x", 1.5} {
		h.post(one+"/rotate", h.manager, map[string]any{"overlap": overlap}).blames(http.StatusConflict, "overlap")
	}
	a := h.post(one+"/rotate", h.manager, map[string]any{"overlap": 60}).want(http.StatusOK)
	if !strings.HasPrefix(a.text("secret"), "whsec_") {
		t.Errorf("the secret: %v", a.json)
	}
	if w = listed(); len(w["secrets"].([]any)) != 2 {
		t.Errorf("during the overlap: %v", w["secrets"])
	}
	if strings.Contains(h.log.String(), a.text("secret")) ||
		strings.Contains(string(h.get(base, h.manager).raw), "whsec_") {
		t.Error("the secret is in the log or in the list")
	}
	rival := "/v2/organizations/" + rivalID + "/webhooks/" + demoWebhook
	h.get(rival+"/deliveries", h.rival).want(http.StatusNotFound)
	h.post(rival+"/rotate", h.rival, nil).want(http.StatusNotFound)
	h.post(one+"/rotate", h.rival, nil).want(http.StatusNotFound)
	h.post(base+"/"+nobodyID+"/test", h.manager, nil).want(http.StatusNotFound)
}
