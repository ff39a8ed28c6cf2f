package server

import (
	"net/http"
	"testing"
	"time"
)

func TestInstallations(t *testing.T) {
	h := newHouse(t)
	path := "/v3/customers/" + h.register("anna") + "/installations"
	proof := withGuid(guid("anna"))
	report := map[string]any{
		"platform": "ios", "type": "passpoint", "installedBy": "com.example.app", "installed": "2022-07-08T08:08:44Z",
	}
	h.get(path, h.app, proof).want(http.StatusOK).is(map[string]any{
		"status": "OK", "generated": true, "installations": []any{},
	})
	first := h.post(path, h.app, report, proof).want(http.StatusCreated).is(map[string]any{
		"status": "OK", "generated": true, "id": anything,
	}).text("id")
	for _, same := range []string{"2022-07-08T08:08:44Z", "2022-07-08 08:08:44 +0000", "2022-07-08T10:08:44+02:00"} {
		if id := h.post(path, h.app, with(report, map[string]any{"installed": same}),
			proof).want(http.StatusOK).text("id"); id != first {
			t.Errorf("%s is another installation", same)
		}
	}
	second := h.post(path, h.app, with(report, map[string]any{"type": "wpa2enterprise", "platform": "android"}),
		proof).want(http.StatusCreated).text("id")
	for field, bad := range map[string]any{"platform": "amiga", "type": "wep", "installed": "yesterday"} {
		h.post(path, h.app, with(report, map[string]any{field: bad}), proof).blames(http.StatusConflict, field)
	}
	h.post(path, h.app,
		with(report, map[string]any{"installed": h.clock.now().Add(25 * time.Hour).Format(time.RFC3339)}),
		proof).blames(http.StatusConflict, "installed")

	h.call(http.MethodDelete, path+"/"+second, h.app, nil,
		proof).want(http.StatusOK).is(map[string]any{"status": "OK", "generated": true})
	removed := h.clock.now()
	h.clock.advance(time.Hour)
	h.call(http.MethodDelete, path+"/"+second, h.app, map[string]any{"guid": guid("anna")}).want(http.StatusOK)
	for _, id := range []string{nobodyID, "x", "%00"} {
		h.call(http.MethodDelete, path+"/"+id, h.app, nil, proof).blames(http.StatusNotFound, "")
	}
	other := "/v3/customers/" + h.register("berta") + "/installations/"
	h.call(http.MethodDelete, other+first, h.app, nil, withGuid(guid("berta"))).blames(http.StatusNotFound, "")

	a := h.get(path, h.manager).want(http.StatusOK)
	list := a.json["installations"].([]any)
	if len(list) != 2 {
		t.Fatalf("%s", a.raw)
	}
	username := list[0].(map[string]any)["username"].(string)
	same(t, []any{
		map[string]any{
			"id": first, "platform": "ios", "type": "passpoint", "realm": "demo.example", "friendlyName": "Demo WiFi",
			"roaming":       false,
			"outerIdentity": "anonymous@demo.example", "username": username,
			"trustedServerNames": []any{"radius.demo.example"},
			"installedBy":        "com.example.app", "installed": "2022-07-08T08:08:44Z", "removed": nil,
			"source": "app", "confirmed": nil,
		},
		map[string]any{
			"id": second, "platform": "android", "type": "wpa2enterprise", "ssid": "Demo", "ssidHidden": false,
			"outerIdentity": "anonymous@demo.example", "username": username,
			"trustedServerNames": []any{"radius.demo.example"},
			"installedBy":        "com.example.app", "installed": "2022-07-08T08:08:44Z",
			"removed": removed.Format(time.RFC3339), "source": "app", "confirmed": nil,
		},
	}, a.json["installations"])
}
