package server

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"onramp/onboarding"
)

// eventSchemas returns the schemas of the events' bodies by type.
func eventSchemas(t *testing.T) map[string]*openapi3.Schema {
	t.Helper()
	document, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]*openapi3.Schema{}
	for name, item := range document.Webhooks {
		schemas[name] = item.Post.RequestBody.Value.Content["application/json"].Schema.Value
	}
	return schemas
}

// TestWebhookEvents causes an event of each type and compares the bodies with the description: each
// is valid, has no member that is not described, and each described member occurs.
func TestWebhookEvents(t *testing.T) {
	schemas := eventSchemas(t)
	types := []string{string(onboarding.WebhookTest)}
	for _, each := range onboarding.WebhookTypes() {
		types = append(types, string(each))
	}
	slices.Sort(types)
	if described := slices.Sorted(maps.Keys(schemas)); !slices.Equal(described, types) {
		t.Errorf("described are %q, sent are %q", described, types)
	}
	seen := map[string]map[string]bool{}
	read := func(bodies map[string][]byte) {
		t.Helper()
		for id, raw := range bodies {
			var body map[string]any
			if err := json.Unmarshal(raw, &body); err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			name, _ := body["type"].(string)
			schema := schemas[name]
			if schema == nil {
				continue // reported above
			}
			if err := schema.VisitJSON(body, openapi3.EnableJSONSchema2020()); err != nil {
				t.Errorf("%s: %v", raw, err)
			}
			if seen[name] == nil {
				seen[name] = map[string]bool{}
			}
			for member := range body["data"].(map[string]any) {
				seen[name][member] = true
				if schema.Properties["data"].Value.Properties[member] == nil {
					t.Errorf("%s: %s is not described", name, member)
				}
			}
		}
	}
	h := newRadiusHouse(t)
	causeEvents(h, func() { read(queuedBodies(h)) })
	for name, schema := range schemas {
		for member := range schema.Properties["data"].Value.Properties {
			if !seen[name][member] {
				t.Errorf("%s without %s", name, member)
			}
		}
	}
}

// queuedBodies returns the bodies of the queued events by ID.
func queuedBodies(h *radiusHouse) map[string][]byte {
	h.Helper()
	all, err := h.db.WebhookDeliveries(h.Context(), onboarding.WebhookQuery{WebhookID: demoWebhook, Limit: 1000})
	if err != nil {
		h.Fatal(err)
	}
	bodies := map[string][]byte{}
	for _, d := range all {
		bodies[d.ID] = d.Body
	}
	return bodies
}

// causeEvents causes each type of event. It calls read before events are erased, and at the end.
func causeEvents(h *radiusHouse, read func()) {
	h.Helper()
	sweep := func() {
		h.Helper()
		if err := h.service.Webhooks.Sweep(h.Context()); err != nil {
			h.Fatal(err)
		}
	}
	sweep()
	walkVerifications(h.house, h.manager)
	id := h.customer("anna", "anna's password")
	path := "/v3/customers/" + id
	h.get(path+"/profile?platform=ios", h.manager).want(http.StatusOK)
	h.post(path+"/installations", h.manager, map[string]any{
		"platform": "ios", "type": "passpoint", "installedBy": "com.example.app", "installed": "2022-07-08T08:08:44Z",
	}).want(http.StatusCreated)
	h.knock("nobody", "02-00-00-00-00-09", false)
	connect(h, id)
	sweep()
	h.put("/v1/customers/"+id+"/policies", h.manager, map[string]any{"policies": []any{map[string]any{
		"policyKey": "mktgCommunications", "accepted": true,
	}}}).want(http.StatusOK)
	h.post(path+"/lock", h.manager, nil).want(http.StatusOK)
	h.post(path+"/unlock", h.manager, nil).want(http.StatusOK)
	h.post(path+"/rotate", h.manager, nil).want(http.StatusOK)
	h.post("/v2/organizations/"+demoID+"/webhooks/"+demoWebhook+"/test", h.manager, nil).want(http.StatusAccepted)
	read()
	h.call(http.MethodDelete, "/v1/customers/"+id, h.manager, nil).want(http.StatusOK)
	demo, err := h.db.Organization(h.Context(), demoID)
	if err != nil {
		h.Fatal(err)
	}
	h.clock.advance(demo.WiFi.ProfileLifetime - 24*time.Hour) // connect has taken more than a day
	sweep()
	read()
}
