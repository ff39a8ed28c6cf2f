package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// unaudited are the routes that record nothing, each with the reason.
var unaudited = map[string]string{
	"GET /v2/organizations/:org/webhooks":                     "shows the state of receivers",
	"GET /v2/organizations/:org/webhooks/:webhook/deliveries": "shows IDs of events and customers, and no data",
	"GET /v2/organizations/:org/statistics":                   "counts, which name no person",
	"GET /v1/sts/services/:service":                           "shows a key its own rights",
	"GET /v1/organizations/:org/policies":                     "public texts, which every phone reads",
	"GET /v3/organizations/:org/policies":                     "public texts, which every phone reads",
	"GET /v4/organizations/:org/devices/:device/settings":     "public settings, which every phone reads",
	"GET /v3/locations/organizations/:org":                    "places, no secret and no person",
	"GET /v3/locations/:location":                             "places, no secret and no person",
	"GET /v3/hotspots/organizations/:org":                     "places, no secret and no person",
	"GET /v3/hotspots/:hotspot":                               "places, no secret and no person",

	"GET /portal/:org":  "an empty form",
	"GET /capport/:org": "a public address, which every phone asks for",

	"GET /portal/:org/opened":       "a public text, the same for everybody",
	"GET /wifiprofile":              "redirects to the download of a link, which records",
	"GET /go":                       "an empty form",
	"GET /go/:code":                 "a form with the code that the visitor has sent",
	"GET /assets/:name":             "files of the pages",
	"GET /":                         "an empty form, or a redirect",
	"GET /:slug":                    "an empty form",
	"GET /brand/:org/:name":         "the venue's public logo",
	"GET /me/:token/:act":           "asks for a confirmation, and shows nothing of the person",
	"GET /portal/:org/return":       "an empty form",
	"POST /portal/:org/return":      "does not know whether there is a contact; the use of the link records",
	"POST /verify/:session/resend":  "there is no contact before the proof",
	"POST /verify/:session/address": "there is no contact before the proof",

	"GET /verify/:session":           "shows most of an address masked to the window that sent it",
	"GET /confirm/:token":            "shows most of an address masked to the holder of its link",
	"POST /activate/:token/access":   "asks the controller, and stores nothing",
	"GET /guest/s/:site":             "a redirect to an empty form",
	"GET /portal/:org/guest/s/:site": "a redirect to an empty form",
	"GET /return/:token":             "shows the network, nothing of the person",
	"GET /renew/:token":              "shows the network and the end of the access, nothing of the person",
	"GET /activate/:token":           "shows the network, nothing of the person; the sheet's code records",
	"HEAD of each GET":               "shows no data",
	"GET /docs and OpenAPI":          "the documentation",
}

// trail reads the rows that a house's database has.
func (h *house) trail() []onboarding.AuditRow {
	h.Helper()
	rows, err := h.db.UnchainedAudit(context.Background(), 100_000)
	if err != nil {
		h.Fatal(err)
	}
	return rows
}

// since returns the rows that were appended by do.
func (h *house) since(do func()) []onboarding.AuditRow {
	h.Helper()
	known := map[string]bool{}
	for _, r := range h.trail() {
		known[r.ID] = true
	}
	do()
	return slices.DeleteFunc(h.trail(), func(r onboarding.AuditRow) bool { return known[r.ID] })
}

// recorded checks that the rows are those of the actions, by the actor in one request, and about
// the customer if one is given.
func (h *house) recorded(what string, rows []onboarding.AuditRow, by onboarding.Actor, customer string,
	actions ...onboarding.AuditAction,
) {
	h.Helper()
	var got []onboarding.AuditAction
	for i := range rows {
		r := &rows[i]
		got = append(got, r.Action)
		if r.Actor != by {
			h.Errorf("%s: recorded as an act of %+v, want %+v", what, r.Actor, by)
		}
		if r.OrganizationID != demoID {
			h.Errorf("%s: recorded for organization %q", what, r.OrganizationID)
		}
		if customer != "" && (r.Target != onboarding.TargetContact ||
			r.TargetID != h.service.Audit.ContactHash(customer)) {
			h.Errorf("%s: recorded about %s %s", what, r.Target, r.TargetID)
		}
	}
	slices.Sort(got)
	slices.Sort(actions)
	if !slices.Equal(got, actions) {
		h.Errorf("%s: recorded %q, want %q", what, got, actions)
	}
}

// TestAuditedRoutes calls every route of the API and checks that it records its act, with its
// actor, or is listed with a reason.
func TestAuditedRoutes(t *testing.T) {
	const (
		read    = onboarding.AuditContactRead
		changed = onboarding.AuditContactChanged
		listed  = onboarding.AuditContactListed
	)
	expected := map[string]onboarding.AuditAction{
		"POST /v1/sts/login/services":                          onboarding.AuditLoggedIn,
		"POST /v1/sts/logout":                                  onboarding.AuditLoggedOut,
		"POST /v3/customers":                                   onboarding.AuditContactCreated,
		"GET /v2/customers/organizations/:org/exist":           onboarding.AuditContactChecked,
		"POST /v3/customers/credential/check":                  onboarding.AuditContactChecked,
		"GET /v3/customers/:id":                                read,
		"PUT /v3/customers/:id":                                changed,
		"POST /v3/customers/:id/devices":                       changed,
		"GET /v3/customers/:id/profile":                        onboarding.AuditProfileRead,
		"POST /v3/customers/:id/installations":                 changed,
		"GET /v3/customers/:id/installations":                  read,
		"GET /v3/customers/:id/connectivity":                   read,
		"DELETE /v3/customers/:id/installations/:installation": changed,
		"POST /v3/customers/:id/verifications":                 onboarding.AuditCodeSent,
		"POST /v3/customers/:id/verifications/:verification":   onboarding.AuditContactVerified,
		"GET /v3/customers/:id/guids":                          read,
		"DELETE /v3/customers/:id/guids/:guid":                 changed,
		"POST /v3/customers/:id/lock":                          onboarding.AuditContactLocked,
		"POST /v3/customers/:id/unlock":                        onboarding.AuditContactUnlocked,
		"POST /v3/customers/:id/rotate":                        onboarding.AuditContactRotated,
		"GET /v2/customers/organizations/:org":                 listed,
		"GET /v2/customers/:id":                                read,
		"GET /v3/customers/:id/export":                         onboarding.AuditContactExported,
		"PUT /v1/customers/:id/policies":                       changed,
		"DELETE /v1/customers/:id":                             onboarding.AuditContactDeleted,
		"GET /v2/customers/:id/accountings":                    read,
		"GET /v2/customers/:id/devices":                        read,
		"GET /v2/customers/:id/connectivity":                   read,
		"GET /v2/organizations/:org/refusals":                  listed,
		"GET /v2/customers/:id/events":                         read,
		"GET /v1/organizations/:org/events":                    listed,
		"POST /v2/customers/:id/token":                         onboarding.AuditLinkCreated,

		"POST /v2/organizations/:org/webhooks/:webhook/replay": onboarding.AuditWebhookReplayed,
		"POST /v2/organizations/:org/webhooks/:webhook/test":   onboarding.AuditWebhookTested,
		"POST /v2/organizations/:org/webhooks/:webhook/enable": onboarding.AuditWebhookEnabled,
		"POST /v2/organizations/:org/webhooks/:webhook/rotate": onboarding.AuditWebhookRotated,
	}
	queries := map[string]string{
		"GET /v2/customers/organizations/:org/exist": "?email=",
		"GET /v3/customers/:id/profile":              "?platform=ios",
	}
	h := newHouse(t)
	key, secret, err := h.service.Access.CreateKey(t.Context(), demoID, auth.OrganizationManager, authAll())
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string]map[string]any{
		"POST /v1/sts/login/services": {"clientKey": key, "clientSecret": secret},
	}
	for i, r := range h.apiRoutes() {
		name := r.Method + " " + r.Pattern
		want, reason := expected[name], unaudited[name]
		if (want == "") == (reason == "") {
			t.Errorf("%s: needs an action or a reason, has %q and %q", name, want, reason)
			continue
		}
		for _, app := range []bool{false, true} {
			if app && r.Access.Roles() != nil || name == "POST /v1/sts/login/services" && app {
				continue
			}
			who := fmt.Sprintf("c%d-%t", i, app)
			id := h.post("/v3/customers", h.app, with(person(who), map[string]any{
				"username": who + "-name", "password": who + "-password",
			})).want(http.StatusCreated).text("id")
			installation := h.post("/v3/customers/"+id+"/installations", h.manager, map[string]any{
				"platform": "ios", "type": "passpoint", "installedBy": "a", "installed": "2022-07-08T08:08:44Z",
			}).want(http.StatusCreated).text("id")
			s := samples(id, installation, nobodyID)[name]
			body, path := s.body, s.path+queries[name]
			switch name {
			case "POST /v3/customers":
				body = person(who + "-new")
			case "PUT /v3/customers/:id":
				body = map[string]any{"title": "Dr"}
			case "GET /v2/customers/organizations/:org/exist":
				path += who + "@example.com"
			case "GET /v1/sts/services/:service":
				path = "/v1/sts/services/" + issuerOf(t, map[bool]string{true: h.app, false: h.manager}[app])
			case "DELETE /v3/customers/:id/guids/:guid":
				path = "/v3/customers/" + id + "/guids/" + guidID(guid(who))
			case "POST /v3/customers/:id/installations":
				body = map[string]any{"platform": "android", "type": "passpoint", "installedBy": "a",
					"installed": "2022-07-08T08:08:44Z"}
			case "POST /v3/customers/:id/devices":
				body = map[string]any{"installId": "i-1"}
			case "DELETE /v3/customers/:id/installations/:installation":
				body = nil
			case "POST /v3/customers/:id/verifications/:verification":
				v := h.startBy(h.manager, id, onboarding.VerifyEmail).want(http.StatusAccepted).text("id")
				path = "/v3/customers/" + id + "/verifications/" + v
				body = map[string]any{"code": h.codeTo(who + "@example.com")}
			case "POST /v3/customers/credential/check":
				body = map[string]any{
					"username": who + "-name", "password": who + "-password", "organizationId": demoID,
				}
			}
			if of := bodies[name]; of != nil {
				body = of
			}
			token, kind := h.manager, onboarding.ActorKey
			if app {
				token, kind = h.app, onboarding.ActorApp
			}
			if name == "POST /v1/sts/logout" {
				token = h.token(demoID, map[bool]auth.Role{true: auth.PublicApp, false: auth.OrganizationManager}[app])
			}
			var a *answer
			rows := h.since(func() {
				var sent any
				if body != nil {
					sent = body
				}
				options := []option{withGuid(guid(who))}
				if name == "POST /v3/customers" { // of another person
					options = nil
				}
				a = h.call(r.Method, path, token, sent, options...)
			})
			what := fmt.Sprintf("%s by %s", name, kind)
			if a.status >= 300 {
				t.Errorf("%s: %d: %s", what, a.status, a.raw)
				continue
			}
			if reason != "" {
				if len(rows) > 0 {
					t.Errorf("%s: records %s, and is listed as recording nothing", what, rows[0].Action)
				}
				continue
			}
			by := onboarding.Actor{Kind: kind, ID: issuerOf(t, token), RequestID: a.header.Get("X-Request-Id")}
			customer := ""
			if strings.Contains(r.Pattern, ":id") || strings.Contains(r.Pattern, "exist") ||
				strings.Contains(r.Pattern, "credential") {
				customer = id
			}
			if name == "POST /v3/customers" {
				customer = a.text("id")
			}
			if name == "POST /v1/sts/login/services" {
				by.ID = issuerOf(t, a.text("token"))
			}
			h.recorded(what, rows, by, customer, want)
		}
	}
}

// TestAuditedPages walks a visitor through the pages and checks what is recorded, or that a route
// is listed with a reason.
func TestAuditedPages(t *testing.T) {
	v := newVenue(t)
	v.db = v.store
	done := map[string]bool{}
	visitTo := func(
		h *house, route, customer string, do func() http.Header, actions ...onboarding.AuditAction,
	) {
		t.Helper()
		done[route] = true
		var header http.Header
		rows := h.since(func() { header = do() })
		by := onboarding.Actor{Kind: onboarding.ActorVisitor, RequestID: header.Get("X-Request-Id")}
		h.recorded(route, rows, by, customer, actions...)
	}
	visit := func(route, customer string, do func() http.Header, actions ...onboarding.AuditAction) {
		t.Helper()
		visitTo(v.house, route, customer, do, actions...)
	}
	get := func(path string, status int, options ...option) func() http.Header {
		return func() http.Header { return v.browse(http.MethodGet, path, nil, options...).want(status).header }
	}
	action, form := v.form("/portal/" + demoID)
	var to string
	visit("POST /portal/:org", "", func() http.Header {
		p := v.browse(http.MethodPost, action, form).want(http.StatusSeeOther)
		to = p.header.Get("Location")
		return p.header
	}, onboarding.AuditContactCreated)
	install := v.browse(http.MethodGet, to, nil).want(http.StatusOK)
	token, customer := tokenIn(to), install.customer()
	visit("POST /portal/:org again", customer, func() http.Header {
		return v.browse(http.MethodPost, action, form).want(http.StatusSeeOther).header
	}, onboarding.AuditContactRead)
	visit("POST /portal/:org once more", customer, func() http.Header {
		return v.browse(http.MethodPost, action, form).want(http.StatusSeeOther).header
	})
	visit("GET /activate/:token/:platform", customer, get("/activate/"+token+"/ios", http.StatusOK),
		onboarding.AuditProfileRead)
	visit("HEAD /activate/:token/:platform", customer, func() http.Header {
		return v.browse(http.MethodHead, "/activate/"+token+"/ios", nil).want(http.StatusOK).header
	})
	visit("GET /activate/:token/connection", customer, get("/activate/"+token+"/connection", http.StatusOK),
		onboarding.AuditContactRead)
	v.clock.advance(time.Minute)
	visit("GET /activate/:token/connection again", customer, get("/activate/"+token+"/connection", http.StatusOK))
	visit("POST /activate/:token/installed", customer, func() http.Header {
		return v.post("/activate/"+token+"/installed", "", map[string]any{
			"platform": "ios", "type": "passpoint",
		}).want(http.StatusCreated).header
	}, onboarding.AuditContactChanged)
	visit("GET /activate/:token in a sheet", customer, get("/activate/"+token, http.StatusOK, agent(sheetAgent)),
		onboarding.AuditLinkCreated)
	code := v.code(token)
	visit("POST /go", customer, func() http.Header { return v.enter(code).want(http.StatusSeeOther).header },
		onboarding.AuditLinkCreated)
	self := ""
	visit("POST /activate/:token/me", customer, func() http.Header {
		p := v.browse(http.MethodPost, "/activate/"+token+"/me", url.Values{}).want(http.StatusSeeOther)
		self = p.header.Get("Location")
		return p.header
	}, onboarding.AuditLinkCreated)
	v.raise("2.00", onboarding.ReconsentGrace)
	action, form = v.form("/activate/" + token)
	form.Set("policies.termsOfUse", "true")
	visit("POST /activate/:token/consent", customer, func() http.Header {
		return v.browse(http.MethodPost, action, form).want(http.StatusSeeOther).header
	}, onboarding.AuditContactChanged)
	v.clock.advance(time.Hour)
	visit("GET /activate/:token/connection an hour later", customer,
		get("/activate/"+token+"/connection", http.StatusOK), onboarding.AuditContactRead)
	v.clock.advance(time.Hour)
	visit("GET /me/:token", customer, get(self, http.StatusOK), onboarding.AuditContactRead)
	choices := v.ticket(self)
	choices.Set("policies.mktgCommunications", "true")
	visit("POST /me/:token/:act", customer, func() http.Header {
		return v.browse(http.MethodPost, self+"/choices", choices).want(http.StatusSeeOther).header
	}, onboarding.AuditContactChanged)
	w := newVerifier(t)
	w.db = w.store
	session := w.begin("ada@example.com")
	visitTo(w.house, "POST /verify/:session", "", func() http.Header {
		return w.enterCode(session, w.letter().code).want(http.StatusSeeOther).header
	}, onboarding.AuditContactCreated, onboarding.AuditContactVerified, onboarding.AuditLinkCreated)
	w.begin("ada@example.com")
	link := w.letter().link
	confirmation := w.browse(http.MethodGet, link, nil).want(http.StatusOK).form()
	visitTo(w.house, "POST /confirm/:token", w.customerOf(tokenIn(w.browse(http.MethodGet, session, nil).
		header.Get("Location"))), func() http.Header {
		return w.browse(http.MethodPost, link, confirmation).want(http.StatusSeeOther).header
	}, onboarding.AuditContactChanged, onboarding.AuditContactVerified, onboarding.AuditLinkCreated)
	x := newVerifier(t, renewing)
	x.db = x.store
	noticed, _, path := x.noticed("ada@example.com")
	tap := x.browse(http.MethodGet, path, nil).want(http.StatusOK).form()
	visitTo(x.house, "POST /renew/:token", noticed, func() http.Header {
		return x.browse(http.MethodPost, path, tap).want(http.StatusSeeOther).header
	}, onboarding.AuditContactChanged, onboarding.AuditLinkCreated)
	x.clock.advance(24 * time.Hour)
	x.askReturn("ada@example.com").want(http.StatusSeeOther)
	back := x.returnLink(x.letter())
	open := x.browse(http.MethodGet, back, nil).want(http.StatusOK).form()
	visitTo(x.house, "POST /return/:token", noticed, func() http.Header {
		return x.browse(http.MethodPost, back, open).want(http.StatusSeeOther).header
	}, onboarding.AuditLinkCreated)
	for _, r := range v.server.pages.Routes() {
		name := r.Method + " " + r.Pattern
		if !done[name] && unaudited[name] == "" {
			t.Errorf("%s records nothing: add a visit here, or a reason", name)
		}
	}
}

// TestAuditRefusals checks that refused requests of keys are counted, and that no number of them
// makes more than a row a minute for a key, route and reason.
func TestAuditRefusals(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	stranger := h.token(demoID, auth.PublicApp)
	narrow := h.token(demoID, auth.OrganizationManager, auth.OrganizationSettingsRead)
	key, _, err := h.service.Access.CreateKey(t.Context(), demoID, auth.PublicApp, authAll())
	if err != nil {
		t.Fatal(err)
	}
	refuse := func() {
		for range 20 {
			h.get("/v3/customers/"+id, stranger, withGuid(guid("nobody"))).want(http.StatusForbidden)
			h.get("/v2/customers/"+id, h.rival).want(http.StatusNotFound)
			h.get("/v2/customers/"+id, narrow).want(http.StatusForbidden)
			h.get("/v2/customers/"+id, h.app).want(http.StatusForbidden)
			h.get("/v2/customers/"+id, "").want(http.StatusUnauthorized)
			h.get("/v2/customers/"+id, "nonsense").want(http.StatusForbidden)
			h.post("/v1/sts/login/services", "", map[string]any{"clientKey": key, "clientSecret": "x"})
			h.post("/v1/sts/login/services", "", map[string]any{"clientKey": "ck-unknown", "clientSecret": "x"})
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop() // each run writes what is counted
	write := func() { h.service.Access.RunRefusals(ctx, onboarding.LogOrDiscard(nil)) }
	rows := h.since(func() { refuse(); write() })
	got := map[string]int64{}
	for i := range rows {
		r := &rows[i]
		if r.Action != onboarding.AuditRequestRefused || r.TargetID != "" || len(r.Fields) != 1 {
			t.Errorf("recorded %+v", r)
			continue
		}
		got[fmt.Sprintf("%s %s %s: %s", r.OrganizationID, r.Actor.Kind, r.Fields[0], r.Refused)] += r.Count
	}
	want := map[string]int64{
		demoID + " app GET /v3/customers/:id: forbidden":             20,
		rivalID + " key GET /v2/customers/:id: not found":            20,
		demoID + " key GET /v2/customers/:id: forbidden":             20,
		demoID + " app GET /v2/customers/:id: forbidden":             20,
		demoID + " app POST /v1/sts/login/services: unauthenticated": 20,
		" visitor POST /v1/sts/login/services: unauthenticated":      20,
	}
	if diff := diffOf(want, got); diff != "" {
		t.Error(diff)
	}
}
