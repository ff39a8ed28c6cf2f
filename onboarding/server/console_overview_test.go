package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/radius"
)

// TestConsoleOverview: the numbers of today, the steps of visitors, causes and the set-up.
func TestConsoleOverview(t *testing.T) {
	v := newVenue(t, withAccessPoint)
	o := signedIn(v, demoID)
	home := consoleOf(demoID)
	number := func(p *webpage, text string) string {
		t.Helper()
		for _, n := range p.all("li") {
			if words, found := strings.CutSuffix(textOf(n), text); found {
				return strings.TrimSpace(words)
			}
		}
		t.Errorf("no number of %q: %s", text, p.text())
		return ""
	}
	p := o.open(home).want(http.StatusOK).says("On day one", "Point an access point", "Nobody was refused")
	if n := number(p, "signed up"); n != "0" {
		t.Errorf("%s sign-ups at first", n)
	}
	v.service.Statistics.Opened(demoID, demoLocation, "ios")
	token, id := v.link(10)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.accepted(id, "front-door")
	now := v.clock.now()
	customer, err := v.store.Customer(t.Context(), demoID, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.service.RADIUS.Account(t.Context(), &radius.AccountingRecord{
		Type: radius.AccountingStart, UniqueID: "u1", Username: customer.Username, Event: &now,
		AccessPoint: radius.AccessPointIdentity{NASIdentifier: "front-door"}, CallingStation: "02-00-00-00-AA-01",
	}); err != nil {
		t.Fatal(err)
	}
	v.rejected(id, "front-door", 2)
	p = o.open(home).want(http.StatusOK).says("sends a wrong password", "iPhone and iPad")
	for text, want := range map[string]string{"signed up": "1", "first connection": "1", "refusals": "2"} {
		if n := number(p, text); n != want {
			t.Errorf("%s: %s, want %s", text, n, want)
		}
	}
	p.says("Took the profile", "1")
	if strings.Contains(p.raw, url.PathEscape(customer.Email)) {
		t.Error("the overview shows a person")
	}
	v.clock.advance(25 * time.Hour)
	o = signedIn(v, demoID)
	if n := number(o.open(home).want(http.StatusOK), "signed up"); n != "0" {
		t.Errorf("%s sign-ups on the next day", n)
	}
}
