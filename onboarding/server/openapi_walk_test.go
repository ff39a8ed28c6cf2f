package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/server/web"
)

// TestEveryAnswer provokes each answer that the document describes, except those that need a crowd
// or an accident. The check described, which every test runs, compares each with its schema. A
// described answer that does not occur is an error.
func TestEveryAnswer(t *testing.T) {
	answered.reset()
	walkAPI(t)
	walkPages(t)
	walkVerification(t)
	walkRADIUS(t)
	walkErrors(t)
	missed := []string{}
	eachOperation(t, func(name string, _ *openapi3.PathItem, o *openapi3.Operation) {
		for status := range o.Responses.Map() {
			switch status {
			case "413", "429", "500", "503":
				continue // TestBadInput and the tests of limits and of failures see those
			}
			if what := name + " " + status; !answered.has(what) {
				missed = append(missed, what)
			}
		}
	})
	slices.Sort(missed)
	if len(missed) > 0 {
		t.Errorf("described, and not answered:\n%s", strings.Join(missed, "\n"))
	}
}

// walkAPI sends the successful requests of an app and an operator.
func walkAPI(t *testing.T) {
	h := newRadiusHouse(t)
	key, secret, err := h.service.Access.CreateKey(t.Context(), demoID, auth.PublicApp, auth.Scopes{})
	if err != nil {
		t.Fatal(err)
	}
	app := h.post("/v1/sts/login/services", "", map[string]any{
		"clientKey": key, "clientSecret": secret,
	}).want(http.StatusOK).text("token")
	h.get("/v1/sts/services/"+issuerOf(t, app), app).want(http.StatusOK)
	h.get("/v1/organizations/"+demoID+"/policies", app).want(http.StatusOK)
	h.get("/v3/organizations/"+demoID+"/policies?lang=it-CH", app).want(http.StatusOK)
	h.get("/v4/organizations/"+demoID+"/devices/android_com.example.app/settings", app).want(http.StatusOK)

	own := withGuid(guid("anna"))
	all := samples("", "", "")["POST /v3/customers"].body
	made := h.post("/v3/customers", app, all, own).want(http.StatusCreated)
	id, customer := made.text("id"), "/v3/customers/"+made.text("id")
	h.post("/v3/customers?deduplicate=email,guid", app,
		with(person("anna"), map[string]any{"email": "anna@example.com"})).want(http.StatusOK)
	h.get("/v2/customers/organizations/"+demoID+"/exist?email=anna@example.com&phoneNumber=%2B39123456789",
		app).want(http.StatusOK)
	h.post("/v3/customers/credential/check", app, map[string]any{
		"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
		"guid": guid("new phone")}).want(http.StatusOK)
	h.get(customer, app, own).want(http.StatusOK)
	h.put(customer, app, map[string]any{"lastName": "", "guid": nil, "device": nil, "policies": nil},
		own).want(http.StatusOK)
	h.post(customer+"/devices", app, map[string]any{"installId": "1", "lastSeen": "2026-03-02T09:30:00Z"},
		own).want(http.StatusOK)
	for _, platform := range []string{
		"ios", "macos", "android", "windows", "chromeos", "linux", "networkmanager", "iwd", "eap-config",
		"settings-ios", "settings-android",
	} {
		h.get(customer+"/profile?platform="+platform, app, own).want(http.StatusOK)
	}
	for _, kind := range []string{"passpoint", "wpa2enterprise"} {
		report := map[string]any{
			"platform": "ios", "type": kind, "installedBy": "com.example.app", "installed": "2022-07-08 08:08:44 +0000",
		}
		installation := h.post(customer+"/installations", app, report, own).want(http.StatusCreated).text("id")
		h.post(customer+"/installations", app, report, own).want(http.StatusOK)
		h.get(customer+"/installations", app, own).want(http.StatusOK)
		h.call(http.MethodDelete, customer+"/installations/"+installation, app, nil, own).want(http.StatusOK)
	}
	h.get(customer+"/installations", h.manager).want(http.StatusOK)
	walkVerifications(h.house, app)
	h.get(customer+"/connectivity", app, own).want(http.StatusOK)
	h.post("/v1/sts/logout", app, nil).want(http.StatusOK)

	connect(h, id)
	h.knock(made.text("username"), "02-00-00-00-00-01", false)
	h.get("/v2/customers/"+id+"/connectivity", h.manager).want(http.StatusOK)
	if a := h.get("/v2/organizations/"+demoID+"/refusals", h.manager).want(http.StatusOK); a.json["count"] != 1.0 {
		t.Errorf("the refusals hold nothing that could be wrong: %s", a.raw)
	}
	for _, by := range []string{"", "?by=hour", "?by=location", "?by=platform"} {
		h.get("/v2/organizations/"+demoID+"/statistics"+by, h.manager).want(http.StatusOK)
	}
	walkWebhooks(t)
	for _, path := range []string{
		"/v2/customers/" + id + "/events?size=1", "/v2/customers/" + id + "/devices",
		"/v2/customers/" + id + "/accountings?size=1",
		"/v1/organizations/" + demoID + "/events?size=1&enableScroll=true&sortBy=businessTime&sortReverse=true&" +
			"events=visit,login,signup,consent,install,uninstall,credential",
		"/v1/organizations/" + demoID + "/events",
	} {
		if a := h.get(path, h.manager).want(http.StatusOK); a.json["count"] == 0.0 {
			t.Errorf("%s holds nothing that could be wrong", path)
		}
	}
	walkContacts(h, id)
	for _, path := range []string{"organizations/" + demoID, demoLocation} {
		h.get("/v3/locations/"+path, h.manager).want(http.StatusOK)
	}
	for _, path := range []string{"organizations/" + demoID, demoHotspot} {
		h.get("/v3/hotspots/"+path, h.manager).want(http.StatusOK)
	}
	h.get(customer+"/guids", h.manager).want(http.StatusOK)
	h.call(http.MethodDelete, customer+"/guids/"+guidID(guid("anna")), h.manager, nil).want(http.StatusOK)
	h.post(customer+"/lock", h.manager, nil).want(http.StatusOK)
	h.post(customer+"/unlock", h.manager, nil).want(http.StatusOK)
	ended := h.post("/v2/customers/"+id+"/token", h.manager, nil).want(http.StatusOK).text("token")
	h.post(customer+"/rotate", h.manager, nil).want(http.StatusOK)
	h.post("/v3/customers/credential/check", h.token(demoID, auth.PublicApp),
		map[string]any{"link": ended}).want(http.StatusGone)
	h.post("/v2/customers/"+id+"/token", h.manager, nil).want(http.StatusOK)

	asset := assetOf(t, h.get("/docs/api", "").want(http.StatusOK).raw)
	for _, path := range []string{
		"/openapi.yaml", "/docs", "/docs/api", "/docs/getting-started", "/schema/tenant.json", asset,
	} {
		tag := h.get(path, "").want(http.StatusOK).header.Get("ETag")
		h.get(path, "", header("If-None-Match", tag)).want(http.StatusNotModified)
	}
}

// walkVerifications verifies an address, with every answer on the way.
func walkVerifications(h *house, app string) {
	h.Helper()
	id := h.post("/v3/customers", app, person("vera")).want(http.StatusCreated).text("id")
	own := withGuid(guid("vera"))
	verification := h.startBy(app, id, onboarding.VerifyEmail, own).want(http.StatusAccepted).text("id")
	h.startBy(app, id, onboarding.VerifyEmail, own).want(http.StatusTooManyRequests)
	h.startBy(app, id, onboarding.VerifySMS, own).want(http.StatusConflict)
	wrong := h.wrongCode("vera@example.com")
	for range onboarding.VerificationTries {
		h.checkBy(app, id, verification, wrong, own).want(http.StatusConflict)
	}
	h.checkBy(app, id, verification, wrong, own).want(http.StatusGone)
	h.clock.advance(time.Hour)
	h.startBy(app, id, onboarding.VerifyEmail, own).want(http.StatusAccepted)
	h.checkBy(app, id, verification, h.codeTo("vera@example.com"), own).want(http.StatusOK)
}

// assetOf returns the address of the first asset of a page of the documentation.
func assetOf(t *testing.T, page []byte) string {
	t.Helper()
	address := regexp.MustCompile(`/docs/assets/[^"]+`).FindString(string(page))
	if address == "" {
		t.Fatalf("no asset in %.500s", page)
	}
	return address
}

// walkContacts sends an operator's requests about contacts.
func walkContacts(h *radiusHouse, id string) {
	h.Helper()
	leaving := h.post("/v3/customers", h.manager, person("leaving")).want(http.StatusCreated).text("id")
	search := "/v2/customers/organizations/" + demoID
	first := h.get(search+"?size=1&sortBy=totalVisits&sortReverse=true&hasEmail=true&signupMethods=app,api&"+
		"locationCids="+demoLocation+"&createdStart=2020-01-01", h.manager).want(http.StatusOK)
	h.get(search+"?sid="+first.text("sId"), h.manager).want(http.StatusOK)
	h.get("/v2/customers/"+id, h.manager).want(http.StatusOK)
	h.get("/v3/customers/"+id+"/export", h.manager).want(http.StatusOK)
	h.put("/v1/customers/"+id+"/policies", h.manager,
		map[string]any{"policies": []any{map[string]any{
			"policyKey": "mktgCommunications", "accepted": true,
		}}}).want(http.StatusOK)
	h.call(http.MethodDelete, "/v1/customers/"+leaving, h.manager, nil).want(http.StatusOK)
}

// connect lets a customer's devices visit twice, on two days.
func connect(h *radiusHouse, id string) {
	h.Helper()
	c, err := h.service.Registration.CustomerInfo(h.Context(), h.caller(h.manager), id)
	if err != nil {
		h.Fatal(err)
	}
	for i, hours := range []int{1, 30} {
		raw := h.ask("/aaa/authorize", fmt.Sprintf(`{"User-Name":%q,"Onramp-Hotspot":%q}`, c.Username,
			demoHotspot)).want(http.StatusOK).raw
		var accepted map[string]struct{ Value []string }
		if err := json.Unmarshal(raw, &accepted); err != nil {
			h.Fatal(err)
		}
		h.ask("/aaa/resume", fmt.Sprintf(`{"User-Name":%q,"Class":%q,"Onramp-Hotspot":%q}`, c.Username,
			accepted["reply:Class"].Value[0], demoHotspot)).want(http.StatusOK)
		h.ask("/aaa/post-auth", fmt.Sprintf(`{"User-Name":%q,"Onramp-Outcome":"accept","Onramp-Hotspot":%q}`,
			c.Username, demoHotspot)).want(http.StatusNoContent)
		begun := h.clock.now()
		for _, status := range []string{`"Start"`, `"Stop"`} {
			seconds := 0
			if status == `"Stop"` {
				seconds = 600
				h.clock.advance(10 * time.Minute)
			}
			h.ask("/aaa/accounting", accountingJSON("Acct-Status-Type", status, "Acct-Unique-Session-Id",
				fmt.Sprintf(`"w%d"`, i), "Acct-Session-Id", `"1"`,
				"Class", `"`+accepted["reply:Class"].Value[0]+`"`, "User-Name", `"anonymous@demo.example"`,
				"Onramp-Hotspot", `"`+demoHotspot+`"`,
				"Calling-Station-Id", fmt.Sprintf(`"02-00-00-00-00-0%d"`, i), "Framed-IP-Address", `"192.0.2.9"`,
				"Acct-Session-Time", fmt.Sprint(seconds),
				"Event-Timestamp", fmt.Sprint(begun.Unix()+int64(seconds)), "Acct-Input-Octets", "1",
				"Acct-Output-Octets", "2", "Acct-Terminate-Cause", `"User-Request"`,
			)).want(http.StatusNoContent)
		}
		h.clock.advance(time.Duration(hours) * time.Hour)
	}
	h.manager = h.token(demoID, auth.OrganizationManager) // a day has passed
}

// walkPages sends the requests of browsers.
func walkPages(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/" + demoID + "?ssid=Guests")
	form.Set("switch", "en")
	v.browse(http.MethodPost, action, form).want(http.StatusOK)
	form.Del("switch")
	v.browse(http.MethodPost, action, form).want(http.StatusSeeOther)
	form.Set("policies.privacy", "")
	v.browse(http.MethodPost, action, form).want(http.StatusConflict)
	v.browse(http.MethodPost, action, form, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, "/portal/"+nobodyID, form).want(http.StatusNotFound)
	v.browse(http.MethodGet, "/portal/"+nobodyID, nil).want(http.StatusNotFound)

	v.get("/capport/"+demoID, "").want(http.StatusOK)
	v.get("/capport/"+nobodyID, "").want(http.StatusNotFound)
	v.browse(http.MethodGet, "/portal/"+demoID+"/opened", nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/portal/"+nobodyID+"/opened", nil).want(http.StatusNotFound)

	token, _ := v.link(100)
	v.browse(http.MethodGet, "/activate/"+token, nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/activate/"+token, nil, agent(windowsAgent)).want(http.StatusOK)
	for _, platform := range []string{
		"ios", "macos", "android", "windows", "chromeos", "linux", "networkmanager", "iwd", "eap-config",
		"settings-ios", "settings-android",
	} {
		v.browse(http.MethodGet, "/activate/"+token+"/"+platform, nil).want(http.StatusOK)
		v.browse(http.MethodHead, "/activate/"+token+"/"+platform, nil).want(http.StatusOK)
	}
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil, header("Sec-Purpose", "prefetch")).want(http.StatusOK)
	v.browse(http.MethodGet, "/wifiprofile?deviceType=Apple&token="+token, nil).want(http.StatusOK)
	report := map[string]any{"platform": "ios", "type": "passpoint", "installed": "2022-07-08T08:08:44Z"}
	v.post("/activate/"+token+"/installed", "", report).want(http.StatusCreated)
	v.post("/activate/"+token+"/installed", "", report).want(http.StatusOK)
	v.browse(http.MethodPost, "/activate/"+token+"/installed",
		url.Values{"platform": {"ios"}, "type": {"passpoint"}, "ssid": {"Guests"}}).want(http.StatusOK)

	v.browse(http.MethodGet, "/activate/"+token+"/connection", nil).want(http.StatusOK)

	code := textOf(v.browse(http.MethodGet, "/activate/"+token, nil,
		agent(sheetAgent)).want(http.StatusOK).all("dd")[1])
	v.browse(http.MethodGet, "/go/"+code, nil).want(http.StatusOK)
	resume := v.browse(http.MethodGet, "/go", nil).want(http.StatusOK).form()
	resume.Set("code", code)
	v.browse(http.MethodPost, "/go", resume, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, "/go", resume).want(http.StatusSeeOther)
	resume.Set("code", "CDFGH-JKMNP")
	v.browse(http.MethodPost, "/go", resume).want(http.StatusNotFound)
	resume.Set("code", "?")
	v.browse(http.MethodPost, "/go", resume).want(http.StatusConflict)
	v.browse(http.MethodGet, attribute(v.browse(http.MethodGet, "/go", nil).all("link")[0], "href"),
		nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/assets/other.css", nil).want(http.StatusNotFound)
	v.browse(http.MethodGet, "/brand/"+rivalID+"/none.svg", nil).want(http.StatusNotFound)
	newVenue(t, granting(onboarding.Grant{Kind: "coovachilli", Hosts: []string{"10.1.0.1"},
		Fields: map[string]string{"username": "guest", "password": "guest"}})).
		browse(http.MethodGet, "/portal/"+demoID+"?res=success", nil).want(http.StatusFound)
	branded := newVenue(t, withBrand, func(o *onboarding.Organization) { o.Portal.Slug = "caffe-roma" })
	branded.browse(http.MethodGet, "/", nil).want(http.StatusOK)
	branded.browse(http.MethodGet, "/caffe-roma", nil).want(http.StatusOK)
	branded.browse(http.MethodGet, "/Caffe-Roma", nil).want(http.StatusFound)
	branded.browse(http.MethodGet, "/caffe-milano", nil).want(http.StatusNotFound)
	branded.browse(http.MethodGet, "/", nil).want(http.StatusOK)
	alone(t).browse(http.MethodGet, "/", nil).want(http.StatusFound)
	branded.browse(http.MethodGet, branded.logo(), nil).want(http.StatusOK)

	for _, path := range []string{
		"/activate/nobody", "/activate/nobody/ios", "/activate/nobody/connection",
		"/wifiprofile?deviceType=apple&token=nobody",
	} {
		v.browse(http.MethodGet, path, nil).want(http.StatusNotFound)
	}
	v.post("/activate/nobody/installed", "", report).want(http.StatusNotFound)
	fresh, _ := v.link(1)
	v.post("/activate/"+fresh+"/installed", "", report).want(http.StatusConflict)
	v.browse(http.MethodPost, "/activate/"+fresh+"/installed",
		url.Values{"platform": {"ios"}, "type": {"passpoint"}}).want(http.StatusConflict)
	v.browse(http.MethodGet, "/activate/"+token+"/amiga", nil).want(http.StatusConflict)
	v.browse(http.MethodGet, "/wifiprofile?deviceType=amiga&token="+token, nil).want(http.StatusConflict)
	v.post("/activate/"+token+"/installed", "", map[string]any{"platform": "amiga"}).want(http.StatusConflict)
	v.browse(http.MethodPost, "/activate/"+token+"/installed",
		url.Values{"platform": {"amiga"}}).want(http.StatusConflict)
	self := v.browse(http.MethodPost, "/activate/"+token+"/me", url.Values{}).want(http.StatusSeeOther).
		header.Get("Location")
	v.browse(http.MethodPost, "/activate/"+token+"/me", url.Values{}, header("Sec-Fetch-Site", "cross-site")).
		want(http.StatusForbidden)
	v.browse(http.MethodPost, "/activate/nobody/me", url.Values{}).want(http.StatusNotFound)
	mine := v.browse(http.MethodGet, self, nil).want(http.StatusOK).form()
	v.browse(http.MethodGet, self+"/lost", nil).want(http.StatusOK)
	v.browse(http.MethodPost, self+"/data", mine).want(http.StatusOK)
	v.browse(http.MethodPost, self+"/device", mine).want(http.StatusOK)
	v.browse(http.MethodPost, self+"/choices", mine).want(http.StatusSeeOther)
	v.browse(http.MethodPost, self+"/choices", url.Values{}).want(http.StatusConflict)
	v.browse(http.MethodPost, self+"/other", mine).want(http.StatusNotFound)
	v.browse(http.MethodPost, self+"/data", mine, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodGet, self+"/other", nil).want(http.StatusNotFound)
	v.browse(http.MethodGet, "/me/nobody", nil).want(http.StatusNotFound)
	consent := "/activate/" + token + "/consent"
	v.browse(http.MethodPost, consent, url.Values{}).want(http.StatusSeeOther)
	v.browse(http.MethodPost, consent, url.Values{}, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, "/activate/nobody/consent", url.Values{}).want(http.StatusNotFound)
	v.raise("2.00", onboarding.ReconsentGrace)
	v.browse(http.MethodPost, consent, url.Values{}).want(http.StatusConflict)
	v.clock.advance(onboarding.DefaultLifetime + onboarding.InstalledGrace)
	v.browse(http.MethodPost, consent, url.Values{}).want(http.StatusGone)
	v.browse(http.MethodPost, "/activate/"+token+"/me", url.Values{}).want(http.StatusGone)
	v.browse(http.MethodGet, self, nil).want(http.StatusGone)
	v.browse(http.MethodGet, self+"/lost", nil).want(http.StatusGone)
	v.browse(http.MethodPost, self+"/choices", mine).want(http.StatusGone)
	for _, path := range []string{
		"/activate/" + token, "/activate/" + token + "/ios", "/wifiprofile?deviceType=apple&token=" + token,
		"/activate/" + token + "/connection",
	} {
		v.browse(http.MethodGet, path, nil).want(http.StatusGone)
	}
	v.post("/activate/"+token+"/installed", "", report).want(http.StatusGone)
}

// walkVerification follows visitors who prove their address.
func walkVerification(t *testing.T) {
	v := newVerifier(t)
	session := v.begin("ada@example.com")
	mail := v.letter()
	v.browse(http.MethodGet, session, nil).want(http.StatusOK)
	v.enterCode(session, "?").want(http.StatusConflict)
	v.enterCode(session, mail.code, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, session+"/resend", url.Values{}).want(http.StatusTooManyRequests)
	v.browse(http.MethodPost, session+"/resend", url.Values{}, header("Sec-Fetch-Site", "cross-site")).
		want(http.StatusForbidden)
	v.browse(http.MethodPost, session+"/address", url.Values{"address": {"?"}}).want(http.StatusConflict)
	v.browse(http.MethodPost, session+"/address", url.Values{"address": {"eve@example.com"}}).want(http.StatusSeeOther)
	v.browse(http.MethodPost, session+"/address", url.Values{}, header("Sec-Fetch-Site", "cross-site")).
		want(http.StatusForbidden)
	v.browse(http.MethodGet, mail.link, nil).want(http.StatusNotFound) // ended by the next one
	v.letter()                                                         // before another is sent: they have no order
	v.clock.advance(time.Minute)
	for v.browse(http.MethodPost, session+"/resend", url.Values{}).status == http.StatusTooManyRequests {
		v.clock.advance(time.Minute)
	}
	mail = v.letter()
	form := v.browse(http.MethodGet, mail.link, nil).want(http.StatusOK).form()
	v.browse(http.MethodPost, mail.link, form, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, mail.link, url.Values{}).want(http.StatusConflict)
	form.Set("where", "there")
	v.browse(http.MethodPost, mail.link, form).want(http.StatusOK)
	v.browse(http.MethodGet, session, nil).want(http.StatusSeeOther)
	v.browse(http.MethodGet, mail.link, nil).want(http.StatusGone)
	session = v.begin("bob@example.com")
	mail = v.letter()
	form = v.browse(http.MethodGet, mail.link, nil).want(http.StatusOK).form()
	other := v.browse(http.MethodGet, mail.link, nil).want(http.StatusOK).form()
	v.browse(http.MethodPost, mail.link, form).want(http.StatusSeeOther)
	v.browse(http.MethodPost, mail.link, other).want(http.StatusGone)
	proven := v.enterCode(session, mail.code).want(http.StatusSeeOther).header.Get("Location")
	v.post("/v3/customers/"+v.customerOf(tokenIn(proven))+"/lock", v.manager, nil).want(http.StatusOK)
	v.browse(http.MethodGet, session, nil).want(http.StatusConflict)
	refused := v.begin("gone@example.com")
	v.awaitRefusal("gone@example.com")
	v.clock.advance(time.Minute)
	v.browse(http.MethodPost, refused+"/resend", url.Values{}).want(http.StatusConflict)
	walkRenewal(t)
	walkReturn(t)
	walkUniFi(t)
	last := v.begin("eve@example.com")
	v.clock.advance(onboarding.VerificationFor)
	v.browse(http.MethodGet, last, nil).want(http.StatusGone)
	v.enterCode(last, "123456").want(http.StatusGone)
	v.browse(http.MethodPost, last+"/resend", url.Values{}).want(http.StatusGone)
	v.browse(http.MethodPost, last+"/address", url.Values{}).want(http.StatusGone)
	for _, path := range []string{
		"/verify/nobody", "/verify/nobody/resend", "/verify/nobody/address", "/confirm/nobody",
	} {
		v.browse(http.MethodPost, path, url.Values{}).want(http.StatusNotFound)
	}
	v.browse(http.MethodGet, "/verify/nobody", nil).want(http.StatusNotFound)
	v.browse(http.MethodGet, "/confirm/nobody", nil).want(http.StatusNotFound)
}

// walkRenewal follows the links of notices to each of their answers.
func walkRenewal(t *testing.T) {
	v := newVerifier(t, renewing)
	customer, _, path := v.noticed("ada@example.com")
	manager := v.token(demoID, auth.OrganizationManager)
	form := v.browse(http.MethodGet, path, nil).want(http.StatusOK).form()
	other := v.browse(http.MethodGet, path, nil).form()
	v.browse(http.MethodPost, path, form, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, path, url.Values{}).want(http.StatusConflict)
	v.post("/v3/customers/"+customer+"/lock", manager, nil).want(http.StatusOK)
	v.browse(http.MethodGet, path, nil).want(http.StatusConflict)
	v.browse(http.MethodPost, path, form).want(http.StatusConflict)
	v.post("/v3/customers/"+customer+"/unlock", manager, nil).want(http.StatusOK)
	token := tokenIn(v.browse(http.MethodPost, path, form).want(http.StatusSeeOther).header.Get("Location"))
	v.browse(http.MethodGet, "/activate/"+token+"/connection", nil).want(http.StatusNotFound)
	v.browse(http.MethodPost, "/activate/"+token+"/me", url.Values{}).want(http.StatusNotFound)
	v.browse(http.MethodGet, path, nil).want(http.StatusGone)
	v.browse(http.MethodPost, path, other).want(http.StatusGone)
	v.browse(http.MethodGet, "/renew/nobody", nil).want(http.StatusNotFound)
	v.browse(http.MethodPost, "/renew/nobody", form).want(http.StatusNotFound)
}

// walkUniFi goes from a controller's redirect to each answer of the call that opens the access.
func walkUniFi(t *testing.T) {
	v, u := alone(t), newUniFi(t)
	v.setGrant(u.grant(v))
	v.browse(http.MethodGet, "/guest/s/other", nil).want(http.StatusNotFound)
	v.browse(http.MethodGet, "/guest/s/default/?id=02-00-00-00-00-01", nil).want(http.StatusFound)
	v.browse(http.MethodGet, "/portal/"+rivalID+"/guest/s/default", nil).want(http.StatusNotFound)
	to := v.browse(http.MethodGet, "/portal/"+demoID+"/guest/s/default?id=02-00-00-00-00-01", nil)
	action, form := v.form(to.want(http.StatusFound).header.Get("Location"))
	signed := v.browse(http.MethodPost, action, form).want(http.StatusSeeOther).header.Get("Location")
	access := strings.Replace(signed, "?", "/access?", 1)
	v.browse(http.MethodPost, access, url.Values{}, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, access, url.Values{}).want(http.StatusSeeOther)
	u.Close()
	v.browse(http.MethodPost, access, url.Values{}).want(http.StatusServiceUnavailable)
	for range 200 {
		if v.browse(http.MethodPost, access, url.Values{}).status == http.StatusTooManyRequests {
			break
		}
	}
	v.browse(http.MethodPost, "/activate/nobody/access", url.Values{}).want(http.StatusNotFound)
	v.clock.advance(onboarding.DefaultLifetime)
	v.browse(http.MethodPost, access, url.Values{}).want(http.StatusGone)
}

// walkReturn follows links to the self-service page to each of their answers.
func walkReturn(t *testing.T) {
	v := newVerifier(t)
	session := v.begin("ada@example.com")
	v.enterCode(session, v.letter().code).want(http.StatusSeeOther)
	page := "/portal/" + demoID + "/return"
	v.browse(http.MethodGet, "/portal/"+rivalID+"/return", nil).want(http.StatusNotFound)
	form := v.browse(http.MethodGet, page, nil).want(http.StatusOK).form()
	v.browse(http.MethodPost, "/portal/"+rivalID+"/return", form).want(http.StatusNotFound)
	v.browse(http.MethodPost, page, form, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, page, url.Values{}).want(http.StatusConflict)
	for range 20 {
		form.Set("address", "eve@example.com")
		if v.browse(http.MethodPost, page, form).status == http.StatusTooManyRequests {
			break
		}
	}
	v.askReturn("ada@example.com").want(http.StatusSeeOther)
	link := v.returnLink(v.letter())
	open := v.browse(http.MethodGet, link, nil).want(http.StatusOK).form()
	other := v.browse(http.MethodGet, link, nil).form()
	v.browse(http.MethodPost, link, open, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, link, url.Values{}).want(http.StatusConflict)
	v.browse(http.MethodPost, link, open).want(http.StatusSeeOther)
	v.browse(http.MethodPost, link, other).want(http.StatusGone)
	v.browse(http.MethodGet, link, nil).want(http.StatusGone)
	v.browse(http.MethodGet, "/return/nobody", nil).want(http.StatusNotFound)
	v.browse(http.MethodPost, "/return/nobody", open).want(http.StatusNotFound)
}

// walkRADIUS sends requests of FreeRADIUS that are refused; connect sends accepted ones.
func walkRADIUS(t *testing.T) {
	h := newRadiusHouse(t)
	for _, path := range []string{"/aaa/authorize", "/aaa/resume", "/aaa/post-auth", "/aaa/accounting"} {
		h.ask(path, "{}").want(http.StatusConflict)
		h.ask(path, "{}", basic("radius", "wrong")).want(http.StatusUnauthorized)
	}
}

// walkErrors makes the mistakes that every route answers alike.
func walkErrors(t *testing.T) {
	h := newHouse(t)
	h.get("/docs/nothing", "").want(http.StatusNotFound)
	h.get("/docs/assets/nothing", "").want(http.StatusNotFound)
	id := h.register("anna")
	h.get("/v3/customers/"+id, h.token(demoID, auth.PublicApp)).want(http.StatusForbidden)
	h.post("/v1/sts/login/services", "", map[string]any{}).want(http.StatusUnauthorized)
	h.get("/v4/organizations/"+demoID+"/devices/beos_a/settings", h.app).want(http.StatusConflict)
	for _, path := range []string{
		"/v2/customers/" + id + "/events", "/v2/customers/" + id + "/accountings",
		"/v1/organizations/" + demoID + "/events",
	} {
		h.get(path+"?size=0", h.manager).want(http.StatusConflict)
	}
	names := strings.NewReplacer(":org", rivalID, ":id", nobodyID, ":service", nobodyID, ":installation", nobodyID,
		":verification", nobodyID,
		":device", "ios_a")
	all := samples(nobodyID, nobodyID, nobodyID)
	for _, r := range h.apiRoutes() {
		path, s := names.Replace(r.Pattern), all[r.Method+" "+r.Pattern]
		if s.body != nil || s.query != nil {
			h.call(r.Method, strings.NewReplacer(rivalID, demoID, nobodyID,
				id).Replace(path)+"?platform=%ff&lang=%ff&size=0&email=%ff&from=%ff", h.manager,
				[]byte("[")).want(http.StatusConflict)
		}
		if r.Access == web.Anybody {
			continue
		}
		h.call(r.Method, path, "", nil).want(http.StatusUnauthorized)
		h.call(r.Method, path, "nonsense", nil).want(http.StatusForbidden)
		body := maps.Clone(s.body)
		if _, names := body["organizationId"]; names {
			body["organizationId"] = rivalID
		}
		if r.Pattern != "/v1/sts/logout" {
			h.call(r.Method, path+"?email=a@example.com", h.manager, body).want(http.StatusNotFound)
		}
	}
}
