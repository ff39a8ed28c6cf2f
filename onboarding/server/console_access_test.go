package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
)

// consolePermissions are the pages and forms of the console with the roles that they permit: m is a
// manager, l a locationManager, s support. They are written down from the guide and not from the
// route table, with which they are compared.
var consolePermissions = []struct{ method, path, roles string }{
	{"GET", "/console", "mls"},
	{"POST", "/console/sign-out", "mls"},
	{"GET", "/console/{org}", "m"},
	{"GET", "/console/{org}/people", "mls"},
	{"GET", "/console/{org}/people.csv", "ml"},
	{"GET", "/console/{org}/people/{id}", "mls"},
	{"POST", "/console/{org}/people/{id}/link", "mls"},
	{"GET", "/console/{org}/people/{id}/lost", "ml"},
	{"POST", "/console/{org}/people/{id}/lost", "ml"},
	{"POST", "/console/{org}/people/{id}/lock", "ml"},
	{"POST", "/console/{org}/people/{id}/unlock", "mls"},
	{"POST", "/console/{org}/people/{id}/data", "ml"},
	{"GET", "/console/{org}/people/{id}/delete", "ml"},
	{"POST", "/console/{org}/people/{id}/delete", "ml"},
	{"GET", "/console/{org}/refusals", "mls"},
	{"GET", "/console/{org}/access-points", "m"},
	{"POST", "/console/{org}/access-points", "m"},
	{"GET", "/console/{org}/network", "m"},
	{"GET", "/console/{org}/look", "m"},
	{"POST", "/console/{org}/look", "m"},
	{"GET", "/console/{org}/look/{version}", "m"},
	{"POST", "/console/{org}/look/{version}", "m"},
	{"GET", "/console/{org}/poster", "ml"},
	{"GET", "/console/{org}/poster.html", "ml"},
	{"GET", "/console/{org}/poster.svg", "ml"},
	{"GET", "/console/{org}/keys", "m"},
	{"POST", "/console/{org}/keys", "m"},
	{"GET", "/console/{org}/keys/{key}/rotate", "m"},
	{"POST", "/console/{org}/keys/{key}/rotate", "m"},
	{"GET", "/console/{org}/keys/{key}/revoke", "m"},
	{"POST", "/console/{org}/keys/{key}/revoke", "m"},
	{"GET", "/console/{org}/webhooks", "m"},
	{"POST", "/console/{org}/webhooks/{webhook}/test", "m"},
	{"POST", "/console/{org}/webhooks/{webhook}/replay", "m"},
	{"POST", "/console/{org}/webhooks/{webhook}/enable", "m"},
	{"GET", "/console/{org}/webhooks/{webhook}/rotate", "m"},
	{"POST", "/console/{org}/webhooks/{webhook}/rotate", "m"},
	{"GET", "/console/{org}/certificates", "m"},
	{"GET", "/console/{org}/audit", "m"},
}

// publicConsole are the routes without a session.
var publicConsole = []string{
	"GET /console/assets/:name", "GET /console/sign-in/:token", "POST /console/sign-in/:token",
	"GET /console/oidc", "GET /console/oidc/callback",
}

// TestConsoleAccess calls every route of the console in every role, of the own organization and of
// another, for a person of the own location and of another, and without a live session.
func TestConsoleAccess(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) {
		o.Locations = append(o.Locations, onboarding.Location{
			ID: otherLocation, Name: "Lungarno", Timezone: "Europe/Rome",
		})
	})
	described := map[string]bool{}
	for _, p := range consolePermissions {
		pattern := strings.NewReplacer(
			"{org}", ":org", "{id}", ":id", "{key}", ":key", "{version}", ":version",
			"{webhook}", ":webhook").Replace(p.path)
		described[p.method+" "+pattern] = true
	}
	for _, name := range publicConsole {
		described[name] = true
	}
	for _, r := range v.server.consoleRoutes(&Config{Console: true}) {
		if name := r.Method + " " + r.Pattern; !described[name] {
			t.Errorf("%s is not among the permissions", name)
		} else {
			delete(described, name)
		}
	}
	for name := range described {
		t.Errorf("%s is no route", name)
	}

	rival := v.token(rivalID, auth.OrganizationManager)
	abroad := v.post("/v3/customers", rival, person("abroad")).want(http.StatusCreated).text("id")
	of := func(organization string, role auth.Role, location string) *operator {
		return signedInBy(v, v.signInLinkFor(access.NewSignIn{
			OrganizationID: organization, Role: role, LocationID: location,
		}))
	}
	ended := signedIn(v, demoID)
	ended.send("/console/sign-out", ended.formOf(consoleOf(demoID), "/console/sign-out")).want(http.StatusOK)
	visitors := []struct {
		name, role string
		open       func() *operator
	}{
		{"nobody", "", func() *operator { return newOperator(v) }},
		{"signed out", "", func() *operator { return ended }},
		{"manager of all", "m", func() *operator { return of("", auth.OrganizationManager, "") }},
		{"manager", "m", func() *operator { return of(demoID, auth.OrganizationManager, "") }},
		{"manager of another", "x", func() *operator { return of(rivalID, auth.OrganizationManager, "") }},
		{"location manager", "l", func() *operator { return of(demoID, auth.LocationManager, demoLocation) }},
		{
			"manager of another location", "o",
			func() *operator { return of(demoID, auth.LocationManager, otherLocation) },
		},
		{"support", "s", func() *operator { return of(demoID, auth.Support, "") }},
		{"support of another", "x", func() *operator { return of(rivalID, auth.Support, "") }},
	}
	former := v.version()
	v.rename("Demo 2")
	n := 0
	for _, p := range consolePermissions {
		for _, who := range visitors {
			o := who.open()
			n++
			id := v.enrol(fmt.Sprint("guest", n))
			key, keyID := v.newKey()
			path := strings.NewReplacer(
				"{org}", demoID, "{id}", id, "{key}", keyID, "{version}", former,
				"{webhook}", demoWebhook).Replace(p.path)
			form := url.Values{
				"form": {o.anyForm()}, "label": {"x"}, "role": {"publicApp"}, "scope.publicApp.customer_read": {"true"},
				"version": {v.version()},
			}
			var got *webpage
			if p.method == http.MethodGet {
				got = o.open(path)
			} else {
				got = o.send(path, form)
			}
			role, ofPerson := who.role, strings.Contains(p.path, "{id}")
			want := 0 // let in
			switch {
			case role == "":
				want = http.StatusUnauthorized
			case !strings.Contains(p.path, "{org}"):
			case role == "x":
				want = http.StatusNotFound
			case role == "o" && !strings.Contains(p.roles, "l"), role != "o" && !strings.Contains(p.roles, role):
				want = http.StatusForbidden
			case role == "o" && ofPerson && p.method+p.path != "POST/console/{org}/people/{id}/delete":
				want = http.StatusNotFound
			}
			in := got.status < 400 || strings.HasSuffix(p.path, "/access-points") && got.status == http.StatusNotFound
			if want == 0 && !in || want != 0 && got.status != want {
				t.Errorf("%s %s by %s: %d, want %d: %s", p.method, p.path, who.name, got.status, want, got.text())
			}
			if want != 0 || role == "o" { // nothing is changed
				if v.get("/v2/customers/"+id, v.manager).want(http.StatusOK); v.locked(id) {
					t.Errorf("%s %s by %s: the person is locked", p.method, p.path, who.name)
				}
				if v.revoked(key) {
					t.Errorf("%s %s by %s: the key is revoked", p.method, p.path, who.name)
				}
			}
			if role != "" && p.path != "/console/sign-out" {
				other := strings.NewReplacer(id, abroad).Replace(path)
				if ofPerson && role != "x" && p.method == http.MethodGet && o.open(other).status < 400 {
					t.Errorf("%s by %s: another organization's person is shown", p.path, who.name)
				}
			}
		}
	}
	v.get("/v2/customers/"+abroad, rival).want(http.StatusOK)
}

// TestConsoleRolePages: a page shows the links and buttons of the role only.
func TestConsoleRolePages(t *testing.T) {
	v := newVenue(t)
	id := v.enrol("anna")
	support := signedInBy(v, v.signInLinkFor(access.NewSignIn{OrganizationID: demoID, Role: auth.Support}))
	for _, path := range []string{"/people", "/people/" + id, "/refusals"} {
		p := support.open(consoleOf(demoID) + path).want(http.StatusOK)
		for _, n := range p.all("a", "form") {
			address := attribute(n, "href") + attribute(n, "action")
			if n.Data == "a" && strings.HasPrefix(address, "/console") && support.open(address).status >= 400 {
				t.Errorf("%s leads to %s, which the role may not open", path, address)
			}
			for _, act := range []string{"/lost", "/lock", "/data", "/delete", ".csv"} {
				if strings.HasSuffix(address, act) {
					t.Errorf("%s has %s", path, address)
				}
			}
		}
	}
}

// TestConsoleSignInRoles: links that cannot be.
func TestConsoleSignInRoles(t *testing.T) {
	v := newVenue(t)
	for _, c := range []struct {
		n     access.NewSignIn
		field string
	}{
		{access.NewSignIn{OrganizationID: demoID, Role: auth.PublicApp}, "role"},
		{access.NewSignIn{OrganizationID: demoID, Role: "root"}, "role"},
		{access.NewSignIn{OrganizationID: nobodyID, Role: auth.Support}, "organization"},
		{access.NewSignIn{Role: auth.Support}, "organization"},
		{access.NewSignIn{OrganizationID: demoID, Role: auth.LocationManager}, "location"},
		{access.NewSignIn{OrganizationID: demoID, Role: auth.LocationManager, LocationID: nobodyID}, "location"},
		{access.NewSignIn{OrganizationID: demoID, Role: auth.Support, LocationID: demoLocation}, "location"},
	} {
		_, _, err := v.service.Access.NewSignInLink(t.Context(), c.n)
		if e, ok := errors.AsType[*onboarding.Error](err); !ok || e.Kind != onboarding.Invalid || e.Field != c.field {
			t.Errorf("%+v: %v, want a fault of %s", c.n, err, c.field)
		}
	}
}
