package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit/axe"
)

// consoleLooks are the ways in which every page of the console must be whole and readable.
var consoleLooks = []look{
	{name: "console-light", width: 1280, scheme: "light", language: "en", accessibility: true},
	{name: "console-dark", width: 1280, scheme: "dark", language: "it", accessibility: true},
	{name: "console-phone", width: 390, scheme: "light", language: "it", accessibility: true},
	{name: "console-narrow", width: 320, scheme: "dark", language: "en"},
	{name: "console-forced", width: 390, scheme: "dark", forced: true, language: "en"},
	{name: "console-large", width: 390, scheme: "light", large: true, language: "en"},
	{name: "console-wide-large", width: 1280, scheme: "light", large: true, language: "it"},
}

// TestBrowserConsole opens every page of the console in every look, signed in by a link.
func TestBrowserConsole(t *testing.T) {
	script := axe.Script(t)
	v := newVenue(t, withBrand, withAccessPoint, func(o *onboarding.Organization) {
		o.Languages = []string{"en", "it"}
	})
	v.withHealth(checkedLines...)
	pages := v.consolePages()
	for _, l := range consoleLooks {
		t.Run(l.name, func(t *testing.T) {
			w := open(t, startBrowser(t), narrowScreen)
			w.put(l, macAgent)
			look := func(name string) {
				t.Helper()
				if l.large {
					w.do("double the size of texts",
						chromedp.Evaluate(`document.documentElement.style.fontSize = "200%"`, nil))
					w.fits()
				}
				if !l.large { // long words of a table may break
					w.whole()
				}
				if !l.forced { // the colours are the system's
					w.readable()
				}
				if l.accessibility {
					w.accessible(script)
				}
				w.shoot(name)
			}
			w.goTo(v.api.URL + "/console")
			look("signed-out")
			w.goTo(v.api.URL + v.signInLink(""))
			look("sign-in")
			w.tap(".button")
			look("organizations")
			// At most five secrets sign, and each look makes one.
			v.post("/v2/organizations/"+demoID+"/webhooks/"+demoWebhook+"/rotate", v.manager,
				map[string]any{"overlap": 0}).want(http.StatusOK)
			for _, p := range pages {
				w.goTo(v.api.URL + p.path + "?lang=" + l.language)
				if p.script != "" {
					w.do("fill in", chromedp.Evaluate(p.script, nil))
				}
				for _, selector := range p.tap {
					w.tap(selector)
				}
				if heading := w.text("h1"); l.language == "en" && !strings.Contains(heading, p.heading) {
					t.Errorf("%s: the heading is %q, not %q", p.name, heading, p.heading)
				}
				look(p.name)
			}
			w.tap(`form[action="/console/sign-out"] button`)
			look("after-sign-out")
		})
	}
}

// consolePages returns every page of the console, of a venue with people in different states.
func (v *venue) consolePages() []shown {
	v.Helper()
	for _, name := range []string{"Ada", "Bertram-Alexander", "Chioma", "<b>Dan</b>"} {
		action, form := v.form("/portal/" + demoID)
		form.Set("firstName", name)
		form.Set("lastName", "Lovelace")
		form.Set("email", url.PathEscape(strings.Trim(name, "<>/b"))+"@hotel-bellavista.example")
		v.signUp(action, form)
	}
	token, customer := v.link(10)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.post("/v3/customers/"+customer+"/installations", v.manager, map[string]any{
		"platform": "ios", "type": "passpoint", "installedBy": "com.example.app", "installed": "2022-07-08T08:08:44Z",
	}).want(http.StatusCreated)
	contact := v.get("/v2/customers/"+customer, v.manager).want(http.StatusOK).json["customer"]
	username := contact.(map[string]any)["username"].(string)
	for i, r := range []radius.LoginOutcome{
		{Username: username}, {Username: username}, {Username: "nobody"},
		{
			Failure: radius.FailureHandshake, OuterMethod: "TTLS",
			Cause: "eap_ttls: ERROR: (TLS) Alert read:fatal:unknown CA",
		},
	} {
		name := []string{"front-door", "lobby-2"}[i/3]
		r.AccessPoint = radius.AccessPointIdentity{NASIdentifier: name, Address: "192.0.2.7"}
		r.CallingStation = "02-00-00-00-AA-01"
		v.clock.advance(time.Minute)
		if err := v.service.RADIUS.RecordLogin(v.Context(), r); err != nil {
			v.Fatal(err)
		}
	}
	for _, seen := range []onboarding.AccessPoint{
		{Key: "nas lobby-2", NASIdentifier: "lobby-2", Address: "192.0.2.7", MAC: "02:00:00:00:0c:01", SSID: "Guests"},
		{Key: "address 192.0.2.9", Address: "192.0.2.9"},
	} {
		seen.FirstSeen, seen.LastSeen = v.clock.now(), v.clock.now()
		if err := v.store.Write(v.Context(), func(tx onboarding.Tx) error {
			return tx.PutAccessPoint(v.Context(), &seen)
		}); err != nil {
			v.Fatal(err)
		}
	}
	if err := v.service.AuditLog.Chain(v.Context()); err != nil {
		v.Fatal(err)
	}
	v.deadEvents(12)
	former := v.version()
	v.rename("Caffè Roma & Figli")
	home := consoleOf(demoID)
	person := home + "/people/" + customer
	pages := []shown{
		{name: "overview", path: home, heading: "Today"},
		{name: "people", path: home + "/people", heading: "People"},
		{name: "person", path: person, heading: ""},
		{name: "person-lost", path: person + "/lost", heading: "Replace the password?"},
		{name: "person-delete", path: person + "/delete", heading: "Delete this person?"},
		{
			name: "person-link", path: person, heading: "Link to the profile",
			tap: []string{`form[action$="/link"] button`},
		},
		{name: "refusals", path: home + "/refusals", heading: "Cannot connect"},
		{name: "access-points", path: home + "/access-points", heading: "Access points"},
		{
			name: "network", path: home + "/network", heading: "Set up the network",
			script: `for (const guide of document.querySelectorAll("details")) guide.open = true`,
		},
		{name: "look", path: home + "/look", heading: "Look and texts"},
		{
			name: "look-preview", path: home + "/look", heading: "Look and texts",
			tap: []string{`.send button[name="preview"]`},
		},
		{
			name: "look-fields", path: home + "/look", heading: "Look and texts",
			script: `document.getElementById("add.field").value = "own"`,
			tap:    []string{`button[value="down firstName"]`},
		},
		{name: "look-restore", path: home + "/look/" + former, heading: "Restore this version?"},
		{name: "poster", path: home + "/poster", heading: "Link and poster"},
		{name: "keys", path: home + "/keys", heading: "Keys"},
		{
			name: "keys-wrong", path: home + "/keys", heading: "Keys",
			script: `for (const box of document.querySelectorAll("[type=checkbox]")) box.checked = false`,
			tap:    []string{`form[action$="/keys"] button`},
		},
		{
			name: "keys-secret", path: home + "/keys", heading: "The secret of the key",
			tap: []string{`form[action$="/keys"] button`},
		},
		{name: "webhooks", path: home + "/webhooks", heading: "Webhooks"},
		{
			name: "webhooks-test", path: home + "/webhooks", heading: "Webhooks",
			tap: []string{`form[action$="/test"] button`},
		},
		{
			name: "webhooks-rotate", path: home + "/webhooks/" + demoWebhook + "/rotate", heading: "Make a new secret?",
		},
		{
			name: "webhooks-secret", path: home + "/webhooks/" + demoWebhook + "/rotate",
			heading: "The secret of the webhook", tap: []string{`form[action$="/rotate"] button`},
		},
		{name: "certificates", path: home + "/certificates", heading: "Certificates"},
		{name: "audit", path: home + "/audit", heading: "Audit"},
		{name: "unknown", path: home + "/people/" + nobodyID, heading: "Not found"},
	}
	return pages
}
