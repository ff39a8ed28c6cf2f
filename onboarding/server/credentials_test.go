package server

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLockUnlockRotate(t *testing.T) {
	h := newHouse(t)
	made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
	path, ok := "/v3/customers/"+made.text("id"), map[string]any{"status": "OK", "generated": true}
	for range 2 {
		h.post(path+"/lock", h.manager, nil).want(http.StatusOK).is(ok)
	}
	h.get(path+"/profile?platform=ios", h.manager).blames(http.StatusConflict, "").golden("locked.json")
	h.post(path+"/unlock", h.manager, nil).want(http.StatusOK).is(ok)
	before := h.get(path+"/profile?platform=settings-ios", h.manager).want(http.StatusOK)

	h.post(path+"/rotate", h.manager, nil).want(http.StatusOK).is(map[string]any{
		"status": "OK", "generated": true, "activationUrl": anything,
	})
	after := h.get(path+"/profile?platform=settings-ios", h.manager).want(http.StatusOK)
	if string(before.raw) == string(after.raw) {
		t.Error("the profile did not change")
	}
	check := map[string]any{
		"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
	}
	h.post("/v3/customers/credential/check", h.app, check).want(http.StatusNotFound)
	h.post(path+"/rotate", h.rival, nil).blames(http.StatusNotFound, "")
}

// TestRotateEndsLinks: a link that is open on a lost phone does not bring the new password.
func TestRotateEndsLinks(t *testing.T) {
	h := newHouse(t)
	made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
	path := "/v3/customers/" + made.text("id")
	long := h.post("/v2/customers/"+made.text("id")+"/token", h.manager,
		map[string]any{"expiresIn": 86400}).want(http.StatusOK)
	download := func(url string) *answer {
		return h.get(strings.TrimPrefix(url, "https://wifi.example.com")+"/ios", "")
	}
	for _, url := range []string{made.text("activationUrl"), long.text("url")} {
		download(url).want(http.StatusOK)
	}
	h.clock.advance(time.Second)
	rotated := h.post(path+"/rotate", h.manager, nil).want(http.StatusOK)
	for _, url := range []string{made.text("activationUrl"), long.text("url")} {
		download(url).want(http.StatusGone)
	}
	download(rotated.text("activationUrl")).want(http.StatusOK)
}

func TestCreateToken(t *testing.T) {
	h := newHouse(t)
	path := "/v2/customers/" + h.register("anna") + "/token"
	for _, body := range []any{nil, map[string]any{}, map[string]any{"expiresIn": nil}} {
		a := h.post(path, h.manager, body).want(http.StatusOK)
		a.is(map[string]any{
			"token": anything, "url": "https://wifi.example.com/activate/" + a.text("token"),
			"expires": h.clock.now().Add(time.Hour).Format(time.RFC3339), "maxHits": 10.0,
		})
	}
	a := h.post(path, h.manager, []byte(`{"expiresIn": 6e1, "maxHits": 1}`)).want(http.StatusOK)
	a.is(map[string]any{
		"token": anything, "url": anything, "expires": h.clock.now().Add(time.Minute).Format(time.RFC3339),
		"maxHits": 1.0,
	})
	for field, values := range map[string][]any{"expiresIn": {0, -1, 1e9, 0.5}, "maxHits": {0, -1, 1e6, 1e17}} {
		for _, v := range values {
			h.post(path, h.manager, map[string]any{field: v}).blames(http.StatusConflict, field)
		}
	}
}

// TestDevices: an app reports its phone, and later a heartbeat.
func TestDevices(t *testing.T) {
	h := newHouse(t)
	path, ok := "/v3/customers/"+h.register("anna")+"/devices", map[string]any{"status": "OK", "generated": true}
	h.post(path, h.app, map[string]any{
		"installId": "i", "bundle": "com.example.app", "vendorId": "v", "advId": "a", "os": "ios", "osVersion": "18",
		"device": "iPhone", "created": "2022-07-08T08:08:44Z",
	}, withGuid(guid("anna"))).want(http.StatusOK).is(ok)
	h.post(path, h.app, map[string]any{
		"installId": "i", "os": "ios", "bundle": "com.example.app", "lastSeen": "2022-07-08 08:08:44 +0000",
		"pushToken": "p", "guid": guid("anna"),
		"pp_installed": true, "wpa2ent_installed": nil,
	}).want(http.StatusOK).is(ok)
	for field, bad := range map[string]any{
		"created": "yesterday", "lastSeen": "0", "pp_installed": "yes", "installId": "",
	} {
		h.post(path, h.manager, with(map[string]any{"installId": "i"},
			map[string]any{field: bad})).blames(http.StatusConflict, field)
	}
}
