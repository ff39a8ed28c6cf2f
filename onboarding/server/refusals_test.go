package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestRefusalLines: the log line of each refused request names the organization, the access point
// and the customer as far as they are known, by references and never by personal data.
func TestRefusalLines(t *testing.T) {
	h := newRadiusHouse(t)
	id := h.customer("anna-wifi", "secret")
	minimised := h.post("/v3/customers", h.manager, map[string]any{
		"username": "berta-wifi", "password": "secret", "ppd": false,
		"policies": map[string]any{"termsOfUse": true, "privacy": true},
	}).want(http.StatusCreated).text("id")
	h.post("/v3/customers/"+minimised+"/lock", h.manager, nil).want(http.StatusOK)
	verified := h.post("/v3/customers", h.manager, map[string]any{
		"email": "carla@example.com", "emailVerified": true,
		"policies": map[string]any{"termsOfUse": true, "privacy": true},
	}).want(http.StatusCreated).text("id")
	link := h.post("/v2/customers/"+id+"/token", h.manager, map[string]any{"maxHits": 1}).want(http.StatusOK)
	path := strings.TrimPrefix(link.text("url"), "https://wifi.example.com")
	h.get(path+"/ios", "").want(http.StatusOK)
	const place = `"Called-Station-Id":"02-00-00-00-77-77:Demo","NAS-Identifier":"cellar"`
	const station = `"Calling-Station-Id":"02-00-00-00-AA-01"`

	type line struct{ Refused, Organization, Hotspot, AccessPoint, Customer string }
	for _, tt := range []struct {
		what string
		do   func()
		want line
	}{
		{"no proof", func() { h.get("/v3/customers/"+id, h.app).want(403) },
			line{Refused: "forbidden", Organization: demoID, Customer: id}},
		{"no customer", func() { h.get("/v3/customers/"+nobodyID, h.manager).want(404) },
			line{Refused: "not found", Organization: demoID}},
		{"wrong platform", func() { h.get("/v3/customers/"+id+"/profile?platform=x", h.manager).want(409) },
			line{Refused: "invalid", Organization: demoID, Customer: id}},
		{"no consent", func() {
			body := map[string]any{"email": "dora@example.com", "hotspotId": demoHotspot}
			h.post("/v3/customers", h.manager, body).want(409)
		}, line{Refused: "invalid", Organization: demoID, Hotspot: demoHotspot}},
		{"known and unproven", func() {
			body := with(person("carla"), map[string]any{"guid": nil})
			h.post("/v3/customers?deduplicate=email", h.app, body).want(409)
		}, line{Refused: "conflict", Organization: demoID, Customer: verified}},
		{"wrong password", func() {
			h.post("/v3/customers/credential/check", h.app, map[string]any{
				"username": "anna-wifi", "password": "guess", "organizationId": demoID,
			}).want(404)
		}, line{Refused: "not found", Organization: demoID, Customer: id}},
		{"used-up link", func() { h.get(path+"/ios", "").want(410) },
			line{Refused: "gone", Organization: demoID, Customer: id}},
		{"authorize: unknown user", func() {
			h.ask("/aaa/authorize", `{"User-Name":"emma-wifi",`+place+`}`).want(401)
		}, line{Refused: "unknown-user", AccessPoint: "nas cellar"}},
		{"post-auth: wrong password", func() {
			body := `{"User-Name":"anna-wifi","Onramp-Outcome":"reject",` + place + `,` + station + `}`
			h.ask("/aaa/post-auth", body).want(204)
		}, line{Refused: "wrong-password", Organization: demoID, AccessPoint: "nas cellar", Customer: id}},
		{"post-auth: handshake", func() {
			h.ask("/aaa/post-auth", `{"User-Name":"x@demo.example","Onramp-Outcome":"handshake","Onramp-Hotspot":"`+
				demoHotspot+`",`+station+`}`).want(204)
		}, line{Refused: "handshake", Organization: demoID, Hotspot: demoHotspot}},
		{"authorize: locked and minimised", func() {
			h.ask("/aaa/authorize", `{"User-Name":"berta-wifi","Onramp-Hotspot":"`+demoHotspot+`"}`).want(401)
		}, line{Refused: "locked", Organization: demoID, Hotspot: demoHotspot}},
	} {
		before := len(h.log.String())
		tt.do()
		var got line
		text := strings.TrimSpace(h.log.String()[before:])
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%s: %v in %s", tt.what, err, text)
		}
		if got.AccessPoint != "" && tt.want.AccessPoint == "" {
			got.AccessPoint = "" // of a declared hotspot: its key is tested with the others
		}
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v\n%s", tt.what, got, tt.want, text)
		}
	}
	for _, secret := range []string{
		"-wifi", "example.com", "02:00:00:00:aa:01", "02-00-00-00-AA-01", "secret\"", "guess", path,
	} {
		if strings.Contains(strings.ToLower(h.log.String()), strings.ToLower(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
