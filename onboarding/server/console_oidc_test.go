package server

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// withSecondLocation adds otherLocation.
func withSecondLocation(o *onboarding.Organization) {
	o.Locations = append(o.Locations, onboarding.Location{
		ID: otherLocation, Name: "Lungarno", Timezone: "Europe/Rome",
	})
}

// TestConsoleSignOn: an operator signs in by the provider, with a session like that of a link.
func TestConsoleSignOn(t *testing.T) {
	v, p := newSignOnVenue(t)
	p.give("organizationManager:" + demoID)
	o := newOperator(v)
	link := v.signInLink("")
	for path, status := range map[string]int{
		"/console": http.StatusUnauthorized, link: http.StatusOK, "/console/sign-in/unknown": http.StatusGone,
	} {
		if !offersSignOn(o.open(path).want(status)) {
			t.Errorf("%s has no button", path)
		}
	}
	address, err := url.Parse(o.begun())
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": oidcClient, "redirect_uri": v.api.URL + "/console/oidc/callback",
		"scope": "openid", "code_challenge_method": "S256",
	} {
		if query.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, query.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(query.Get(name)) < 43 {
			t.Errorf("%s is %q", name, query.Get(name))
		}
	}
	back := p.login(t, address.String())
	var in *webpage
	rows := v.since(func() { in = o.open(back.RequestURI()).want(http.StatusSeeOther) })
	if got := in.header.Get("Location"); got != consoleOf(demoID) {
		t.Errorf("the sign-on leads to %s", got)
	}
	if len(rows) != 1 || rows[0].Action != onboarding.AuditSignedIn ||
		!slices.Equal(rows[0].Fields, []string{"oidc"}) ||
		rows[0].Actor.Kind != onboarding.ActorConsole || rows[0].OrganizationID != demoID {
		t.Errorf("recorded: %+v", rows)
	}
	page := consoleOf(demoID) + "/people"
	o.open(page).want(http.StatusOK)
	o.open(page, byAgent(linuxAgent)).want(http.StatusUnauthorized)
	o.open(consoleOf(rivalID)).want(http.StatusNotFound)
	v.withoutSecrets(back.Query().Get("code"), query.Get("state"), query.Get("nonce"), o.session(t), oidcSecret,
		"anna@example.com", "eyJ")

	v.clock.advance(access.SessionIdle)
	o.open(page).want(http.StatusUnauthorized)

	o.open(o.signOn(p)).want(http.StatusSeeOther)
	out := o.send("/console/sign-out", o.formOf(page, "/console/sign-out")).want(http.StatusOK)
	if !offersSignOn(out) {
		t.Error("the page after the sign-out has no button")
	}
	o.open(page).want(http.StatusUnauthorized)
	if n := p.called("/.well-known/openid-configuration"); n > 2 { // an hour has passed
		t.Errorf("the description was read %d times", n)
	}
}

// TestConsoleSignOnRoles: the claim decides the role.
func TestConsoleSignOnRoles(t *testing.T) {
	v, p := newSignOnVenue(t, withSecondLocation)
	own := v.enrol("anna")
	manager, support := "organizationManager:"+demoID, "support:"+demoID
	locations := "locationManager:" + demoID + ":" + demoLocation
	for _, c := range []struct {
		name  string
		claim any
		start string // empty: refused
		pages map[string]int
	}{
		{"manager of all", "organizationManager", "/console", map[string]int{
			consoleOf(demoID): 200, consoleOf(rivalID): 200, consoleOf(demoID) + "/keys": 200,
		}},
		{"manager", []string{manager}, consoleOf(demoID), map[string]int{
			consoleOf(demoID) + "/keys": 200, consoleOf(rivalID): 404,
		}},
		{"location manager", locations, consoleOf(demoID) + "/people", map[string]int{
			consoleOf(demoID) + "/people/" + own: 200, consoleOf(demoID) + "/keys": 403,
		}},
		{
			"another location's", "locationManager:" + demoID + ":" + otherLocation, consoleOf(demoID) + "/people",
			map[string]int{consoleOf(demoID) + "/people/" + own: 404},
		},
		{"support", []string{support}, consoleOf(demoID) + "/people", map[string]int{
			consoleOf(demoID) + "/people/" + own: 200, consoleOf(demoID) + "/people.csv": 403,
		}},
		{"several", []any{support, "guest", 7, locations, manager}, consoleOf(demoID), nil},
		{
			"the first can be", []string{"organizationManager:" + nobodyID, locations, support},
			consoleOf(demoID) + "/people", map[string]int{consoleOf(demoID) + "/people.csv": 200},
		},
		{"no claim", nil, "", nil},
		{"unknown values", []string{"admin", "organizationManager:" + strings.ToUpper(demoID) + "x"}, "", nil},
		{"unknown organization", "support:" + nobodyID, "", nil},
		{"unknown location", "locationManager:" + demoID + ":" + nobodyID, "", nil},
		{"an object", map[string]bool{"organizationManager": true}, "", nil},
	} {
		p.give(c.claim)
		o := newOperator(v)
		got := o.open(o.signOn(p))
		if c.start == "" {
			if got.status != http.StatusForbidden || !strings.Contains(got.text(), "no role here") {
				t.Errorf("%s: %d %s", c.name, got.status, got.text())
			}
			o.open("/console").want(http.StatusUnauthorized)
			continue
		}
		if at := got.header.Get("Location"); got.status != http.StatusSeeOther || at != c.start {
			t.Errorf("%s: %d, leads to %q, want %s: %s", c.name, got.status, at, c.start, got.text())
			continue
		}
		for path, want := range c.pages {
			if status := o.open(path).status; status != want {
				t.Errorf("%s: %s is %d, want %d", c.name, path, status, want)
			}
		}
	}
}

// TestConsoleSignOnAttacks: answers that begin no session.
func TestConsoleSignOnAttacks(t *testing.T) {
	v, p := newSignOnVenue(t)
	p.give("organizationManager")
	n := 0
	// refused opens a callback in a browser at an address of its own, and checks that it begins no
	// session.
	refused := func(name string, o *operator, path string, status int, text string, options ...option) {
		t.Helper()
		n++
		got := o.open(path, append(options, from(fmt.Sprintf("192.0.2.%d", n)))...)
		if got.status != status || !strings.Contains(got.raw, text) {
			t.Errorf("%s: %d %s, want %d %q", name, got.status, got.raw, status, text)
		}
		if o.open("/console", from(fmt.Sprintf("192.0.2.%d", n))).status != http.StatusUnauthorized {
			t.Errorf("%s begins a session", name)
		}
	}
	const again, failed = "Begin the sign-in again", "The sign-in failed"

	o := newOperator(v)
	path := o.signOn(p)
	refused("another browser", newOperator(v), path, http.StatusGone, again)
	refused("another User-Agent", o, path, http.StatusGone, again, byAgent(linuxAgent))
	refused("no state", o, "/console/oidc/callback?code=x", http.StatusGone, again)
	refused("another state", o, path+"x", http.StatusGone, again)
	held := o.cookieOf(t, "onramp-console-sign-on")
	o.open(path).want(http.StatusSeeOther)
	twice := newOperator(v)
	refused("the answer twice", twice, path, http.StatusForbidden, failed, withCookie("onramp-console-sign-on", held))
	refused("a cookie that is not ours", newOperator(v), path, http.StatusGone, again,
		withCookie("onramp-console-sign-on", "AAAA"))

	o = newOperator(v)
	path = o.signOn(p)
	v.clock.advance(access.SignOnLifetime + time.Second)
	refused("after ten minutes", o, path, http.StatusGone, again)

	o = newOperator(v)
	path = o.signOn(p)
	o.begun() // in another window
	refused("a sign-on that was replaced", o, path, http.StatusGone, again)

	// An attacker's code in the victim's sign-on: PKCE binds it to the attacker's browser.
	o = newOperator(v)
	state := queryOf(t, o.begun()).Get("state")
	theirs := queryOf(t, newOperator(v).signOn(p)).Get("code")
	callback := func(pairs ...string) string {
		query := url.Values{"state": {state}}
		for i := 0; i < len(pairs); i += 2 {
			query.Set(pairs[i], pairs[i+1])
		}
		return "/console/oidc/callback?" + query.Encode()
	}
	refused("another browser's code", o, callback("code", theirs), http.StatusForbidden, failed)
	for _, c := range []struct {
		name, text string
		pairs      []string
	}{
		{"access_denied", "was cancelled", []string{"error", "access_denied"}},
		{"another error", failed, []string{"error", "server_error", "error_description", "<b>x</b>"}},
		{"no code", failed, nil},
		{"an unknown code", failed, []string{"code", "nonsense"}},
		{"another issuer", failed, []string{"code", "x", "iss", "https://evil.example"}},
	} {
		o = newOperator(v)
		state = queryOf(t, o.begun()).Get("state")
		refused(c.name, o, callback(c.pairs...), http.StatusForbidden, c.text)
	}

	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	own, err := p.SigningKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(own.Key().(*rsa.PrivateKey).Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	set := func(name string, value any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[name] = value } }
	same := func(jwt.MapClaims) {}
	for _, c := range []struct {
		name   string
		answer func(map[string]any)
	}{
		{"of another issuer", p.forged(t, jwt.SigningMethodRS256, nil, set("iss", "https://evil.example"))},
		{"for another audience", p.forged(t, jwt.SigningMethodRS256, nil, set("aud", "another"))},
		{"for another party", p.forged(t, jwt.SigningMethodRS256, nil, set("azp", "another"))},
		{"expired", p.forged(t, jwt.SigningMethodRS256, nil, set("exp", v.clock.now().Add(-time.Second).Unix()))},
		{"without an end", p.forged(t, jwt.SigningMethodRS256, nil, func(c jwt.MapClaims) { delete(c, "exp") })},
		{"of the future", p.forged(t, jwt.SigningMethodRS256, nil, set("nbf", v.clock.now().Add(time.Hour).Unix()))},
		{"with another nonce", p.forged(t, jwt.SigningMethodRS256, nil, set("nonce", "another"))},
		{"without a nonce", p.forged(t, jwt.SigningMethodRS256, nil, func(c jwt.MapClaims) { delete(c, "nonce") })},
		{"of another key", p.forged(t, jwt.SigningMethodRS256, foreign, same)},
		{"of alg none", p.forged(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same)},
		{"of HS256 by the secret", p.forged(t, jwt.SigningMethodHS256, []byte(oidcSecret), same)},
		{"of HS256 by the public key", p.forged(t, jwt.SigningMethodHS256, publicPEM, same)},
		{"that is no token", func(answer map[string]any) { answer["id_token"] = "a.b.c" }},
		{"that is missing", func(answer map[string]any) { delete(answer, "id_token") }},
	} {
		p.answer(c.answer)
		o := newOperator(v)
		refused("an ID token "+c.name, o, o.signOn(p), http.StatusForbidden, failed)
	}
	p.answer(p.forged(t, jwt.SigningMethodRS256, nil, same))
	o = newOperator(v)
	o.open(o.signOn(p)).want(http.StatusSeeOther) // the forgery itself is sound
	v.withoutSecrets("eyJ", "nonsense", "evil.example", oidcSecret, theirs, held)
}

// TestConsoleSignOnRedirect: the way back leads to the console alone, whatever the address says.
func TestConsoleSignOnRedirect(t *testing.T) {
	v, p := newSignOnVenue(t)
	p.give("organizationManager:" + demoID)
	const evil = "next=https://evil.example&redirect_uri=https://evil.example&returnTo=//evil.example"
	o := newOperator(v)
	address := o.open("/console/oidc?" + evil).want(http.StatusSeeOther).header.Get("Location")
	if strings.Contains(address, "evil") || !strings.HasPrefix(address, p.server.URL+"/") {
		t.Errorf("the sign-on leads to %s", address)
	}
	back := p.login(t, address).RequestURI() + "&" + evil
	if got := o.open(back).want(http.StatusSeeOther).header.Get("Location"); got != consoleOf(demoID) {
		t.Errorf("the way back leads to %s", got)
	}
}

// TestConsoleSignOnGuesses: wrong answers are limited; a right one passes.
func TestConsoleSignOnGuesses(t *testing.T) {
	v, p := newSignOnVenue(t)
	p.give("organizationManager:" + demoID)
	refused := 0
	for range 40 {
		if newOperator(v).open("/console/oidc/callback?code=x&state=y").status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 20 {
		t.Errorf("%d of 40 guesses are refused", refused)
	}
	o := newOperator(v)
	o.open(o.signOn(p)).want(http.StatusSeeOther)
}

// TestConsoleSignOnDown: a provider that is down has a page; links work meanwhile, and the next
// attempt after a pause succeeds.
func TestConsoleSignOnDown(t *testing.T) {
	v, p := newSignOnVenue(t)
	p.give("organizationManager:" + demoID)
	p.stop("/")
	o := newOperator(v)
	for range 3 {
		got := o.open("/console/oidc").want(http.StatusServiceUnavailable)
		if !strings.Contains(got.text(), "onramp console") || !offersSignOn(got) {
			t.Errorf("the page says %s", got.text())
		}
	}
	signedIn(v, demoID).open(consoleOf(demoID)).want(http.StatusOK)
	p.stop("")
	v.clock.advance(5 * time.Second)
	path := o.signOn(p)
	p.stop("/keys")
	o.open(path).want(http.StatusServiceUnavailable)
	if p.called("/keys") == 0 {
		t.Error("the keys were not read")
	}
	p.stop("")
	path = o.signOn(p)
	p.stop("/")
	o.open(path).want(http.StatusServiceUnavailable)
	o.open("/console/oidc").want(http.StatusSeeOther) // the description is known
	p.server.Close()
	state := queryOf(t, o.begun()).Get("state")
	o.open("/console/oidc/callback?code=x&state=" + state).want(http.StatusServiceUnavailable)
	v.clock.advance(time.Hour)
	o.open("/console/oidc").want(http.StatusSeeOther) // the old description is used further
	v.withoutSecrets(queryOf(t, path).Get("code"))
}

// TestConsoleSignOnOff: without a provider there are no pages and no buttons.
func TestConsoleSignOnOff(t *testing.T) {
	v := newVenue(t)
	o := newOperator(v)
	o.open("/console/oidc").want(http.StatusNotFound)
	o.open("/console/oidc/callback?code=x&state=y").want(http.StatusNotFound)
	if offersSignOn(o.open("/console")) {
		t.Error("there is a button")
	}
}

// TestConsoleSignOnCookie: behind an https public URL the cookie is this host's alone.
func TestConsoleSignOnCookie(t *testing.T) {
	description := `{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a","token_endpoint":"ISSUER/t",` +
		`"jwks_uri":"ISSUER/k","id_token_signing_alg_values_supported":["RS256"]}`
	var issuer string
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(strings.ReplaceAll(description, "ISSUER", issuer)))
	}))
	t.Cleanup(p.Close)
	issuer = p.URL
	h := newHouse(t, func(c *Config) { c.SignOn = newSignOn(t, p.URL, io.Discard, c.Now) })
	recorder := httptest.NewRecorder()
	h.server.API().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/console/oidc", nil))
	cookies := recorder.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d %v", recorder.Code, cookies)
	}
	c := cookies[0]
	if c.Name != "__Host-onramp-console-sign-on" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
		c.Path != "/" || c.Domain != "" || c.MaxAge != 600 {
		t.Errorf("%+v", c)
	}
	redirect := queryOf(t, recorder.Header().Get("Location")).Get("redirect_uri")
	if redirect != "https://wifi.example.com/console/oidc/callback" {
		t.Error(redirect)
	}
}
