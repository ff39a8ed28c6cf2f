package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"onramp/onboarding"
)

// macSheetAgent is Apple's captive window on a Mac.
const macSheetAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"

// granting gives the venue a grant.
func granting(g onboarding.Grant) func(*onboarding.Organization) {
	return func(o *onboarding.Organization) { o.Portal.Grant = &g }
}

var (
	merakiGrant   = onboarding.Grant{Kind: "meraki"}
	merakiQuery   = "base_grant_url=" + url.QueryEscape("https://n143.network-auth.com/splash/grant") + "&ssid=Guests"
	merakiAddress = "https://n143.network-auth.com/splash/grant?continue_url="
)

// link returns the address in the page that begins with a text, or "".
func (p *webpage) link(start string) string {
	for _, href := range p.hrefs() {
		if strings.HasPrefix(href, start) {
			return href
		}
	}
	return ""
}

// setGrant gives the venue another grant.
func (v *venue) setGrant(g *onboarding.Grant) {
	v.Helper()
	stored, err := v.store.Organization(v.Context(), demoID)
	if err != nil {
		v.Fatal(err)
	}
	o := *stored
	o.Portal.Grant = g
	if _, err := v.service.Tenant.Apply(v.Context(), []*onboarding.Organization{&o}); err != nil {
		v.Fatal(err)
	}
}

// TestGrantLink signs up in Apple's window with the parameters of a Meraki access point. The page
// then leads to the access point, which gets no address that is worth anything.
func TestGrantLink(t *testing.T) {
	v := newVenue(t, granting(merakiGrant), slugged)
	for _, path := range []string{"/portal/" + demoID, "/caffe-roma"} {
		action, form := v.form(path+"?"+merakiQuery, agent(sheetAgent))
		if strings.Contains(action, "network-auth") || strings.Contains(action, "grant") {
			t.Errorf("the form's address holds the controller's: %s", action)
		}
		answer := v.browse(http.MethodPost, action, form, agent(sheetAgent)).want(http.StatusSeeOther)
		to := answer.header.Get("Location")
		if strings.Contains(to, "network-auth") || len(to) > 1000 {
			t.Errorf("the install page's address is %s", to)
		}
		page := v.browse(http.MethodGet, to, nil, agent(sheetAgent)).want(http.StatusOK)
		page.says("Open the internet access", "Note this address and code")
		link := page.link(merakiAddress)
		back, err := url.QueryUnescape(strings.TrimPrefix(link, merakiAddress))
		if err != nil || back != v.api.URL+"/portal/"+demoID+"/opened" {
			t.Fatalf("the controller is asked with %q, and leads back to %q", link, back)
		}
		opened := v.browse(http.MethodGet, strings.TrimPrefix(back, v.api.URL), nil, agent(sheetAgent))
		opened.want(http.StatusOK).says("Tap Done", "Open Safari", strings.TrimPrefix(v.api.URL, "https://")+"/go")
		v.browse(http.MethodGet, "/portal/"+demoID+"/opened", nil, agent(macSheetAgent)).says("Choose Done")
		v.browse(http.MethodGet, "/portal/"+demoID+"/opened", nil).says("Leave this window")

		// The way stays in another language, and is not needed where the profile can be installed.
		italian := page.link("/activate/" + tokenIn(to) + "?")
		for _, href := range page.hrefs() {
			if strings.Contains(href, "lang=it") {
				italian = href
			}
		}
		if v.browse(http.MethodGet, italian, nil, agent(sheetAgent)).link(merakiAddress) == "" {
			t.Errorf("%s has no way to the controller", italian)
		}
		v.browse(http.MethodGet, to, nil).want(http.StatusOK).saysNot("network-auth")
		v.browse(http.MethodGet, to, nil, agent(wvAgent)).want(http.StatusOK).saysNot("network-auth")
	}
	front := alone(t, granting(merakiGrant), slugged).browse(http.MethodGet, "/?"+merakiQuery, nil)
	if to := front.want(http.StatusFound).header.Get("Location"); !strings.Contains(to, "base_grant_url=") {
		t.Errorf("the front page leads to %s", to)
	}
}

// TestGrantForm signs up by way of a form with an error and of another language; the page then has
// a form that its Content-Security-Policy allows, which holds checks.
func TestGrantForm(t *testing.T) {
	v := newVenue(t, granting(onboarding.Grant{Kind: "cisco", Hosts: []string{"192.0.2.1"}}))
	v.controller = "https://192.0.2.1"
	action, form := v.form("/portal/"+demoID+"?switch_url=https://192.0.2.1/login.html", agent(sheetAgent))
	form.Del("policies.termsOfUse")
	v.browse(http.MethodPost, action, form, agent(sheetAgent)).want(http.StatusConflict)
	form.Set("switch", "it")
	again := v.browse(http.MethodPost, action, form, agent(sheetAgent)).want(http.StatusOK)
	form.Set("form", again.form().Get("form"))
	form.Del("switch")
	form.Set("policies.termsOfUse", "true")
	page := v.signUp(action, form, agent(sheetAgent))
	if !page.opens() {
		t.Fatalf("no form: %s", page.raw)
	}
	fields := page.form()
	want := url.Values{
		"buttonClicked": {"4"}, "err_flag": {"0"}, "redirect_url": {v.api.URL + "/portal/" + demoID + "/opened"},
	}
	if diff := diffOf(want, fields); diff != "" {
		t.Error(diff)
	}
}

// TestGrantResult follows a controller's redirect to the sign-up page after a login. After a
// refusal, the page says so in the visitor's language, shows nothing of the controller's answer,
// and leads to the code and to another try with the same parameters.
func TestGrantResult(t *testing.T) {
	v := newVenue(t, granting(onboarding.Grant{Kind: "coovachilli", Hosts: []string{"10.1.0.1"},
		Fields: map[string]string{"username": "guest", "password": "guest"}}), slugged)
	portal := "/portal/" + demoID + "?lang=it&uamip=10.1.0.1&uamport=3990&res="
	p := v.browse(http.MethodGet, portal+"success", nil).want(http.StatusFound)
	if to := p.header.Get("Location"); to != "/portal/"+demoID+"/opened?lang=it" {
		t.Errorf("success leads to %s", to)
	}
	v.browse(http.MethodGet, portal+"notyet", nil).want(http.StatusOK).says("Connettiti a")
	v.browse(http.MethodGet, portal, nil).want(http.StatusOK).says("Connettiti a")
	failed := portal + "failed&challenge=" + strings.Repeat("0f", 16) + "&ssid=Guests" +
		"&reply=%3Cb%3ECall%20%2B39%20900%3C/b%3E&mac=02-00-00-00-00-01"
	for _, path := range []string{failed, strings.Replace(failed, "/portal/"+demoID, "/caffe-roma", 1)} {
		p := v.browse(http.MethodGet, path, nil, agent(sheetAgent)).want(http.StatusOK).
			says("non ha aperto internet", "dati mobili", "Apri Safari", strings.TrimPrefix(v.api.URL, "http://")+"/go")
		p.saysNot("Call", "900")
		again := p.link("/caffe-roma?")
		if again == "" || strings.Contains(again, "res=") || !strings.Contains(again, "grant=") ||
			!strings.Contains(again, "ssid=Guests") || !strings.Contains(again, "lang=it") {
			t.Errorf("another try leads to %q", again)
		}
		action, form := v.form(again, agent(sheetAgent))
		page := v.signUp(action, form, agent(sheetAgent))
		if to := page.link("http://10.1.0.1:3990/logon?"); !strings.Contains(to, "response=") {
			t.Errorf("another try leads to %q", to)
		}
		p.saysNot("0f0f")
		other := ""
		for _, href := range p.hrefs() {
			if strings.Contains(href, "lang=en") {
				other = href
			}
		}
		v.browse(http.MethodGet, other, nil).want(http.StatusOK).says("did not open the internet").saysNot("Call")
	}
	door := alone(t, granting(onboarding.Grant{Kind: "mikrotik", Hosts: []string{"10.5.50.1"},
		Fields: map[string]string{"username": "guest"}}))
	to := door.browse(http.MethodGet, "/?error=invalid+password", nil).want(http.StatusFound).header.Get("Location")
	door.browse(http.MethodGet, to, nil).want(http.StatusOK).says("did not open the internet").saysNot("invalid")
}

// TestGrantVerified checks that the grant is there after the proof of the address.
func TestGrantVerified(t *testing.T) {
	v := newVerifier(t, granting(merakiGrant))
	action, form := v.form("/portal/"+demoID+"?"+merakiQuery, agent(sheetAgent))
	waiting := v.browse(http.MethodPost, action, form, agent(sheetAgent)).want(http.StatusSeeOther)
	session := waiting.header.Get("Location")
	v.browse(http.MethodGet, session, nil, agent(sheetAgent)).want(http.StatusOK).saysNot("network-auth")
	proven := v.enterCode(session, v.letter().code, agent(sheetAgent))
	page := v.browse(http.MethodGet, proven.header.Get("Location"), nil, agent(sheetAgent)).want(http.StatusOK)
	if page.says("Open the internet access").link(merakiAddress) == "" {
		t.Errorf("no way to the controller: %s", page.text())
	}
}

// TestGrantReconsent checks that the grant is there after the acceptance of a new version.
func TestGrantReconsent(t *testing.T) {
	v := newVenue(t, granting(merakiGrant))
	action, form := v.form("/portal/"+demoID+"?"+merakiQuery, agent(sheetAgent))
	signedUp := v.browse(http.MethodPost, action, form, agent(sheetAgent)).want(http.StatusSeeOther)
	v.raise("2.00", onboarding.ReconsentGrace)
	action, form = v.form(signedUp.header.Get("Location"), agent(sheetAgent))
	form.Set("policies.termsOfUse", "true")
	if v.signUp(action, form, agent(sheetAgent)).link(merakiAddress) == "" {
		t.Error("no way to the controller")
	}
}

// TestGrantRefused checks that no address leads elsewhere, and that without a grant the page
// promises none.
func TestGrantRefused(t *testing.T) {
	v := newVenue(t, granting(merakiGrant))
	plain := newVenue(t)
	to := func(v *venue, query string) string {
		action, form := v.form("/portal/"+demoID+"?"+query, agent(sheetAgent))
		answer := v.browse(http.MethodPost, action, form, agent(sheetAgent)).want(http.StatusSeeOther)
		return answer.header.Get("Location")
	}
	none := func(v *venue, path string) {
		t.Helper()
		page := v.browse(http.MethodGet, path, nil, agent(sheetAgent)).want(http.StatusOK)
		page.says("mobile data is enough").saysNot("network-auth", "evil.example", "Open the internet access")
		mac := v.browse(http.MethodGet, path, nil, agent(macSheetAgent)).want(http.StatusOK)
		mac.says("this network gives no internet yet").saysNot("Open the internet access")
	}
	for _, address := range []string{
		"https://evil.example/splash/grant", "https://n1.network-auth.com@evil.example/splash/grant",
		"javascript:alert(1)", "https://n1.network-auth.com/other",
	} {
		none(v, to(v, "base_grant_url="+url.QueryEscape(address)))
	}
	none(plain, to(plain, merakiQuery))
	good := to(v, merakiQuery)
	u, err := url.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	sealed := u.Query().Get("grant")
	if sealed == "" {
		t.Fatalf("no grant in %s", good)
	}
	with := func(sealed string) string { return u.Path + "?" + url.Values{"grant": {sealed}}.Encode() }
	other := "A" // a seal may begin with it
	if strings.HasPrefix(sealed, other) {
		other = "B"
	}
	for _, wrong := range []string{
		sealed[:len(sealed)-2], other + sealed[1:], "%", strings.Repeat("A", 5000), merakiAddress,
	} {
		none(v, with(wrong))
	}
	// Settings that changed since count.
	v.setGrant(&onboarding.Grant{Kind: "meraki", Hosts: []string{"n1.network-auth.com"}})
	none(v, with(sealed))
	v.setGrant(&merakiGrant)
	if v.browse(http.MethodGet, with(sealed), nil, agent(sheetAgent)).link(merakiAddress) == "" {
		t.Error("a good grant is refused")
	}
	v.clock.advance(2*time.Hour + time.Minute)
	token, _ := v.link(3)
	none(v, "/activate/"+token+"?"+url.Values{"grant": {sealed}}.Encode())
}

// TestGrantRedirect checks the words for an address that the captive portal gave without a grant.
func TestGrantRedirect(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(3)
	page := v.browse(http.MethodGet, "/activate/"+token+"?redirect_url=https://example.com/on", nil, agent(sheetAgent))
	page.want(http.StatusOK).says("which may open", "Continue to example.com").saysNot("Open the internet access")
}

// TestBrowserGrant lets a real browser send the form to a controller, which leads back.
func TestBrowserGrant(t *testing.T) {
	chrome := startBrowser(t)
	var asked url.Values
	controller := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/login.html" || r.ParseForm() != nil {
			http.NotFound(w, r)
			return
		}
		asked = r.PostForm
		http.Redirect(w, r, r.PostForm.Get("redirect_url"), http.StatusFound)
	}))
	defer controller.Close()
	v := newVenue(t, granting(onboarding.Grant{Kind: "cisco", Hosts: []string{"127.0.0.1"},
		Fields: map[string]string{"username": "guest", "password": "guest"}}))
	sheet := open(t, chrome, sheetScreen)
	sheet.goTo(v.api.URL + "/portal/" + demoID + "?lang=en&switch_url=" + url.QueryEscape(controller.URL+"/login.html"))
	sheet.fill("zoe@example.com")
	sheet.tap(".button[type=submit]")
	sheet.shoot("grant")
	sheet.tap("main form button")
	sheet.shoot("opened")
	if text := sheet.text("main"); !strings.Contains(text, "Tap Done") {
		t.Errorf("the controller leads to %s", text)
	}
	var address string
	sheet.do("read the address", chromedp.Location(&address))
	if want := v.api.URL + "/portal/" + demoID + "/opened?lang=en"; address != want ||
		asked.Get("buttonClicked") != "4" || asked.Get("username") != "guest" {
		t.Errorf("at %s, not %s; the controller was asked %v", address, want, asked)
	}
	sheet.cookies()
}
