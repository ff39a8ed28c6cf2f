package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

// refreshOf returns the address to which the page refreshes itself, or "".
func (p *webpage) refreshOf() string {
	for _, n := range p.all("meta") {
		if attribute(n, "http-equiv") == "refresh" {
			_, to, _ := strings.Cut(attribute(n, "content"), "; url=")
			return to
		}
	}
	return ""
}

// attempted records an authentication of the customer's station at the hotspot.
func (v *venue) attempted(customer, station string, reason onboarding.Reason) {
	v.Helper()
	now := v.clock.now()
	a := &onboarding.Attempt{OrganizationID: demoID, CustomerID: customer, HostID: demoID, LocationID: demoLocation,
		HotspotID: demoHotspot, Attribution: onboarding.AttributedByName, AccessPoint: "ap", Station: station,
		Reason: reason, First: now, Last: now, Count: 1}
	a.SetID()
	if err := v.store.Write(v.Context(), func(tx onboarding.Tx) error {
		return tx.CountAttempt(v.Context(), a)
	}); err != nil {
		v.Fatal(err)
	}
}

// TestConnectionPage follows the page from the install page to the connection.
func TestConnectionPage(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(3)
	path := "/activate/" + token + "/connection"
	v.browse(http.MethodGet, path, nil).want(http.StatusOK).says("Download the profile on this phone")
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.clock.advance(4 * time.Second)

	install := v.browse(http.MethodGet, "/activate/"+token+"?ssid=Guests", nil)
	var check string
	for _, href := range install.hrefs() {
		if strings.Contains(href, "/connection") {
			check = href
		}
	}
	page := v.browse(http.MethodGet, check, nil).want(http.StatusOK).
		says("Checking your connection", "Demo WiFi has not seen this phone yet").saysNot("What to do now")
	opened := v.clock.now()
	for page.refreshOf() != "" && !strings.Contains(page.text(), "What to do now") {
		v.clock.advance(5 * time.Second)
		page = v.browse(http.MethodGet, page.refreshOf(), nil).want(http.StatusOK)
	}
	if after := v.clock.now().Sub(opened); after != time.Minute {
		t.Errorf("the step came after %s", after)
	}
	page.says("Not seen yet", "open Settings > Wi-Fi and tap Demo")

	v.attempted(customer, "02:00:00:00:00:07", onboarding.ReasonWrongPassword)
	v.clock.advance(5 * time.Second)
	page = v.browse(http.MethodGet, page.refreshOf(), nil).want(http.StatusOK).says("Download it again")
	v.clock.advance(5 * time.Second)
	v.attempted(customer, "02:00:00:00:00:07", "")
	joined := v.clock.now().In(time.FixedZone("Rome in winter", 3600)).Format("15:04")
	v.clock.advance(5 * time.Second)
	page = v.browse(http.MethodGet, page.refreshOf(), nil).want(http.StatusOK).
		says("You are connected", "This phone joined Via Roma at "+joined).saysNot("02:00:00", "Front door", customer)
	if to := page.refreshOf(); to != "" {
		t.Errorf("a connected page refreshes to %s", to)
	}
	v.browse(http.MethodGet, "/activate/"+token+"?lang=en", nil).says("Downloads left: 2")
}

// TestConnectionPageEnds checks that the page works a day longer than the link, and stops
// refreshing.
func TestConnectionPageEnds(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(1)
	path := "/activate/" + token + "/connection"
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	first := v.browse(http.MethodGet, path+"?lang=it", nil).want(http.StatusOK).says("Controllo la connessione")
	refresh := first.refreshOf()
	stop := v.browse(http.MethodGet, refresh+"&watch=no", nil).want(http.StatusOK).says("Controlla di nuovo")
	if to := stop.refreshOf(); to != "" {
		t.Errorf("a stopped page refreshes to %s", to)
	}
	v.clock.advance(10 * time.Minute)
	late := v.browse(http.MethodGet, refresh, nil).want(http.StatusOK).says("Controlla di nuovo")
	if to := late.refreshOf(); to != "" {
		t.Errorf("an old page refreshes to %s", to)
	}
	for _, query := range []string{
		"since=x", "since=-1", "since=99999999999", "since=99999999999999999999", "platform=%3Cscript%3E", "watch=x",
		"redirect_url=https://evil.example/", "ssid=%00", "lang=xx",
	} {
		v.browse(http.MethodGet, path+"?"+query, nil).want(http.StatusOK).saysNot("evil.example")
	}
	v.browse(http.MethodHead, path, nil).want(http.StatusOK)
	v.clock.advance(onboarding.DefaultLifetime)
	v.browse(http.MethodGet, "/activate/"+token, nil).want(http.StatusGone)
	v.browse(http.MethodGet, refresh, nil).want(http.StatusOK)
	v.clock.advance(onboarding.InstalledGrace)
	v.browse(http.MethodGet, refresh, nil).want(http.StatusGone)
	v.browse(http.MethodGet, "/activate/nobody/connection", nil).want(http.StatusNotFound)
}

// TestConnectionPageOfMinimised checks that the page of a customer without records asks to look at
// the device.
func TestConnectionPageOfMinimised(t *testing.T) {
	v := newVenue(t)
	body := with(person("anna"), map[string]any{"ppd": false})
	made := v.post("/v3/customers", v.manager, body).want(http.StatusCreated)
	page := v.browse(http.MethodGet, "/activate/"+tokenIn(made.text("activationUrl"))+"/connection", nil).
		want(http.StatusOK).says("Look at your device", "Demo WiFi")
	if to := page.refreshOf(); to != "" {
		t.Errorf("the page refreshes to %s", to)
	}
}

// TestConnectionPageAfterRotation checks that a link whose credential was replaced shows nothing.
func TestConnectionPageAfterRotation(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(1)
	v.clock.advance(time.Second)
	v.post("/v3/customers/"+customer+"/rotate", v.manager, nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/activate/"+token+"/connection", nil).want(http.StatusGone)
}
