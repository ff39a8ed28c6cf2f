package server

import (
	"net/http"
	"strings"
	"testing"

	"onramp/onboarding/auth"
	"onramp/onboarding/server/web"
)

// TestProof walks every route of a customer: an app without one of the customer's guids gets 403,
// whether the customer exists or not, and the answer is the same.
func TestProof(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	h.register("berta")
	other := h.token(demoID, auth.PublicApp) // h.app has created anna, which proves her
	stranger := h.post("/v3/customers", h.rival, person("rival")).want(http.StatusCreated).text("id")
	walked := 0
	for _, r := range h.apiRoutes() {
		if !strings.HasPrefix(r.Pattern, "/v3/customers/:id") || r.Access.Roles() != nil {
			continue
		}
		if r.Access != web.Proven {
			t.Errorf("%s %s is open to an app without proof", r.Method, r.Pattern)
		}
		walked++
		path := func(id string) string {
			return strings.NewReplacer(":id", id, ":installation",
				nobodyID).Replace(r.Pattern) + "?platform=ios&guid=" + guid("anna")
		}
		var told []byte
		for _, id := range []string{id, nobodyID, stranger, "x", "%00", "%FF", "..%2F..", strings.Repeat("f", 4000)} {
			for _, proof := range []string{"", guid("berta"), guid("rival"), "short", "\xff\xfe0123456789abcdef"} {
				a := h.call(r.Method, path(id), other, map[string]any{},
					header(web.GuidHeader, proof)).blames(http.StatusForbidden, "")
				shown := requestIDPattern.ReplaceAll(a.raw, nil)
				if told == nil {
					told = shown
				}
				if string(told) != string(shown) {
					t.Errorf("%s %s tells apart\n%s\n%s", r.Method, r.Pattern, told, shown)
				}
			}
			h.call(r.Method, path(id), other, nil).blames(http.StatusForbidden, "")
			if r.Method != http.MethodGet {
				h.call(r.Method, path(id), other, map[string]any{"guid": guid("berta")}).blames(http.StatusForbidden,
					"")
			}
		}
		a := h.call(r.Method, path(id), other, map[string]any{}, withGuid(guid("anna")))
		if a.status == http.StatusForbidden {
			t.Errorf("%s: the customer's own guid is refused: %s", a.what, a.raw)
		}
	}
	if walked < 7 {
		t.Fatalf("walked %d routes only", walked)
	}
}

// TestCredentialCheck: user name and password prove a new device.
func TestCredentialCheck(t *testing.T) {
	h := newHouse(t)
	made := h.post("/v3/customers", h.app, with(person("anna"), map[string]any{"extId": "e"})).want(http.StatusCreated)
	id, path := made.text("id"), "/v3/customers/credential/check"
	right := map[string]any{
		"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
		"guid": guid("tablet"),
	}
	other := h.token(demoID, auth.PublicApp)
	h.get("/v3/customers/"+id, other, withGuid(guid("tablet"))).want(http.StatusForbidden)
	h.post(path, h.app, with(right, map[string]any{"password": "wrong"})).blames(http.StatusNotFound,
		"").golden("credential-wrong.json")
	h.post(path, h.app, with(right, map[string]any{"username": "nobody"})).blames(http.StatusNotFound,
		"").golden("credential-wrong.json")
	h.post(path, h.app, with(right, map[string]any{"organizationId": rivalID})).blames(http.StatusNotFound, "")
	h.post(path, h.rival, with(right, map[string]any{"organizationId": rivalID})).blames(http.StatusNotFound,
		"").golden("credential-wrong.json")
	h.get("/v3/customers/"+id, other, withGuid(guid("tablet"))).want(http.StatusForbidden)

	h.post(path, h.app, right).want(http.StatusOK).is(map[string]any{
		"status": "OK", "generated": true, "id": id, "extId": "e", "present": true, "activationUrl": anything,
		"policiesDue": []any{},
	})
	h.get("/v3/customers/"+id, other, withGuid(guid("tablet"))).want(http.StatusOK)
	h.get("/v3/customers/"+id, other, withGuid(guid("anna"))).want(http.StatusOK)
	h.post(path, h.app, with(right, map[string]any{"guid": nil}), withGuid(guid("watch"))).want(http.StatusOK)
	h.get("/v3/customers/"+id, other, withGuid(guid("watch"))).want(http.StatusOK)
	h.post(path, h.app, with(right, map[string]any{"guid": nil})).want(http.StatusOK)
	h.post(path, h.app, with(right, map[string]any{"guid": "short"})).blames(http.StatusConflict, "guid")
	h.post(path, h.app, right, withGuid(guid("other"))).blames(http.StatusConflict, "guid")
}

// TestSeveralGuids: of several different guids in the header none counts, for a proxy may have
// looked at another.
func TestSeveralGuids(t *testing.T) {
	h := newHouse(t)
	path, other := "/v3/customers/"+h.register("anna"), h.token(demoID, auth.PublicApp)
	guids := func(values ...string) option {
		return func(r *http.Request) { r.Header[web.GuidHeader] = values }
	}
	h.get(path, other, guids(guid("anna"), guid("anna"))).want(http.StatusOK)
	for _, values := range [][]string{
		{guid("anna"), guid("berta")}, {guid("berta"), guid("anna")}, {"", guid("anna")},
	} {
		h.get(path, other, guids(values...)).blames(http.StatusForbidden, "")
		h.put(path, other, map[string]any{}, guids(values...)).blames(http.StatusForbidden, "")
		h.post("/v3/customers", h.app, person("carla"), guids(values...)).blames(http.StatusConflict, web.GuidHeader)
	}
}
