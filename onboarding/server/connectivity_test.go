package server

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"onramp/onboarding/auth"
	"onramp/onboarding/radius"
)

// knock records an authentication at the front door.
func (h *house) knock(username, mac string, accepted bool) {
	h.Helper()
	if err := h.service.RADIUS.RecordLogin(h.Context(), radius.LoginOutcome{
		Username: username, CallingStation: mac, Accepted: accepted,
		AccessPoint: radius.AccessPointIdentity{Client: demoHotspot, NASIdentifier: "door"},
	}); err != nil {
		h.Fatal(err)
	}
}

// TestConnectivity follows one person from the sign-up to the connection, as the operator and as
// the person's app see it.
func TestConnectivity(t *testing.T) {
	h := newHouse(t)
	const guid = "device-of-anna-0000001"
	id := h.post("/v3/customers", h.app, with(person("anna"), map[string]any{
		"username": "anna", "password": "anna-password", "guid": guid,
	})).want(http.StatusCreated).text("id")
	operator := func(state, cause, confidence string) map[string]any {
		t.Helper()
		v := h.get("/v2/customers/"+id+"/connectivity", h.manager).want(http.StatusOK).json
		if v["state"] != state || fmt.Sprint(v["cause"]) != cause || v["confidence"] != confidence ||
			v["customerId"] != id {
			t.Errorf("got %v %v %v, want %s %s %s", v["state"], v["cause"], v["confidence"], state, cause, confidence)
		}
		return v
	}
	app := func(state, step string) {
		t.Helper()
		v := h.get("/v3/customers/"+id+"/connectivity", h.app, withGuid(guid)).want(http.StatusOK).json
		if v["state"] != state || v["visitorStep"] != step || len(v) != 5 {
			t.Errorf("got %v, want %s and %q", v, state, step)
		}
	}
	operator("never_connected", "never-downloaded", "certain")
	app("never_connected", "Open the link again and download the profile for this phone.")
	h.get("/v3/customers/"+id+"/profile?platform=android", h.app, withGuid(guid)).want(http.StatusOK)
	h.clock.advance(time.Minute)
	operator("never_connected", "not-installed", "likely")
	h.knock("anna", "02-00-00-00-AA-01", false)
	operator("never_connected", "wrong-password", "likely")
	h.clock.advance(time.Minute)
	h.knock("anna", "02-00-00-00-AA-01", true)
	v := operator("connected", "<nil>", "likely")
	app("connected", "Nothing to do: the phone is connected.")
	if place, _ := v["hotspot"].(map[string]any); place["id"] != demoHotspot || place["name"] != "Front door" {
		t.Errorf("hotspot: %v", v["hotspot"])
	}
	h.clock.advance(time.Minute)
	h.post("/v3/customers/"+id+"/lock", h.manager, nil).want(http.StatusOK)
	h.knock("anna", "02-00-00-00-AA-01", false)
	operator("not_connected", "locked", "certain")

	h.get("/v2/customers/"+id+"/connectivity", h.rival).want(http.StatusNotFound)
	h.get("/v3/customers/"+id+"/connectivity", h.token(demoID, auth.PublicApp)).want(http.StatusForbidden)
	h.get("/v2/customers/"+nobodyID+"/connectivity", h.manager).want(http.StatusNotFound)
}

func TestRefusals(t *testing.T) {
	h := newHouse(t)
	id := h.post("/v3/customers", h.app, with(person("anna"), map[string]any{
		"username": "anna", "password": "anna-password",
	})).want(http.StatusCreated).text("id")
	h.knock("anna", "02-00-00-00-AA-01", false)
	h.knock("anna", "02-00-00-00-AA-01", false)
	path := "/v2/organizations/" + demoID + "/refusals"
	v := h.get(path, h.manager).want(http.StatusOK).json
	if v["count"] != 1.0 {
		t.Fatalf("got %v", v)
	}
	row := v["refusals"].([]any)[0].(map[string]any)
	want := map[string]any{
		"hour": h.clock.now().Truncate(time.Hour).Format(time.RFC3339), "cause": "wrong-password",
		"locationId": demoLocation, "hotspotId": demoHotspot, "accessPoint": "client " + demoHotspot, "count": 2.0,
		"last": h.clock.now().Format(time.RFC3339), "customerIds": []any{id},
	}
	if fmt.Sprint(row) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", row, want)
	}
	if v := h.get(path+"?to=2020-01-02", h.manager).want(http.StatusOK).json; v["count"] != 0.0 {
		t.Errorf("before: %v", v)
	}
	h.get(path+"?from=2020-01-01&to=2021-06-01", h.manager).blames(http.StatusConflict, "from")
	h.get(path+"?from=2021-01-01&to=2020-01-01", h.manager).blames(http.StatusConflict, "to")
	h.get(path+"?from=yesterday", h.manager).blames(http.StatusConflict, "from")
	h.get(path, h.rival).want(http.StatusNotFound)
	h.get(path, h.app).want(http.StatusForbidden)
}
