package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/auth"
)

// TestLookupLimit: 600 a minute and client address, over both routes, for an app.
func TestLookupLimit(t *testing.T) {
	h := newHouse(t, func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
	path := "/v2/customers/organizations/" + demoID + "/exist?username=nobody"
	from := func(address string) option { return header("X-Forwarded-For", address) }
	for range 599 {
		h.get(path, h.app, from("192.0.2.1")).want(http.StatusNotFound)
	}
	check := map[string]any{"username": "nobody", "password": "x", "organizationId": demoID}
	h.post("/v3/customers/credential/check", h.app, check, from("192.0.2.1")).want(http.StatusNotFound)
	a := h.get(path, h.app, from("192.0.2.1")).blames(http.StatusTooManyRequests, "")
	a.golden("too-many.json")
	if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 60 {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	h.post("/v3/customers/credential/check", h.app, check, from("192.0.2.1")).blames(http.StatusTooManyRequests, "")
	h.get(path, h.app, from("192.0.2.2")).want(http.StatusNotFound)
	h.get(path, h.manager, from("192.0.2.1")).want(http.StatusNotFound)
	h.get("/v1/organizations/"+demoID+"/policies", h.app, from("192.0.2.1")).want(http.StatusOK)
	h.clock.advance(time.Minute)
	h.get(path, h.app, from("192.0.2.1")).want(http.StatusNotFound)
}

// TestWrongGuesses: ten a minute and user name, however many at once; then even the right password
// waits.
func TestWrongGuesses(t *testing.T) {
	h := newHouse(t)
	made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
	right := map[string]any{
		"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
	}
	for range 20 {
		h.post("/v3/customers/credential/check", h.app, right).want(http.StatusOK)
	}
	var looked atomic.Int64
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() {
			a := h.post("/v3/customers/credential/check", h.app,
				with(right, map[string]any{"password": fmt.Sprint("wrong", i)}))
			if a.status == http.StatusNotFound {
				looked.Add(1)
			} else if a.status != http.StatusTooManyRequests {
				t.Errorf("%d: %s", a.status, a.raw)
			}
		})
	}
	wait.Wait()
	if looked.Load() != 10 {
		t.Errorf("%d guesses were looked at, not 10", looked.Load())
	}
	h.post("/v3/customers/credential/check", h.app, right).blames(http.StatusTooManyRequests, "")
	h.post("/v3/customers/credential/check", h.manager, right).want(http.StatusOK)
	h.clock.advance(time.Minute)
	h.post("/v3/customers/credential/check", h.app, right).want(http.StatusOK)

	// An unknown name is limited alike.
	for range 10 {
		h.post("/v3/customers/credential/check", h.app,
			with(right, map[string]any{"username": "nobody"})).want(http.StatusNotFound)
	}
	h.post("/v3/customers/credential/check", h.app,
		with(right, map[string]any{"username": "nobody"})).want(http.StatusTooManyRequests)
}

// TestRefusedRegistrationsAreLookups: a registration that is refused because somebody is known
// reveals as much as exist, and counts as such a call. One that succeeds does not, however many
// there are behind one address.
func TestRefusedRegistrationsAreLookups(t *testing.T) {
	h := newHouse(t)
	h.post("/v3/customers", h.token(demoID, auth.PublicApp),
		with(person("anna"), map[string]any{"username": "anna"})).want(http.StatusCreated)
	guess := func(email string, status int) {
		h.Helper()
		h.post("/v3/customers?deduplicate=email", h.app,
			with(person("thief"), map[string]any{"username": "anna", "email": email})).want(status)
	}
	for range 300 {
		guess("anna@example.com", http.StatusConflict)
		guess("nobody@example.com", http.StatusConflict) // the user name is taken
	}
	guess("anna@example.com", http.StatusTooManyRequests)
	guess("nobody@example.com", http.StatusTooManyRequests)
	h.get("/v2/customers/organizations/"+demoID+"/exist?email=anna@example.com", h.app).want(http.StatusTooManyRequests)
	h.register("berta")
	// before it is looked up
	h.post("/v3/customers?deduplicate=guid", h.app, person("anna")).want(http.StatusTooManyRequests)
	h.post("/v3/customers?deduplicate=email", h.manager,
		with(person("anna"), map[string]any{"guid": nil})).want(http.StatusOK)
	h.post("/v3/customers", h.manager, with(person("carla"),
		map[string]any{"username": "anna"})).blames(http.StatusConflict, "username")
	h.clock.advance(time.Minute)
	h.post("/v3/customers?deduplicate=guid", h.app, person("anna")).want(http.StatusOK)
	guess("anna@example.com", http.StatusConflict)
}
