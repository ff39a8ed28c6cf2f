package server

import (
	"net/http"
	"net/url"
	"testing"
)

// TestStationClaims checks that a valid MAC address in the sign-up page's address is stored as a
// claim of the person who registers, once for a form that is sent twice, and is exported.
func TestStationClaims(t *testing.T) {
	v := newVenue(t)
	for mac, want := range map[string]string{
		"02-00-00-00-00-AA": "02:00:00:00:00:aa", "0200.0000.00ab": "02:00:00:00:00:ab",
		"02:00:00:00:00": "", "02:00:00:00:00:zz": "", "": "", "<script>": "",
	} {
		action, form := v.form("/portal/" + demoID + "?mac=" + url.QueryEscape(mac))
		customer := v.signUp(action, form).customer()
		v.clock.advance(1e9)
		if again := v.signUp(action, form).customer(); again != customer {
			t.Fatal("a form sent twice is two people")
		}
		claims, err := v.store.StationClaims(t.Context(), customer, "")
		if err != nil {
			t.Fatal(err)
		}
		if want == "" && len(claims) == 0 {
			continue
		}
		if len(claims) != 1 || claims[0].MAC != want {
			t.Errorf("%q: %v", mac, claims)
			continue
		}
		export := v.get("/v3/customers/"+customer+"/export", v.manager).want(http.StatusOK)
		exported := export.json["stationClaims"].([]any)
		if len(exported) != 1 || exported[0].(map[string]any)["macAddress"] != want {
			t.Errorf("exported: %v", exported)
		}
	}
}
