package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/profiles"
)

// TestProfileHeaders: the headers that each platform's installer reads.
func TestProfileHeaders(t *testing.T) {
	h := newHouse(t)
	path := "/v3/customers/" + h.register("anna") + "/profile?platform="
	for _, p := range profiles.Platforms() {
		a := h.get(path+string(p), h.app, withGuid(guid("anna"))).want(http.StatusOK)
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" ||
			a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", p, a.header)
		}
		if a.header.Get("Content-Type") == "" {
			t.Errorf("%s: no type", p)
		}
		head := h.call(http.MethodHead, path+string(p), h.app, nil, withGuid(guid("anna"))).want(http.StatusOK)
		if len(head.raw) != 0 || head.header.Get("Content-Type") != a.header.Get("Content-Type") {
			t.Errorf("%s: HEAD %v %q", p, head.header, head.raw)
		}
	}
	android := h.get(path+"android", h.app, withGuid(guid("anna")))
	if got := android.header.Values("Content-Type"); !slices.Equal(got, []string{"application/x-wifi-config"}) {
		t.Errorf("Android: Content-Type %q", got)
	}
	if android.header.Get("Content-Transfer-Encoding") != "base64" ||
		android.header.Values("Content-Disposition") != nil {
		t.Errorf("Android: %v", android.header)
	}
	ios := h.get(path+"ios", h.app, withGuid(guid("anna")))
	if ios.header.Get("Content-Type") != "application/x-apple-aspen-config" ||
		!strings.HasPrefix(ios.header.Get("Content-Disposition"), `attachment; filename="`) {
		t.Errorf("iOS: %v", ios.header)
	}
	h.get(path+"amiga", h.app, withGuid(guid("anna"))).blames(http.StatusConflict,
		"platform").golden("unknown-platform.json")
	h.get(strings.TrimSuffix(path, "?platform="), h.app, withGuid(guid("anna"))).blames(http.StatusConflict, "platform")
}

// TestProfileUnsupported: a platform that supports no network gets the reason.
func TestProfileUnsupported(t *testing.T) {
	h := newHouse(t)
	o := organization(demoID, "Demo", "demo.example")
	o.WiFi.WPA2 = nil
	if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
		t.Fatal(err)
	}
	path := "/v3/customers/" + h.register("anna") + "/profile?platform="
	refused := 0
	for _, p := range profiles.Platforms() {
		a := h.get(path+string(p), h.manager)
		if a.status == http.StatusOK {
			continue
		}
		refused++
		if a.blames(http.StatusConflict, "platform"); len(a.text("message")) < 30 {
			t.Errorf("%s: no reason: %s", p, a.raw)
		}
	}
	if refused == 0 {
		t.Error("Passpoint alone can be expressed on no platform less than all")
	}
}

// hostile breaks a document that does not escape it.
const hostile = `&<>"']]><!--%s😀é`

// TestHostileTexts: names that would break markup come out unchanged, in the documents and on the
// wire.
func TestHostileTexts(t *testing.T) {
	h := newHouse(t)
	o := organization(demoID, "Demo "+hostile, "demo.example")
	o.WiFi.Passpoint.FriendlyName = "Caffè " + hostile
	o.WiFi.WPA2.SSID = `&<>"']]>😀`
	if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
		t.Fatal(err)
	}
	const password = `p&<>"']]>%{User-Name}é`
	body := with(person("anna"), map[string]any{"username": hostile, "password": password})
	for _, name := range []string{
		"firstName", "lastName", "title", "zipCode", "companyName", "civilStatus", "extId", "extProp1", "extProp2",
		"source", "browserLanguage",
	} {
		body[name] = hostile
	}
	made := h.post("/v3/customers", h.app, body).want(http.StatusCreated)
	if made.text("username") != hostile || made.text("password") != password || made.text("extId") != hostile {
		t.Errorf("%s", made.raw)
	}
	h.get("/v2/customers/organizations/"+demoID+"/exist?extId=%26%3C%3E%22%27%5D%5D%3E%3C%21--%25s%F0%9F%98%80%C3%A9",
		h.app).want(http.StatusOK)
	path := "/v3/customers/" + made.text("id")
	for _, platform := range []string{judge.IOS, judge.Android} {
		a := h.get(path+"/profile?platform="+platform, h.app, withGuid(guid("anna"))).want(http.StatusOK)
		verdict, err := platforms.Check(platform, a.raw, judge.Options{Now: h.clock.now()})
		if err != nil {
			t.Fatal(err)
		}
		if err := verdict.Err(); err != nil {
			t.Fatalf("%s: %v", platform, err)
		}
		shown, err := json.Marshal(verdict.View)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range verdict.View.Networks {
			if n.Username != hostile || n.Password.Reveal() != password {
				t.Errorf("%s: user %q, password %q", platform, n.Username, n.Password.Reveal())
			}
		}
		friendly, err := json.Marshal(o.WiFi.Passpoint.FriendlyName)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(shown, friendly) {
			t.Errorf("%s: the friendly name is not in %s", platform, shown)
		}
	}
	h.post(path+"/installations", h.app, map[string]any{
		"platform": "ios", "type": "passpoint", "installedBy": hostile, "installed": "2022-07-08T08:08:44Z"},
		withGuid(guid("anna"))).want(http.StatusCreated)
	list := h.get(path+"/installations",
		h.manager).want(http.StatusOK).json["installations"].([]any)[0].(map[string]any)
	if list["installedBy"] != hostile || list["username"] != hostile || list["friendlyName"] != "Caffè "+hostile {
		t.Errorf("%v", list)
	}
	h.get("/v4/organizations/"+demoID+"/devices/ios_a/settings", h.app).want(http.StatusOK)
}
