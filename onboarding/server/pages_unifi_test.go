package server

import (
	"bytes"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding"
)

// unifiController is a scripted controller: it notes the actions, and fails on demand.
type unifiController struct {
	*httptest.Server
	mu      sync.Mutex
	actions []string
	status  int
}

const unifiKey = "unifi-admin-key"

func newUniFi(t *testing.T) *unifiController {
	u := &unifiController{status: http.StatusOK}
	u.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		defer u.mu.Unlock()
		const api = "/proxy/network/integration/v1/sites"
		switch {
		case r.Header.Get("X-API-KEY") != unifiKey:
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == api:
			_, _ = io.WriteString(w, `{"data":[{"id":"site-1","internalReference":"default"}]}`)
		case r.URL.Path == api+"/site-1/clients":
			mac := strings.Trim(strings.TrimPrefix(r.URL.Query().Get("filter"), "macAddress.eq"), "()'")
			_, _ = io.WriteString(w, `{"data":[{"id":"client-1","macAddress":"`+mac+`"}]}`)
		case r.URL.Path == api+"/site-1/clients/client-1/actions" && u.status == http.StatusOK:
			body, _ := io.ReadAll(r.Body)
			u.actions = append(u.actions, string(body))
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(u.Close)
	return u
}

// grant returns the grant of the controller, and seals its key.
func (u *unifiController) grant(v *venue) *onboarding.Grant {
	v.Helper()
	key, err := v.service.Tenant.SealGrantKey([]byte(unifiKey))
	if err != nil {
		v.Fatal(err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: u.Certificate().Raw})
	return &onboarding.Grant{Kind: "unifi", URL: u.URL, Site: "default", Minutes: 45, CA: string(ca), Key: &key}
}

func (u *unifiController) opened() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.actions)
}

// TestGrantUniFi goes from the controller's redirect to the call that opens the access, and on when
// the call fails.
func TestGrantUniFi(t *testing.T) {
	v, u := newVenue(t), newUniFi(t)
	v.setGrant(u.grant(v))
	const redirect = "/guest/s/default/?ap=94:2a:6f:d0:30:57&id=1C:71:25:63:e4:24&t=1742398732&" +
		"url=http://x.example/&ssid=Guests"
	to := v.browse(http.MethodGet, "/portal/"+demoID+redirect, nil).want(http.StatusFound).header.Get("Location")
	if !strings.HasPrefix(to, "/portal/"+demoID) || !strings.Contains(to, "ssid=Guests") {
		t.Fatalf("the redirect leads to %s", to)
	}
	v.browse(http.MethodGet, redirect, nil).want(http.StatusNotFound) // one of several venues without a slug
	only := alone(t)
	only.setGrant(u.grant(only))
	if other := only.browse(http.MethodGet, redirect, nil).want(http.StatusFound); other.header.Get("Location") != to {
		t.Errorf("of the only venue: %s", other.header.Get("Location"))
	}
	only.browse(http.MethodGet, "/guest/s/other/?id=1C:71:25:63:e4:24", nil).want(http.StatusNotFound)

	action, form := v.form(to, agent(sheetAgent))
	signed := v.browse(http.MethodPost, action, form, agent(sheetAgent)).want(http.StatusSeeOther)
	answer := signed.header.Get("Location")
	way := v.browse(http.MethodGet, answer, nil, agent(sheetAgent)).want(http.StatusOK).says("Open the internet access")
	access := ""
	for _, n := range way.all("form") {
		if a := attribute(n, "action"); strings.Contains(a, "/access?") {
			access = a
		}
	}
	if access == "" || strings.Contains(way.raw, unifiKey) || strings.Contains(way.raw, u.URL) {
		t.Fatalf("the page of the way: %s", way.raw)
	}
	v.browse(http.MethodGet, strings.Replace(answer, "grant=", "x=", 1), nil, agent(sheetAgent)).
		saysNot("Open the internet access")
	v.browse(http.MethodPost, access, url.Values{}, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, strings.Replace(access, "grant=", "grant=x", 1), url.Values{}).want(http.StatusNotFound)
	if u.opened() != 0 {
		t.Fatal("a call without a tap")
	}
	opened := v.browse(http.MethodPost, access, url.Values{}, agent(sheetAgent)).want(http.StatusSeeOther)
	v.browse(http.MethodGet, opened.header.Get("Location"), nil, agent(sheetAgent)).says("Tap Done")
	if u.opened() != 1 || !strings.Contains(u.actions[0], `"timeLimitMinutes":45`) {
		t.Fatalf("the calls: %q", u.actions)
	}

	u.mu.Lock()
	u.status = http.StatusUnprocessableEntity
	u.mu.Unlock()
	failed := v.browse(http.MethodPost, access, url.Values{}, agent(sheetAgent)).want(http.StatusServiceUnavailable).
		says("did not open the internet", "Back to the installation")
	back := failed.link("/activate/")
	v.browse(http.MethodGet, back, nil, agent(sheetAgent)).want(http.StatusOK).says("Open the internet access")
	u.Close()
	v.browse(http.MethodPost, access, url.Values{}, agent(sheetAgent)).want(http.StatusServiceUnavailable)
	v.signUp(v.form("/portal/" + demoID)) // does not depend on the controller
	log := v.log.String()
	for _, secret := range []string{unifiKey, "1c:71:25", "1C-71-25", tokenIn(access)} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(log, "status 502") {
		t.Error("the log has no reason")
	}

	limited := false
	for range 200 {
		if limited = v.browse(http.MethodPost, access, url.Values{}).status == http.StatusTooManyRequests; limited {
			break
		}
	}
	if !limited {
		t.Error("a visitor may call the controller without end")
	}
	v.setGrant(&merakiGrant)
	v.browse(http.MethodPost, access, url.Values{}).want(http.StatusNotFound)
}

// TestUniFiKey checks that a key is stored sealed, kept by the word kept and by an equal one,
// replaced by another one, and deleted with the grant.
func TestUniFiKey(t *testing.T) {
	v, u := newVenue(t), newUniFi(t)
	names := func() (all []string) {
		t.Helper()
		stored, err := v.store.Secrets(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stored {
			if bytes.Contains(s.Value.Box, []byte(unifiKey)) {
				t.Error("the key is stored in clear")
			}
			if strings.HasPrefix(s.Name, "controller-key-") {
				all = append(all, s.Name)
			}
		}
		return all
	}
	v.setGrant(u.grant(v))
	first := names()
	if len(first) != 1 {
		t.Fatalf("%q", first)
	}
	v.setGrant(u.grant(v)) // the same key, sealed anew
	kept := u.grant(v)
	kept.Key = &onboarding.Sealed{KeyID: "kept"}
	kept.Minutes = 60
	v.setGrant(kept)
	if again := names(); len(again) != 1 || again[0] != first[0] {
		t.Errorf("%q, first %q", again, first)
	}
	other := u.grant(v)
	sealed, err := v.service.Tenant.SealGrantKey([]byte("another"))
	if err != nil {
		t.Fatal(err)
	}
	other.Key = &sealed
	v.setGrant(other)
	if again := names(); len(again) != 1 || again[0] == first[0] {
		t.Errorf("%q, first %q", again, first)
	}
	v.setGrant(nil)
	if left := names(); len(left) != 0 {
		t.Errorf("%q are left", left)
	}
	for _, bad := range []string{"", "a b", "a\nb", strings.Repeat("x", 513)} {
		if _, err := v.service.Tenant.SealGrantKey([]byte(bad)); onboarding.KindOf(err) != onboarding.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
