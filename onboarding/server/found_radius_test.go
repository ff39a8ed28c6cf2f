package server

import (
	"fmt"
	"net/http"
	"testing"

	"onramp/onboarding"
)

// TestFoundB6 reports connections with Called-Station-Id and Calling-Station-Id in every form that
// access points send: the place and the station of each are known.
func TestFoundB6(t *testing.T) {
	h := newRadiusHouse(t)
	o := organization(demoID, "Demo", "demo.example")
	o.Locations[0].Hotspots[0].MAC = "02:00:00:00:00:01"
	if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
		t.Fatal(err)
	}
	id := h.customer("anna", "secret")
	name := h.issued("anna")
	forms := []struct{ called, calling string }{
		{"02-00-00-00-00-01:Demo", "02-00-00-00-AA-01"},
		{"020000-000001:Demo", "0200.0000.aa01"},
		{"02:00:00:00:00:01 Demo", "02-00-00-00-AA-01 "},
		{"02:00:00:00:00:01@Demo", " 02:00:00:00:aa:01"},
		{"0200.0000.0001;Demo", `02-00-00-00-AA-01\u0000`},
		{"020000000001", "020000-00AA01"},
		{"02-00-00-00-00-01:Demo:with:colons", "02000000aa01"},
		{"02 00 00 00 00 01:Demo", "02 00 00 00 AA 01"},
		{"02-00-00-00-00-01 ", "02-00-00-00-AA-01\\t"},
	}
	for i, form := range forms {
		begun := h.clock.now().Unix() - int64(1000*(i+1))
		h.ask("/aaa/accounting", accountingJSON(
			"Acct-Status-Type", `"Stop"`, "Acct-Session-Id", fmt.Sprintf(`"%d"`, i), "Acct-Unique-Session-Id",
			fmt.Sprintf(`"u%d"`, i),
			"User-Name", fmt.Sprintf("%q", name), "Called-Station-Id", `"`+form.called+`"`, "Calling-Station-Id",
			`"`+form.calling+`"`,
			"Acct-Session-Time", "60", "Event-Timestamp", fmt.Sprint(begun+60),
		)).want(http.StatusNoContent)
	}
	known := h.get("/v2/customers/"+id+"/accountings", h.manager).want(http.StatusOK).json["connections"].([]any)
	if len(known) != len(forms) {
		t.Fatalf("%d connections, want %d", len(known), len(forms))
	}
	for i, connection := range known { // the latest first
		c := connection.(map[string]any)
		if c["apId"] != demoHotspot || c["macAddressClient"] != "02:00:00:00:aa:01" {
			t.Errorf("%q and %q: access point %v, station %v", forms[i].called, forms[i].calling, c["apId"],
				c["macAddressClient"])
		}
	}
}
