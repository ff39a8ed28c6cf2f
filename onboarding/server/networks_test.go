package server

import (
	"net/http"
	"testing"

	"onramp/onboarding"
)

func TestPolicies(t *testing.T) {
	h := newHouse(t)
	h.get("/v1/organizations/"+demoID+"/policies", h.app).want(http.StatusOK).is(map[string]any{
		"status": "OK", "generated": true, "count": 3.0,
		"policies": []any{"termsOfUse", "privacy", "mktgCommunications"},
	})
	expect := func(terms, privacy, offers string) map[string]any {
		return map[string]any{"status": "OK", "generated": true, "count": 3.0, "policies": []any{
			map[string]any{
				"key": "termsOfUse", "title": terms, "url": "https://example.com/terms", "text": nil, "version": "1.00",
				"mandatory": true, "changes": nil,
			},
			map[string]any{
				"key": "privacy", "title": privacy, "url": nil, "text": "We keep little.", "version": "1.00",
				"mandatory": true, "changes": nil,
			},
			map[string]any{
				"key": "mktgCommunications", "title": offers, "url": nil, "text": nil, "version": "2",
				"mandatory": false, "changes": nil,
			},
		}}
	}
	path := "/v3/organizations/" + demoID + "/policies"
	english, italian := expect("Terms of use", "Privacy policy", "Offers"), expect("Condizioni d'uso",
		"Informativa privacy", "Offers")
	h.get(path, h.app).want(http.StatusOK).is(english)
	h.get(path+"?lang=de", h.app).want(http.StatusOK).is(english)
	h.get(path+"?lang=it", h.app).want(http.StatusOK).is(italian)
	h.get(path+"?lang=IT-ch", h.app).want(http.StatusOK).is(italian)
	h.get(path+"?lang=%FF", h.app).blames(http.StatusConflict, "lang")
}

func TestSettings(t *testing.T) {
	h := newHouse(t)
	path := "/v4/organizations/" + demoID + "/devices/"
	want := map[string]any{
		"status": "OK", "generated": true, "defaultLocationId": demoLocation,
		"passpoint": map[string]any{"realm": "demo.example", "friendlyName": "Demo WiFi", "roaming": false},
		"wpa2":      map[string]any{"ssid": "Demo", "ssidHidden": false},
	}
	for _, device := range []string{"ios_com.example.app", "android_com.example.my_app", "ios_a"} {
		h.get(path+device+"/settings", h.app).want(http.StatusOK).is(want)
	}
	for device, field := range map[string]string{
		"windows_com.example": "os", "ios": "bundle", "ios_": "bundle", "_com.example": "os", "ios_a%00b": "bundle",
		"ios_a%20b": "bundle",
	} {
		h.get(path+device+"/settings", h.app).blames(http.StatusConflict, field)
	}
	o := organization(demoID, "Demo", "demo.example")
	o.WiFi.Passpoint = nil
	o.WiFi.WPA2.Hidden = true
	if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
		t.Fatal(err)
	}
	want["passpoint"], want["wpa2"] = nil, map[string]any{"ssid": "Demo", "ssidHidden": true}
	h.get(path+"ios_com.example.app/settings", h.app).want(http.StatusOK).is(want)
}
