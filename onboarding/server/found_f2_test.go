package server

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// TestFoundF2 walks everything that a lost phone can try: while its owner still has it, while the
// credential is locked, after it was replaced, when it has expired, and when the customer is gone.
func TestFoundF2(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		for _, event := range []struct {
			name       string
			do, undo   func(p *lostPhone)
			proofsLive bool // afterwards, when undone
		}{
			{name: "lock", do: func(p *lostPhone) { p.post(p.path+"/lock", p.manager, nil).want(http.StatusOK) },
				undo:       func(p *lostPhone) { p.post(p.path+"/unlock", p.manager, nil).want(http.StatusOK) },
				proofsLive: true},
			{name: "rotation", do: func(p *lostPhone) { p.post(p.path+"/rotate", p.manager, nil).want(http.StatusOK) }},
			{name: "rotation at the same instant under a clock that goes back", do: func(p *lostPhone) {
				p.clock.advance(-time.Minute)
				p.post(p.path+"/rotate", p.manager, nil).want(http.StatusOK)
				p.clock.advance(time.Minute)
				p.post(p.path+"/rotate", p.manager, nil).want(http.StatusOK)
			}},
			{name: "lock and rotation", do: func(p *lostPhone) {
				p.post(p.path+"/lock", p.manager, nil).want(http.StatusOK)
				p.post(p.path+"/rotate", p.manager, nil).want(http.StatusOK)
				p.post(p.path+"/unlock", p.manager, nil).want(http.StatusOK)
			}},
		} {
			t.Run(event.name, func(t *testing.T) {
				h := h.in(t)
				p := losePhone(h, "f2-"+strings.ReplaceAll(event.name, " ", "-"))
				p.given(t, "before")
				p.clock.advance(time.Second)
				if event.undo == nil { // the codes and links of now, not those that were used up
					p = losePhone(h, "f2-again-"+strings.ReplaceAll(event.name, " ", "-"))
				}
				old := p.passwordOf(p.id)
				event.do(p)
				password := old
				if event.undo == nil {
					if password = p.passwordOf(p.id); bytes.Equal(password, old) {
						t.Fatal("the password is the old one")
					}
				}
				p.refused(t, "after it", password)
				if event.undo != nil {
					event.undo(p)
					p = p.withFreshLink()
					p.given(t, "after its end")
				}
			})
		}
	})
}

// withFreshLink gives the phone another link in place of one that is used up.
func (p *lostPhone) withFreshLink() *lostPhone {
	p.Helper()
	fresh := *p
	a := p.post("/v2/customers/"+p.id+"/token", p.manager, map[string]any{"maxHits": 100}).want(http.StatusOK)
	fresh.link = strings.TrimPrefix(a.text("url"), "https://wifi.example.com")
	return &fresh
}

// TestFoundF2Details: the rights after a rotation.
func TestFoundF2Details(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		p := losePhone(h, "anna")
		other := h.token(demoID, auth.PublicApp)
		report := map[string]any{
			"platform": "ios", "type": "passpoint", "installedBy": "web", "installed": "2022-07-08T08:08:44Z",
		}
		installations := func() int {
			h.Helper()
			return len(h.get(p.path+"/installations", h.manager).want(http.StatusOK).json["installations"].([]any))
		}
		// A guid adds no further guid without the password, neither in an update nor in a
		// deduplication.
		h.put(p.path, other, map[string]any{"guid": guid("further")},
			withGuid(p.guid)).blames(http.StatusConflict, "guid")
		h.put(p.path, p.app, map[string]any{"guid": guid("further")})
		h.post("/v3/customers?deduplicate=email", p.app,
			with(p.request, map[string]any{"guid": guid("further")})).want(http.StatusOK)
		h.post(p.path+"/devices", other, map[string]any{"installId": "i", "guid": guid("further")},
			withGuid(p.guid)).want(http.StatusOK)
		h.get(p.path, other, withGuid(guid("further"))).blames(http.StatusForbidden, "")

		url := h.post(p.path+"/rotate", h.manager, nil).want(http.StatusOK).text("activationUrl")
		fresh := strings.TrimPrefix(url, "https://wifi.example.com")
		h.get(p.path, other, withGuid(p.guid)).blames(http.StatusForbidden, "")
		if a := h.post("/v3/customers?deduplicate=guid", other,
			p.request).want(http.StatusCreated); a.text("id") == p.id {
			t.Error("an ended guid finds its customer")
		}

		// The ended link reports nothing, and its code leads nowhere.
		h.post(p.link+"/installed", "", report).blames(http.StatusGone, "")
		if n := installations(); n != 0 {
			t.Errorf("%d installations after the ended link's report", n)
		}
		if _, err := h.service.Links.Resume(t.Context(), &onboarding.Caller{Address: "192.0.2.1"}, "form",
			p.code); onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("the ended link's code: %v", err)
		}

		// The good phone goes on: by the new link, once for each hit, and by the new password.
		h.get(fresh+"/ios", "").want(http.StatusOK)
		good := guid("good-phone")
		checked := h.post("/v3/customers/credential/check", other,
			map[string]any{"link": strings.TrimPrefix(fresh, "/activate/"), "guid": good}).want(http.StatusOK)
		if checked.text("id") != p.id {
			t.Errorf("the link is of %s", checked.text("id"))
		}
		h.get(p.path+"/profile?platform=ios", h.token(demoID, auth.PublicApp), withGuid(good)).want(http.StatusOK)
		h.get(p.path+"/profile?platform=ios", other).want(http.StatusOK) // the token was given by the link, too
		h.get(p.path, h.token(demoID, auth.PublicApp), withGuid(p.guid)).blames(http.StatusForbidden, "")
		a := h.post("/v3/customers?deduplicate=guid", other,
			with(p.request, map[string]any{"guid": good})).want(http.StatusOK)
		if a.text("id") != p.id || a.text("password") != string(h.passwordOf(p.id)) {
			t.Errorf("the good phone's hit: %s", a.raw)
		}
		check := map[string]any{
			"username": a.text("username"), "password": a.text("password"), "organizationId": demoID, "guid": p.guid,
		}
		h.post("/v3/customers/credential/check", other, check).want(http.StatusOK) // the phone was found again
		h.get(p.path, h.token(demoID, auth.PublicApp), withGuid(p.guid)).want(http.StatusOK)
	})
}

// TestFoundF2Link: the cost and the refusals of a check by link.
func TestFoundF2Link(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		p, path := losePhone(h, "anna"), "/v3/customers/credential/check"
		link := func(body map[string]any) string {
			h.Helper()
			return h.post("/v2/customers/"+p.id+"/token", h.manager, body).want(http.StatusOK).text("token")
		}
		two := link(map[string]any{"maxHits": 2})
		device := 0
		check := func(link string) *answer {
			h.Helper()
			device++
			return h.post(path, h.app, map[string]any{"link": link, "guid": guid(fmt.Sprint("device-", device))})
		}
		check(two).want(http.StatusOK)
		h.get("/activate/"+two+"/ios", "").want(http.StatusOK)
		check(two).blames(http.StatusGone, "")
		h.get("/activate/"+two+"/ios", "").want(http.StatusGone)
		short := link(map[string]any{"expiresIn": 60})
		h.clock.advance(time.Minute)
		check(short).blames(http.StatusGone, "")
		check("unknown-link").blames(http.StatusNotFound, "")
		h.post(path, h.app, map[string]any{"link": link(map[string]any{}), "guid": "short"}).blames(http.StatusConflict,
			"guid")
		h.post(path, h.app, map[string]any{
			"link": link(map[string]any{}), "guid": guid("x1"), "username": "u", "password": "p",
		}).blames(http.StatusConflict, "link")
		h.post(path, h.rival, map[string]any{
			"link": link(map[string]any{}), "guid": guid("x2"),
		}).blames(http.StatusNotFound, "")
		h.post(path, h.app, map[string]any{
			"link": link(map[string]any{}), "guid": guid("x3"), "organizationId": rivalID,
		}).blames(http.StatusNotFound, "")

		good := link(map[string]any{})
		h.post(p.path+"/lock", h.manager, nil).want(http.StatusOK)
		check(good).blames(http.StatusConflict, "")
		h.get(p.path, h.token(demoID, auth.PublicApp),
			withGuid(guid(fmt.Sprint("device-", device)))).blames(http.StatusForbidden, "")
		h.post(p.path+"/unlock", h.manager, nil).want(http.StatusOK)
		check(good).want(http.StatusOK)
		h.call(http.MethodDelete, "/v1/customers/"+p.id, h.manager, nil).want(http.StatusOK)
		if a := check(good); a.status < 400 {
			t.Errorf("the link of a deleted customer: %d %s", a.status, a.raw)
		}
	})
}

// TestFoundF2Guids: a manager sees which devices prove a customer, and ends one.
func TestFoundF2Guids(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		p := losePhone(h, "anna")
		other := h.token(demoID, auth.PublicApp)
		list := func() []any {
			h.Helper()
			return h.get(p.path+"/guids", h.manager).want(http.StatusOK).json["guids"].([]any)
		}
		password := string(h.passwordOf(p.id))
		username := h.get("/v2/customers/"+p.id,
			h.manager).want(http.StatusOK).json["customer"].(map[string]any)["username"]
		h.clock.advance(time.Hour)
		h.post("/v3/customers/credential/check", other,
			map[string]any{
				"username": username, "password": password, "organizationId": demoID, "guid": guid("tablet"),
			}).want(http.StatusOK)
		all := list()
		if len(all) != 2 {
			t.Fatalf("%d guids, want 2: %v", len(all), all)
		}
		first := all[0].(map[string]any)
		for _, name := range []string{"added", "confirmed"} {
			if at, _ := first[name].(string); !regexp.MustCompile(`\.\d{3}Z$`).MatchString(at) {
				t.Errorf("%s is %v, not in milliseconds", name, first[name])
			}
		}
		if first["valid"] != true || first["added"] == nil || first["confirmed"] == nil ||
			strings.Contains(fmt.Sprint(all), p.guid) {
			t.Errorf("the first guid: %v", first)
		}
		remove := func(id, token string) *answer { return h.call(http.MethodDelete, p.path+"/guids/"+id, token, nil) }
		id := first["id"].(string)
		remove(id, h.app).blames(http.StatusForbidden, "")
		remove(id, h.rival).blames(http.StatusNotFound, "")
		for _, wrong := range []string{"000000000000", "x", id[:11], id + "0", "%25", "............"} {
			remove(wrong, h.manager).blames(http.StatusNotFound, "")
		}
		h.get(p.path, h.token(demoID, auth.PublicApp), withGuid(p.guid)).want(http.StatusOK)
		remove(id, h.manager).want(http.StatusOK)
		remove(id, h.manager).blames(http.StatusNotFound, "")
		for _, token := range []string{h.app, other} { // the phone may hold the token that proved it, too
			h.get(p.path, token).want(http.StatusForbidden)
		}
		stranger := h.token(demoID, auth.PublicApp)
		h.get(p.path, stranger, withGuid(p.guid)).blames(http.StatusForbidden, "")
		h.get(p.path, stranger, withGuid(guid("tablet"))).want(http.StatusOK)
		if a := h.post("/v3/customers", p.app, p.request,
			p.key).want(http.StatusCreated); a.json["password"] != nil || a.json["activationUrl"] != nil {
			t.Errorf("a repeat with an ended guid: %s", a.raw)
		}
		if a := h.post("/v3/customers?deduplicate=guid", stranger,
			p.request).want(http.StatusCreated); a.text("id") == p.id {
			t.Error("an ended guid finds its customer")
		}
		h.post(p.path+"/rotate", h.manager, nil).want(http.StatusOK)
		if all := list(); len(all) != 1 || all[0].(map[string]any)["valid"] != false {
			t.Errorf("after a rotation: %v", all)
		}
	})
}

// TestFoundF2Ends: expired credentials return no document, deleted ones nothing.
func TestFoundF2Ends(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		p := losePhone(h, "anna")
		old := h.passwordOf(p.id)
		h.clock.advance(onboarding.DefaultProfileLifetime)
		p.app, h.manager = h.token(demoID, auth.PublicApp), h.token(demoID, auth.OrganizationManager)
		p.house.manager = h.manager
		h.get(p.path+"/profile?platform=ios", p.app, withGuid(p.guid)).blames(http.StatusConflict, "")
		h.get(p.link+"/ios", "").want(http.StatusGone)
		url := h.post("/v2/customers/"+p.id+"/token", h.manager, nil).want(http.StatusOK).text("url")
		h.get(strings.TrimPrefix(url, "https://wifi.example.com")+"/ios", "").want(http.StatusConflict)
		// A proven hit moves the end and keeps the password.
		if a := h.post("/v3/customers?deduplicate=guid", p.app,
			p.request).want(http.StatusOK); a.text("password") != string(old) {
			t.Errorf("the hit after the end: %s", a.raw)
		}
		h.get(p.path+"/profile?platform=ios", p.app, withGuid(p.guid)).want(http.StatusOK)

		h.call(http.MethodDelete, "/v1/customers/"+p.id, h.manager, nil).want(http.StatusOK)
		p.refused(t, "after the deletion", old)
		for _, token := range []string{p.app, h.token(demoID, auth.PublicApp)} {
			h.get(p.path, token, withGuid(p.guid)).blames(http.StatusForbidden, "")
		}
	})
}
