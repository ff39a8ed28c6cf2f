package server

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

const renewalDay = 24 * time.Hour

// renewing changes a venue to one whose visitors get a notice 20 days before the end of 100 days.
func renewing(o *onboarding.Organization) {
	o.WiFi.ProfileLifetime, o.Portal.RenewalDays = 100*renewalDay, 20
}

var renewLink = regexp.MustCompile(`https?://[^\s"]+/renew/[A-Za-z0-9_-]+`)

// noticed signs a visitor up, moves the clock to ten days before the end, and returns the customer,
// the mail of the notice, and the path of its link.
func (v *verifier) noticed(email string) (customer string, mail letter, path string) {
	v.Helper()
	session := v.begin(email)
	proven := v.enterCode(session, v.letter().code).want(http.StatusSeeOther).header.Get("Location")
	customer = v.customerOf(tokenIn(proven))
	v.clock.advance(90 * renewalDay)
	if n, err := v.service.Renewal.SendNotices(v.Context()); n != 1 || err != nil {
		v.Fatalf("%d notices, %v", n, err)
	}
	mail = v.letter()
	path = strings.TrimPrefix(renewLink.FindString(mail.text), v.api.URL)
	if !strings.HasPrefix(path, "/renew/") {
		v.Fatalf("no link in %s", mail.text)
	}
	return customer, mail, path
}

func (v *verifier) end(customer string) time.Time {
	v.Helper()
	c, err := v.store.Credential(v.Context(), customer)
	if err != nil {
		v.Fatal(err)
	}
	return c.Expires
}

// TestRenewPage follows the link of a notice: opened by programs it changes nothing, one tap renews
// and leads to the profile, and nothing leads from there to the person's data.
func TestRenewPage(t *testing.T) {
	v := newVerifier(t, renewing)
	customer, mail, path := v.noticed("ada@example.com")
	before := v.end(customer)
	if mail.to != "<ada@example.com>" && mail.to != "ada@example.com" || !strings.Contains(mail.subject, "ends on") {
		t.Errorf("to %s: %s", mail.to, mail.subject)
	}
	for range 3 {
		v.browse(http.MethodHead, path, nil)
		v.browse(http.MethodGet, path, nil, header("Purpose", "prefetch")).want(http.StatusOK)
	}
	rome, err := time.LoadLocation("Europe/Rome") // the zone of the venue
	if err != nil {
		t.Fatal(err)
	}
	p := v.browse(http.MethodGet, path, nil).want(http.StatusOK).says("Renew your access",
		before.In(rome).Format(time.DateOnly))
	p.saysNot("ada", "Ada", "Rossi", customer)
	if got := p.header.Get("Cache-Control"); !strings.Contains(got, "no-store") ||
		!strings.Contains(p.raw, `name="referrer" content="same-origin"`) {
		t.Errorf("the address may leave the browser: %q", got)
	}
	form, second := p.form(), v.browse(http.MethodGet, path, nil).form()
	v.browse(http.MethodPost, path, form, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, path, url.Values{}).want(http.StatusConflict).says("Renew your access")
	if !v.end(customer).Equal(before) {
		t.Fatal("renewed without a tap")
	}
	install := ""
	for range 2 { // the first answer may be lost
		got := v.browse(http.MethodPost, path, form).want(http.StatusSeeOther).header.Get("Location")
		if install != "" && got != install {
			t.Errorf("the same form leads to %s and %s", install, got)
		}
		install = got
	}
	if end := v.end(customer); !end.Equal(v.clock.now().Add(100 * renewalDay)) {
		t.Errorf("the access ends at %v", end)
	}
	for _, gone := range []*webpage{
		v.browse(http.MethodGet, path, nil), v.browse(http.MethodPost, path, second),
	} {
		gone.want(http.StatusGone).says("This link has ended")
	}

	token := tokenIn(install)
	page := v.browse(http.MethodGet, install, nil).want(http.StatusOK)
	if strings.Contains(page.raw, "/connection") {
		t.Error("the install page leads to the connections of the person")
	}
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/activate/"+token+"/connection", nil).want(http.StatusNotFound)
	v.browse(http.MethodPost, "/activate/"+token+"/me", url.Values{}).want(http.StatusNotFound)
	thanks := v.browse(http.MethodPost, "/activate/"+token+"/installed",
		url.Values{"platform": {"ios"}, "type": {"passpoint"}}, header("Accept", "text/html"))
	if strings.Contains(thanks.raw, "/connection") {
		t.Error("the last page leads to the connections of the person")
	}

	v.browse(http.MethodGet, "/renew/nobody", nil).want(http.StatusNotFound)
	v.browse(http.MethodPost, "/renew/nobody", form).want(http.StatusNotFound)
	if strings.Contains(v.log.String(), strings.TrimPrefix(path, "/renew/")) {
		t.Error("the log shows the token of a notice")
	}
}
