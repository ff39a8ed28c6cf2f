package server

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/auth"
	"onramp/onboarding/server/web"
)

func TestLogin(t *testing.T) {
	h := newHouse(t)
	key, secret, err := h.service.Access.CreateKey(t.Context(), demoID, auth.PublicApp, auth.Scopes{})
	if err != nil {
		t.Fatal(err)
	}
	a := h.post("/v1/sts/login/services", "", map[string]any{
		"clientKey": key, "clientSecret": secret,
	}).want(http.StatusOK)
	if len(a.json) != 1 {
		t.Errorf("the answer is the token alone, not %s", a.raw)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(a.text("token"), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Issuer string  `json:"iss"`
		Issued float64 `json:"iat"`
		Ends   float64 `json:"exp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Ends-claims.Issued != 24*60*60 {
		t.Errorf("the token lives %v s, not a day", claims.Ends-claims.Issued)
	}
	h.get("/v1/sts/services/"+claims.Issuer, a.text("token")).want(http.StatusOK)

	for name, body := range map[string]map[string]any{
		"wrong secret": {"clientKey": key, "clientSecret": secret + "x"},
		"unknown key":  {"clientKey": "ck-00000000-0000-4000-8000-000000000000", "clientSecret": secret},
		"no secret":    {"clientKey": key},
		"no key":       {"clientSecret": secret},
		"nothing":      {},
		"NUL":          {"clientKey": key + "\x00", "clientSecret": secret},
		"null":         {"clientKey": nil, "clientSecret": nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.in(t)
			a := h.post("/v1/sts/login/services", "", body).blames(http.StatusUnauthorized, "")
			if a.header.Get("Www-Authenticate") == "" {
				t.Error("a 401 without a challenge (RFC 9110, section 11.6.1)")
			}
		})
	}
	if err := h.service.Access.RevokeKey(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	h.post("/v1/sts/login/services", "", map[string]any{
		"clientKey": key, "clientSecret": secret,
	}).want(http.StatusUnauthorized)
	h.get("/v1/sts/services/"+claims.Issuer, a.text("token")).want(http.StatusForbidden)
}

func TestDescribeService(t *testing.T) {
	h := newHouse(t)
	for role, scope := range map[auth.Role]string{
		auth.PublicApp: "customer_read customer_write organization_settings_read",
		auth.OrganizationManager: "organization_read organization_write customer_read customer_write events_read " +
			"organization_settings_read",
	} {
		token := h.token(demoID, role)
		issuer := issuerOf(t, token)
		a := h.get("/v1/sts/services/"+issuer, token).want(http.StatusOK)
		service := a.json["domains"].(map[string]any)["service"].(map[string]any)
		if !strings.HasPrefix(service["name"].(string), "ck-") {
			t.Errorf("name %v", service["name"])
		}
		service["name"] = "NAME"
		a.is(map[string]any{
			"generated": true, "id": issuer,
			"domains": map[string]any{"service": map[string]any{
				"id": issuer, "name": "NAME", "scope": scope, "authorities": []any{string(role)},
				"organizations": []any{map[string]any{"id": demoID, "name": "Demo"}},
				"locations":     []any{map[string]any{"id": demoLocation, "name": "Via Roma"}},
			}},
		})
	}
	h.get("/v1/sts/services/"+issuerOf(t, h.manager), h.app).blames(http.StatusNotFound, "")
	h.get("/v1/sts/services/"+nobodyID, h.app).blames(http.StatusNotFound, "")
}

func issuerOf(t *testing.T, token string) string {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Issuer
}

func TestLogout(t *testing.T) {
	h := newHouse(t)
	path := "/v1/organizations/" + demoID + "/policies"
	other := h.token(demoID, auth.PublicApp)
	h.post("/v1/sts/logout", h.app, nil).want(http.StatusOK).is(map[string]any{"status": "OK", "generated": true})
	h.get(path, h.app).want(http.StatusForbidden)
	h.post("/v1/sts/logout", h.app, nil).want(http.StatusForbidden)
	h.get(path, other).want(http.StatusOK)
}

// TestTokens: valid and invalid tokens.
func TestTokens(t *testing.T) {
	h, stranger := newHouse(t), newHouse(t)
	path := "/v1/organizations/" + demoID + "/policies"
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(h.app, ".")[1] +
		"."
	for _, tt := range []struct {
		name, authorization string
		status              int
	}{
		{"bearer", "Bearer " + h.app, http.StatusOK},
		{"the scheme in another case", "bearer  " + h.app, http.StatusOK},
		{"none", "", http.StatusUnauthorized},
		{"empty", "Bearer ", http.StatusUnauthorized},
		{"bare", h.app, http.StatusForbidden},
		{"basic", "Basic " + base64.StdEncoding.EncodeToString([]byte("a:b")), http.StatusForbidden},
		{"no token", "Bearer nothing", http.StatusForbidden},
		{"cut", "Bearer " + h.app[:len(h.app)-2], http.StatusForbidden},
		{"unsigned", "Bearer " + unsigned, http.StatusForbidden},
		{"another deployment's", "Bearer " + stranger.app, http.StatusForbidden},
		{"huge", "Bearer " + strings.Repeat("a", 5000), http.StatusForbidden},
		{"another organization's", "Bearer " + h.rival, http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := h.in(t)
			a := h.get(path, "", header("Authorization", tt.authorization)).want(tt.status)
			if tt.status >= 400 {
				a.blames(tt.status, "")
			}
		})
	}
	h.clock.advance(24*time.Hour - time.Second)
	h.get(path, h.app).want(http.StatusOK)
	h.clock.advance(time.Second)
	h.get(path, h.app).blames(http.StatusForbidden, "").golden("expired-token.json")
}

// TestScopes: each route wants its own scope, and a wide scope holds the narrow ones.
func TestScopes(t *testing.T) {
	h := newHouse(t)
	id, leaving := h.register("anna"), h.register("bob")
	all := []auth.Scope{
		auth.OrganizationRead, auth.OrganizationWrite, auth.CustomerRead, auth.CustomerWrite, auth.EventsRead,
		auth.OrganizationSettingsRead,
	}
	holds := map[auth.Scope][]auth.Scope{
		auth.OrganizationRead:         {auth.OrganizationRead},
		auth.OrganizationWrite:        {auth.OrganizationWrite},
		auth.CustomerRead:             {auth.CustomerRead, auth.OrganizationRead},
		auth.CustomerWrite:            {auth.CustomerWrite, auth.OrganizationWrite},
		auth.OrganizationSettingsRead: {auth.OrganizationSettingsRead, auth.OrganizationRead},
		auth.EventsRead:               {auth.EventsRead, auth.OrganizationRead},
	}
	tokens := map[auth.Scope]string{}
	for _, scope := range all {
		tokens[scope] = h.token(demoID, auth.OrganizationManager, scope)
	}
	for _, r := range h.apiRoutes() {
		if r.Access == web.Anybody || r.Scope == "" {
			continue
		}
		customer := id
		if r.Method+" "+r.Pattern == "DELETE /v1/customers/:id" {
			customer = leaving
		}
		path := strings.NewReplacer(":org", demoID, ":id", customer, ":installation", nobodyID, ":device",
			"ios_com.example.app").Replace(r.Pattern)
		for _, scope := range all {
			opens := false
			for _, s := range holds[r.Scope] {
				opens = opens || s == scope
			}
			a := h.call(r.Method, path, tokens[scope], nil)
			if !opens {
				a.blames(http.StatusForbidden, "")
			} else if a.status == http.StatusForbidden && !strings.HasSuffix(r.Pattern, "/profile") {
				t.Errorf("%s %s with %s: %s", r.Method, r.Pattern, scope, a.raw)
			}
		}
	}
	// A manager who only reads does not get the password that a profile holds.
	h.get("/v3/customers/"+id+"/profile?platform=android", tokens[auth.CustomerRead]).blames(http.StatusForbidden, "")
	both := h.token(demoID, auth.OrganizationManager, auth.CustomerRead, auth.CustomerWrite)
	h.get("/v3/customers/"+id+"/profile?platform=android", both).want(http.StatusOK)
}

// apiRoutes are the routes that take a token.
func (h *house) apiRoutes() []web.Route {
	var all []web.Route
	for _, section := range [][]web.Route{h.server.accessRoutes(), h.server.sdkRoutes(), h.server.contactRoutes()} {
		all = append(all, section...)
	}
	return all
}

// TestManagerRoutes: an app's key is refused on all of them, with every proof.
func TestManagerRoutes(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	n := 0
	for _, r := range h.apiRoutes() {
		if r.Access.Roles() == nil {
			continue
		}
		n++
		path := strings.NewReplacer(":id", id, ":org", demoID).Replace(r.Pattern)
		h.call(r.Method, path, h.app, nil, withGuid(guid("anna"))).blames(http.StatusForbidden, "")
	}
	if n < 4 {
		t.Fatalf("only %d routes are for managers", n)
	}
}
