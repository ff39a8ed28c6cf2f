package server

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
)

// permission is a line of the API's description: a role and its rights. It is written down from
// that and not from the route table, with which it is compared.
type permission struct {
	method, path string
	// open, token, proof (an app with a guid of the customer, or an operator), manager
	// (organizationManager), people (manager, locationManager), operator (people, support), support
	// (operator; a support token needs no scope to write)
	who    string
	scopes []auth.Scope // any one of these; none: any will do
	also   []auth.Scope // and, of a manager, any one of these
	body   map[string]any
}

var (
	mayReadSettings = []auth.Scope{auth.OrganizationSettingsRead, auth.OrganizationRead}
	mayRead         = []auth.Scope{auth.CustomerRead, auth.OrganizationRead}
	mayWrite        = []auth.Scope{auth.CustomerWrite, auth.OrganizationWrite}
	mayReadAll      = []auth.Scope{auth.OrganizationRead}
	mayWriteAll     = []auth.Scope{auth.OrganizationWrite}
	mayReadEvents   = []auth.Scope{auth.EventsRead, auth.OrganizationRead}
)

// permissions are the API's. Of a path, {id} is a customer, {org} an organization.
var permissions = []permission{
	{"POST", "/v1/sts/login/services", "open", nil, nil, map[string]any{"clientKey": "ck-1", "clientSecret": "x"}},
	{"GET", "/v1/sts/services/{service}", "token", nil, nil, nil},
	{"POST", "/v1/sts/logout", "token", nil, nil, nil},

	{"GET", "/v1/organizations/{org}/policies", "token", mayReadSettings, nil, nil},
	{"GET", "/v3/organizations/{org}/policies", "token", mayReadSettings, nil, nil},
	{"GET", "/v4/organizations/{org}/devices/ios_com.example.app/settings", "token", mayReadSettings, nil, nil},
	{
		"POST", "/v3/customers", "token", mayWrite, nil,
		map[string]any{"organizationId": "{org}", "policies": map[string]any{"termsOfUse": true, "privacy": true}},
	},
	{"GET", "/v2/customers/organizations/{org}/exist?email=anna@example.com", "token", mayRead, nil, nil},
	{
		"POST", "/v3/customers/credential/check", "token", mayWrite, nil,
		map[string]any{"organizationId": "{org}", "username": "anna-name", "password": "anna-password"},
	},
	{"PUT", "/v3/customers/{id}", "proof", mayWrite, nil, map[string]any{"title": "Dr"}},
	{"GET", "/v3/customers/{id}", "proof", mayRead, nil, nil},
	{"POST", "/v3/customers/{id}/devices", "proof", mayWrite, nil, map[string]any{"installId": "1"}},
	{"GET", "/v3/customers/{id}/profile?platform=android", "proof", mayRead, mayWrite, nil},
	{
		"POST", "/v3/customers/{id}/installations", "proof", mayWrite, nil,
		map[string]any{"platform": "ios", "type": "passpoint", "installedBy": "a", "installed": "2022-07-08T08:08:44Z"},
	},
	{"GET", "/v3/customers/{id}/installations", "proof", mayRead, nil, nil},
	{"GET", "/v3/customers/{id}/connectivity", "proof", mayRead, nil, nil},
	{"DELETE", "/v3/customers/{id}/installations/{installation}", "proof", mayWrite, nil, nil},
	{"POST", "/v3/customers/{id}/verifications", "proof", mayWrite, nil, map[string]any{"channel": "email"}},
	{
		"POST", "/v3/customers/{id}/verifications/{verification}", "proof", mayWrite, nil,
		map[string]any{"code": "{code}"},
	},
	{"GET", "/v3/customers/{id}/guids", "operator", mayRead, nil, nil},
	{"DELETE", "/v3/customers/{id}/guids/{guid}", "people", mayWrite, nil, nil},
	{"POST", "/v3/customers/{id}/lock", "people", mayWrite, nil, nil},
	{"POST", "/v3/customers/{id}/unlock", "support", mayWrite, nil, nil},
	{"POST", "/v3/customers/{id}/rotate", "people", mayWrite, nil, nil},

	{"GET", "/v2/customers/organizations/{org}", "operator", mayRead, nil, nil},
	{"GET", "/v2/customers/{id}", "operator", mayRead, nil, nil},
	{"GET", "/v2/customers/{id}/events", "operator", mayRead, nil, nil},
	{"GET", "/v2/customers/{id}/devices", "operator", mayRead, nil, nil},
	{"GET", "/v2/customers/{id}/connectivity", "operator", mayRead, nil, nil},
	{"GET", "/v2/organizations/{org}/refusals", "operator", mayRead, nil, nil},
	{"GET", "/v2/organizations/{org}/statistics", "operator", mayRead, nil, nil},
	{"GET", "/v2/organizations/{org}/webhooks", "manager", mayReadAll, nil, nil},
	{"GET", "/v2/organizations/{org}/webhooks/{webhook}/deliveries", "manager", mayReadAll, nil, nil},
	{"POST", "/v2/organizations/{org}/webhooks/{webhook}/replay", "manager", mayWriteAll, nil, nil},
	{"POST", "/v2/organizations/{org}/webhooks/{webhook}/test", "manager", mayWriteAll, nil, nil},
	{"POST", "/v2/organizations/{org}/webhooks/{webhook}/enable", "manager", mayWriteAll, nil, nil},
	{"POST", "/v2/organizations/{org}/webhooks/{webhook}/rotate", "manager", mayWriteAll, nil, nil},
	{"GET", "/v2/customers/{id}/accountings", "operator", mayRead, nil, nil},
	{"GET", "/v3/customers/{id}/export", "people", mayRead, nil, nil},
	{
		"PUT", "/v1/customers/{id}/policies", "people", mayWrite, nil,
		map[string]any{"policies": []any{map[string]any{"policyKey": "mktgCommunications", "accepted": true}}},
	},
	{"DELETE", "/v1/customers/{id}", "people", mayWrite, nil, nil},
	{"GET", "/v1/organizations/{org}/events", "operator", mayReadEvents, nil, nil},
	{"POST", "/v2/customers/{id}/token", "support", mayWrite, nil, nil},
	{"GET", "/v3/locations/organizations/{org}", "operator", mayReadSettings, nil, nil},
	{"GET", "/v3/locations/{location}", "operator", mayReadSettings, nil, nil},
	{"GET", "/v3/hotspots/organizations/{org}", "operator", mayReadSettings, nil, nil},
	{"GET", "/v3/hotspots/{hotspot}", "operator", mayReadSettings, nil, nil},
}

// guidID is the short ID of a guid, as a manager names it.
func guidID(guid string) string {
	hash, err := auth.HashGuid(guid)
	if err != nil {
		return "000000000000"
	}
	return hash[:12]
}

// asker is somebody who calls.
type asker struct {
	name, token string
	role        auth.Role // empty: no valid token
	scopes      auth.Scopes
	guid        string // empty, right or wrong
	abroad      bool   // of the other organization
	annex       bool   // of the other location
	status      int    // where the token itself is refused
}

// expected is the API's answer: a status, or 0 where the caller is let in.
func (p *permission) expected(a *asker, target string) int {
	any := func(scopes []auth.Scope) bool { return len(scopes) == 0 || slices.ContainsFunc(scopes, a.scopes.Has) }
	local := a.role == auth.LocationManager
	byOthers := strings.Contains(p.path, "/exist?") || strings.Contains(p.path, "credential/check")
	manager := local || a.role == auth.OrganizationManager || a.role == auth.Support
	scopes := p.scopes
	if p.who == "support" && a.role == auth.Support {
		scopes = mayRead
	}
	ofCustomer := strings.Contains(p.path, "{id}") || strings.Contains(p.path,
		"{location}") || strings.Contains(p.path, "{hotspot}")
	switch {
	case p.who == "open":
		return 0
	case a.role == "":
		return a.status
	case slices.Contains([]string{"people", "operator", "support"}, p.who) && !manager:
		return http.StatusForbidden
	case p.who == "people" && a.role == auth.Support, p.who == "manager" && a.role != auth.OrganizationManager:
		return http.StatusForbidden
	case !any(scopes), local && slices.Contains(scopes, auth.OrganizationSettingsRead):
		return http.StatusForbidden
	case p.who == "proof" && !manager && (a.guid != "right" || a.abroad || target != "own" && target != "annex"):
		return http.StatusForbidden // whether there is such a customer or not
	case manager && ofCustomer && (a.abroad || target != "own" && target != "annex"):
		return http.StatusNotFound
	case local && ofCustomer && a.annex != (target == "annex"):
		return http.StatusNotFound
	case local && a.annex && byOthers:
		return http.StatusNotFound
	case !ofCustomer && strings.Contains(p.path+fmt.Sprint(p.body["organizationId"]),
		"{org}") && (a.abroad || target != "own"):
		return http.StatusNotFound
	case manager && p.also != nil && !any(p.also):
		return http.StatusForbidden
	}
	return 0
}

// standing holds one customer at each location.
type standing map[string][3]string

// of returns the customer at a location, with guid and installation; the first call creates it.
func (s *standing) of(location string, create func(string) (id, guid, installation string)) (id, guid, at string) {
	if *s == nil {
		*s = standing{}
	}
	c, there := (*s)[location]
	if !there {
		c[0], c[1], c[2] = create(location)
		(*s)[location] = c
	}
	return c[0], c[1], c[2]
}

// TestAccessTable walks every route, role, scope, tenant and proof, compares each answer with the
// API's description, and prints the table.
func TestAccessTable(t *testing.T) {
	h := newOffice(t).house
	// The description and the route table are of the same routes.
	patterns := strings.NewReplacer("{org}", ":org", "{id}", ":id", "{service}", ":service", "{location}", ":location",
		"{hotspot}", ":hotspot", "{webhook}", ":webhook",
		"{installation}", ":installation", "{verification}", ":verification",
		"{guid}", ":guid", "ios_com.example.app", ":device")
	described := map[string]bool{}
	for _, p := range permissions {
		path, _, _ := strings.Cut(patterns.Replace(p.path), "?")
		described[p.method+" "+path] = true
	}
	for _, r := range h.apiRoutes() {
		if !described[r.Method+" "+r.Pattern] {
			t.Errorf("%s %s is a route, and the API does not describe it", r.Method, r.Pattern)
		}
		delete(described, r.Method+" "+r.Pattern)
	}
	for name := range described {
		t.Errorf("the API describes %s, and there is no such route", name)
	}

	h.register("berta")
	abroad := h.post("/v3/customers", h.rival, person("abroad")).want(http.StatusCreated).text("id")
	n := 0
	// own creates a customer for one call, which may delete the customer.
	own := func(location string) (id, guid, installation string) {
		n++
		guid = fmt.Sprintf("device-of-customer-%06d", n)
		body := with(person(fmt.Sprint("c", n)), map[string]any{"guid": guid, "locationId": location})
		if n == 1 {
			body["username"], body["password"], body["email"] = "anna-name", "anna-password", "anna@example.com"
		}
		id = h.post("/v3/customers", h.app, body).want(http.StatusCreated).text("id")
		installation = h.post("/v3/customers/"+id+"/installations", h.app, permissions[13].body,
			withGuid(guid)).want(http.StatusCreated).text("id")
		return id, guid, installation
	}
	own(demoLocation)
	// started begins a verification of the last customer of own, and returns the code.
	started := func(id string) (verification, code string) {
		verification = h.startBy(h.manager, id, onboarding.VerifyEmail).want(http.StatusAccepted).text("id")
		return verification, h.codeTo(fmt.Sprintf("c%d@example.com", n))
	}

	token := func(a asker) string {
		organization, location := demoID, ""
		if a.abroad {
			organization = rivalID
		}
		if a.role == auth.LocationManager {
			location = demoLocation
			switch {
			case a.abroad:
				location = rivalID[:31] + "2"
			case a.annex:
				location = annexID
			}
		}
		return h.tokenAt(organization, location, a.role, a.scopes.List()...)
	}
	all := []asker{
		{name: "nobody", status: http.StatusUnauthorized},
		{name: "nonsense", token: "nonsense", status: http.StatusForbidden},
	}
	revokedKey, secret, err := h.service.Access.CreateKey(t.Context(), demoID, auth.OrganizationManager, auth.Scopes{})
	if err != nil {
		t.Fatal(err)
	}
	revoked := h.post("/v1/sts/login/services", "",
		map[string]any{"clientKey": revokedKey, "clientSecret": secret}).text("token")
	loggedOut := h.token(demoID, auth.OrganizationManager)
	all = append(all, asker{name: "a revoked key", token: revoked, status: http.StatusForbidden},
		asker{name: "logged out", token: loggedOut, status: http.StatusForbidden})
	add := func(a asker) {
		a.token = token(a)
		all = append(all, a)
	}
	for _, role := range auth.Roles() {
		every := auth.RoleScopes(role)
		short := map[auth.Role]string{
			auth.PublicApp: "app", auth.OrganizationManager: "manager", auth.LocationManager: "local",
			auth.Support: "support",
		}[role]
		for _, scope := range every.List() {
			add(asker{name: short + " " + string(scope), role: role, scopes: auth.ScopesOf(scope), guid: "right"})
		}
		guids := []string{"", "right", "wrong"}
		if role == auth.Support || role == auth.LocationManager {
			guids = []string{"right"}
		}
		for _, guid := range guids {
			name := strings.TrimSpace(short + " with all, guid " + guid)
			add(asker{name: name, role: role, scopes: every, guid: guid})
		}
		add(asker{name: short + " abroad", role: role, scopes: every, guid: "right", abroad: true})
		if role == auth.LocationManager {
			add(asker{name: "local of the annex", role: role, scopes: every, annex: true})
		}
	}
	add(asker{name: "support with events only", role: auth.Support, scopes: auth.ScopesOf(auth.EventsRead)})

	// Both were valid until now; their end applies to the next request.
	h.get(searchPath, revoked).want(http.StatusOK)
	h.get(searchPath, loggedOut).want(http.StatusOK)
	if err := h.service.Access.RevokeKey(t.Context(), revokedKey); err != nil {
		t.Fatal(err)
	}
	h.post("/v1/sts/logout", loggedOut, nil).want(http.StatusOK)

	shown := map[string][]string{} // answers by request
	places := map[string]string{"own": demoLocation, "annex": annexID}
	var refusing standing
	for _, p := range permissions {
		targets := []string{"own"}
		if strings.Contains(p.path+fmt.Sprint(p.body["organizationId"]),
			"{") && !strings.Contains(p.path, "{service}") {
			targets = append(targets, "abroad", "unknown")
		}
		if strings.Contains(p.path, "{id}") {
			targets = append(targets, "annex")
		}
		for _, target := range targets {
			what := fmt.Sprintf("%-6s %s of %s", p.method, p.path, target)
			for i := range all {
				a := &all[i]
				if p.path == "/v1/sts/logout" && a.role != "" {
					a = &asker{
						name: a.name, role: a.role, scopes: a.scopes,
						token: token(*a),
					}
				}
				id, guid, installation := nobodyID, "", nobodyID
				organization := map[string]string{"own": demoID, "annex": demoID, "abroad": rivalID,
					"unknown": nobodyID}[target]
				location, hotspot := nobodyID, nobodyID
				if target == "own" {
					location, hotspot = demoLocation, demoHotspot
				}
				want := p.expected(a, target)
				if place := places[target]; place != "" && strings.Contains(p.path, "{id}") {
					c := &refusing // a refused call does not change the customer
					if want == 0 {
						c = &standing{}
					}
					id, guid, installation = c.of(place, own)
				} else if target == "abroad" {
					id = abroad
				}
				if a.abroad && target == "abroad" { // the manager's own
					shown[what] = append(shown[what], " - ")
					continue
				}
				service := nobodyID
				if a.role != "" {
					service = issuerOf(t, a.token)
				}
				path := strings.NewReplacer("{org}", organization, "{id}", id, "{installation}", installation,
					"{service}", service,
					"{location}", location, "{hotspot}", hotspot, "{guid}", guidID(guid),
					"{webhook}", organization[:31]+"9").Replace(p.path)
				body := maps.Clone(p.body)
				if _, names := body["organizationId"]; names {
					body["organizationId"] = organization
				}
				if _, asks := body["code"]; asks {
					verification := nobodyID
					body["code"] = "123456"
					if places[target] != "" && want == 0 {
						verification, body["code"] = started(id)
					}
					path = strings.Replace(path, "{verification}", verification, 1)
				}
				var options []option
				switch a.guid {
				case "right":
					if guid != "" {
						options = append(options, withGuid(guid))
					}
				case "wrong":
					options = append(options, withGuid("device-of-berta-0123456789"))
				}
				var sent any
				if body != nil {
					sent = body
				}
				got := h.call(p.method, path, a.token, sent, options...)
				if in := got.status < 300 || p.who == "open" && got.status == http.StatusUnauthorized; want == 0 &&
					!in || want != 0 && got.status != want {
					t.Errorf("%s, by %s: %d, want %d: %s", what, a.name, got.status, want, got.raw)
				}
				shown[what] = append(shown[what], fmt.Sprint(got.status))
			}
		}
	}
	var table strings.Builder
	for i, a := range all {
		fmt.Fprintf(&table, "\n%2d %s", i+1, a.name)
	}
	for _, p := range permissions {
		for _, target := range []string{"own", "annex", "abroad", "unknown"} {
			what := fmt.Sprintf("%-6s %s of %s", p.method, p.path, target)
			if got := shown[what]; got != nil {
				fmt.Fprintf(&table, "\n%-82s %s", what, strings.Join(got, " "))
			}
		}
	}
	t.Logf("who gets what:%s", table.String())
}

// TestRevocationElsewhere: a token that one replica revokes is refused by another at its next
// request.
func TestRevocationElsewhere(t *testing.T) {
	h := newHouse(t)
	sealer, err := onboarding.NewSealer(houseKey)
	if err != nil {
		t.Fatal(err)
	}
	replica, err := deployment.Open(t.Context(), deployment.Config{Store: h.db, Sealer: sealer, Now: h.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	key, secret, err := h.service.Access.CreateKey(t.Context(), demoID, auth.OrganizationManager, auth.Scopes{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := h.service.Access.Login(t.Context(), &onboarding.Caller{}, key, secret)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.advance(time.Second)
	second, err := h.service.Access.Login(t.Context(), &onboarding.Caller{}, key, secret)
	if err != nil {
		t.Fatal(err)
	}
	accepted := func(token string) bool {
		_, err := replica.Access.Authenticate(t.Context(), token)
		return err == nil
	}
	if !accepted(first) || !accepted(second) {
		t.Fatal("the replica does not know the tokens")
	}
	h.post("/v1/sts/logout", first, nil).want(http.StatusOK)
	if accepted(first) || !accepted(second) {
		t.Error("a token that was logged out here is good there, or took another with it")
	}
	if err := h.service.Access.RevokeKey(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if accepted(second) {
		t.Error("a revoked key's token is good there")
	}
	if _, err := replica.Access.Login(t.Context(), &onboarding.Caller{}, key,
		secret); onboarding.KindOf(err) != onboarding.Unauthenticated {
		t.Errorf("a revoked key logs in there: %v", err)
	}
}
