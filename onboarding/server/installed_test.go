package server

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// installationsOf returns the customer's installations as the API shows them.
func (v *venue) installationsOf(customer string) []map[string]any {
	v.Helper()
	a := v.get("/v3/customers/"+customer+"/installations", v.manager).want(http.StatusOK)
	var all []map[string]any
	for _, one := range a.json["installations"].([]any) {
		all = append(all, one.(map[string]any))
	}
	return all
}

// TestInstalledWithoutDownload checks that a report without a download of the platform is refused,
// records nothing, and that its page leads to the download.
func TestInstalledWithoutDownload(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(3)
	path := "/activate/" + token + "/installed"
	report := func(platform string) map[string]any {
		return map[string]any{"platform": platform, "type": "passpoint", "installed": "2022-07-08T08:08:44Z"}
	}
	form := url.Values{"platform": {"ios"}, "type": {"passpoint"}, "ssid": {"Guests"}}
	v.post(path, "", report("ios")).blames(http.StatusConflict, "platform")
	page := v.browse(http.MethodPost, path+"?lang=en", form).want(http.StatusConflict).
		says("One step is missing", "iPhone or iPad").saysNot("All set")
	back := "/activate/" + token + "?lang=en&platform=ios&ssid=Guests"
	if to := strings.Join(page.hrefs(), " "); !strings.Contains(to, back) {
		t.Errorf("the page leads to %s", to)
	}
	v.browse(http.MethodHead, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil, header("Sec-Purpose", "prefetch")).want(http.StatusOK)
	v.post(path, "", report("ios")).blames(http.StatusConflict, "platform")

	check := v.post("/v2/customers/"+customer+"/token", v.manager, nil).want(http.StatusOK).text("token")
	app := v.token(demoID, auth.PublicApp)
	v.post("/v3/customers/credential/check", app, map[string]any{"link": check, "guid": guid("anna")}).
		want(http.StatusOK) // burns a hit, and downloads nothing
	v.post("/activate/"+check+"/installed", "", report("ios")).blames(http.StatusConflict, "platform")

	v.browse(http.MethodGet, "/activate/"+token+"/android", nil).want(http.StatusOK)
	v.post(path, "", report("ios")).blames(http.StatusConflict, "platform")
	v.post(path, "", report("android")).want(http.StatusCreated).is(map[string]any{
		"status": "OK", "generated": true, "id": anything, "customerId": customer,
	})
	v.browse(http.MethodGet, "/activate/"+token+"/settings-ios", nil).want(http.StatusOK)
	v.post(path, "", report("ios")).want(http.StatusCreated)
	got := v.installationsOf(customer)
	if len(got) != 2 || got[0]["source"] != "visitor" || got[0]["confirmed"] != nil {
		t.Errorf("%v", got)
	}

	// a link that serves no more downloads leads to a new registration
	v.browse(http.MethodGet, "/activate/"+token+"/android", nil).want(http.StatusOK)
	form.Set("platform", "macos")
	v.browse(http.MethodPost, path, form).want(http.StatusConflict).says("no more downloads")
	v.clock.advance(onboarding.DefaultLifetime)
	page = v.browse(http.MethodPost, path, form).want(http.StatusConflict)
	if to := strings.Join(page.hrefs(), " "); !strings.Contains(to, "/portal/"+demoID) {
		t.Errorf("the page leads to %s", to)
	}
}

// TestInstalledByOtherDownload checks that a download by another link, a resume code or an operator
// counts, and that one with a replaced credential does not.
func TestInstalledByOtherDownload(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(5)
	report := map[string]any{"platform": "ios", "type": "passpoint", "installed": "2022-07-08T08:08:44Z"}
	resumed := tokenIn(v.enter(v.code(token)).want(http.StatusSeeOther).header.Get("Location"))
	v.browse(http.MethodGet, "/activate/"+resumed+"/ios", nil).want(http.StatusOK)
	v.post("/activate/"+token+"/installed", "", report).want(http.StatusCreated)

	other := v.post("/v2/customers/"+customer+"/token", v.manager, nil).want(http.StatusOK).text("token")
	report["installed"] = "2022-07-09T08:08:44Z"
	v.post("/activate/"+other+"/installed", "", report).want(http.StatusCreated)

	report["platform"] = "macos"
	v.post("/activate/"+other+"/installed", "", report).blames(http.StatusConflict, "platform")
	v.get("/v3/customers/"+customer+"/profile?platform=macos", v.manager).want(http.StatusOK)
	v.post("/activate/"+other+"/installed", "", report).want(http.StatusCreated)

	v.clock.advance(time.Second)
	rotated := v.post("/v3/customers/"+customer+"/rotate", v.manager, nil).want(http.StatusOK)
	fresh := tokenIn(rotated.text("activationUrl"))
	v.post("/activate/"+fresh+"/installed", "", report).blames(http.StatusConflict, "platform")
}

// TestInstalledSource checks that an operator's report has its own source, and that a device that
// joined before the report confirms it.
func TestInstalledSource(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(5)
	at := v.clock.now()
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.clock.advance(time.Minute)
	for _, reason := range []onboarding.Reason{onboarding.ReasonWrongPassword, ""} {
		v.clock.advance(time.Second)
		attempt := &onboarding.Attempt{OrganizationID: demoID, CustomerID: customer, HostID: demoID,
			Attribution: onboarding.AttributedByName, AccessPoint: "ap", Station: "02-00-00-00-00-01", Reason: reason,
			First: v.clock.now(), Last: v.clock.now(), Count: 1}
		attempt.SetID()
		if err := v.store.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.CountAttempt(t.Context(), attempt)
		}); err != nil {
			t.Fatal(err)
		}
	}
	joined := v.clock.now().Format(time.RFC3339)
	v.clock.advance(time.Minute)
	v.post("/activate/"+token+"/installed", "", map[string]any{"platform": "ios", "type": "passpoint",
		"installed": at.Format(time.RFC3339)}).want(http.StatusCreated)
	v.post("/v3/customers/"+customer+"/installations", v.manager, map[string]any{"platform": "windows",
		"type": "passpoint", "installedBy": "kiosk", "installed": v.clock.now().Format(time.RFC3339)}).
		want(http.StatusCreated)
	got := v.installationsOf(customer)
	if len(got) != 2 || got[0]["source"] != "visitor" || got[0]["confirmed"] != joined ||
		got[1]["source"] != "kiosk" || got[1]["confirmed"] != nil {
		t.Errorf("%v", got)
	}
}

// TestInstalledTwiceAtOnce checks on both engines that equal reports at once are one installation
// with one event.
func TestInstalledTwiceAtOnce(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		id := h.register("anna")
		token := h.post("/v2/customers/"+id+"/token", h.manager, nil).want(http.StatusOK).text("token")
		h.get("/activate/"+token+"/ios", "").want(http.StatusOK)
		report := map[string]any{"platform": "ios", "type": "passpoint", "installed": "2022-07-08T08:08:44Z"}
		var reports sync.WaitGroup
		answers := make([]*answer, 8)
		for i := range answers {
			reports.Go(func() { answers[i] = h.post("/activate/"+token+"/installed", "", report) })
		}
		reports.Wait()
		created := 0
		for _, a := range answers {
			if a.text("id") != answers[0].text("id") {
				t.Errorf("several installations: %s and %s", a.raw, answers[0].raw)
			}
			if a.status == http.StatusCreated {
				created++
			}
		}
		if created != 1 {
			t.Errorf("%d reports were answered as new", created)
		}
		events := h.get("/v2/customers/"+id+"/events", h.manager).want(http.StatusOK)
		if n := strings.Count(string(events.raw), `"installedBy"`); n > 1 {
			t.Errorf("%d events: %s", n, events.raw)
		}
	})
}

// TestInstalledConfirmed checks through FreeRADIUS's listener that an Access-Accept confirms a
// report, and a report after it, and that the connection page then shows the place.
func TestInstalledConfirmed(t *testing.T) {
	h := newRadiusHouse(t)
	id := h.customer("anna", "secret")
	token := h.post("/v2/customers/"+id+"/token", h.manager, nil).want(http.StatusOK).text("token")
	installed := func(platform string, at time.Time) {
		t.Helper()
		h.get("/activate/"+token+"/"+platform, "").want(http.StatusOK)
		h.post("/activate/"+token+"/installed", "", map[string]any{"platform": platform, "type": "passpoint",
			"installed": at.Format(time.RFC3339)}).want(http.StatusCreated)
	}
	first := h.clock.now()
	h.clock.advance(time.Second)
	installed("ios", first)
	h.clock.advance(time.Minute)
	accepted := h.clock.now().Format(time.RFC3339)
	h.ask("/aaa/post-auth", `{"User-Name":"anna","Onramp-Outcome":"accept","Onramp-Hotspot":"`+demoHotspot+
		`","Calling-Station-Id":"02-00-00-00-00-07"}`).want(http.StatusNoContent)
	h.clock.advance(time.Minute)
	installed("macos", first) // the page was opened before the phone joined
	installed("android", h.clock.now())

	page := h.get("/activate/"+token+"/connection?platform=ios&lang=en", "").want(http.StatusOK)
	if !strings.Contains(string(page.raw), "This phone joined Via Roma at ") {
		t.Errorf("the page says %s", page.raw)
	}
	list := h.get("/v3/customers/"+id+"/installations", h.manager).want(http.StatusOK)
	for _, one := range list.json["installations"].([]any) {
		i := one.(map[string]any)
		want := any(accepted)
		if i["platform"] == "android" {
			want = nil
		}
		if i["confirmed"] != want {
			t.Errorf("%v was confirmed at %v, want %v", i["platform"], i["confirmed"], want)
		}
	}
}
