package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"onramp/onboarding"
)

// captiveState returns the answer of the captive portal API.
func (h *house) captiveState(query string) map[string]any {
	h.Helper()
	a := h.get("/capport/"+demoID+query, "").want(http.StatusOK)
	if kind := a.header.Get("Content-Type"); kind != "application/captive+json" {
		h.Errorf("the type is %q", kind)
	}
	if cache := a.header.Get("Cache-Control"); cache != "private, no-store" {
		h.Errorf("Cache-Control: %s", cache)
	}
	var state map[string]any
	if err := json.Unmarshal(a.raw, &state); err != nil {
		h.Fatal(err)
	}
	if state["captive"] != true || state["x-android-use-custom-tabs"] != 361335020.0 {
		h.Errorf("the state is %v", state)
	}
	return state
}

// TestCaptivePortal checks the members of the answer, and that a device is never sent to a page
// without TLS, but for the loopback.
func TestCaptivePortal(t *testing.T) {
	for public, given := range map[string]bool{
		"https://wifi.example.com": true, "http://127.0.0.1:8080": true, "http://[::1]:8080": true,
		"http://localhost:8080": true, "http://192.168.1.5:8080": false, "http://wifi.example.com": false,
		"http://127.0.0.1.example.com": false,
	} {
		h := newHouse(t, func(c *Config) { c.PublicURL = public })
		got, there := h.captiveState("")["user-portal-url"]
		if there != given || given && got != public+"/portal/"+demoID {
			t.Errorf("%s: user-portal-url %v", public, got)
		}
	}
}

// TestCaptivePortalParameters checks that the sign-up page's parameters are passed on, and only
// those that the page accepts.
func TestCaptivePortalParameters(t *testing.T) {
	v := newVenue(t, slugged)
	query := url.Values{
		"location": {demoLocation}, "hotspot": {demoHotspot}, "mac": {"02-00-00-00-00-99"}, "ssid": {"Guests & more"},
		"redirect_url": {"https://example.com/a?b=c&d"}, "more": {"x"},
	}
	address, _ := v.captiveState("?" + query.Encode())["user-portal-url"].(string)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query.Del("more")
	query.Set("mac", "02:00:00:00:00:99")
	if diff := diffOf(query, u.Query()); diff != "" || u.Path != "/caffe-roma" {
		t.Errorf("%s: %s", address, diff)
	}
	v.browse(http.MethodGet, u.RequestURI(), nil).want(http.StatusOK)
	address, _ = v.captiveState("?" + url.Values{
		"location": {nobodyID}, "hotspot": {"x"}, "mac": {"x"}, "ssid": {strings.Repeat("x", 33)},
		"redirect_url": {"https://evil.example/"},
	}.Encode())["user-portal-url"].(string)
	if !strings.HasSuffix(address, "/caffe-roma") {
		t.Errorf("with wrong parameters: %s", address)
	}
}

// TestCaptivePortalVenue checks the address of the venue's page.
func TestCaptivePortalVenue(t *testing.T) {
	for help, want := range map[string]any{
		"https://cafferoma.example/wifi?a=1": "https://cafferoma.example/wifi?a=1",
		"http://cafferoma.example/":          nil, "": nil,
	} {
		v := newVenue(t, func(o *onboarding.Organization) {
			o.WiFi.Helpdesk = &onboarding.Helpdesk{URL: help, Phone: "+39 050 123456"}
		})
		if got := v.captiveState("")["venue-info-url"]; got != want {
			t.Errorf("%s: venue-info-url %v", help, got)
		}
	}
	v := newVenue(t)
	for _, id := range []string{nobodyID, "x", "%00", strings.ToUpper(demoID), demoID + "0"} {
		a := v.get("/capport/"+id, "", header("Accept", "text/html")).want(http.StatusNotFound)
		if kind := a.header.Get("Content-Type"); kind != "application/json" || a.json["respCode"] != "404" {
			t.Errorf("%s: %s %s", id, kind, a.raw)
		}
	}
	if head := v.browse(http.MethodHead, "/capport/"+demoID, nil).want(http.StatusOK); head.raw != "" ||
		head.header.Get("Content-Type") != "application/captive+json" {
		t.Errorf("HEAD: %v %s", head.header, head.raw)
	}
	v.call(http.MethodPost, "/capport/"+demoID, "", nil).want(http.StatusMethodNotAllowed)
}
