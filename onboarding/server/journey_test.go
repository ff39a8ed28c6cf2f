package server

import (
	"net/http"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/devicesim/journey"
	"onramp/onboarding/devicesim/judge"
)

// TestJourney has the simulated phones walk from the portal link to an installed profile, and the
// manager see it.
func TestJourney(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) { o.Portal.Fields = onboarding.PortalFields })
	for _, platform := range []string{judge.IOS, judge.Android} {
		t.Run(platform, func(t *testing.T) {
			v := v.onTheSpot(t)
			done, err := journey.Onboard(t.Context(), journey.Journey{
				Platform: platform, Trust: v.roots, Now: v.clock.now(),
				Link: v.api.URL + "/portal/" + demoID + "?location=" + demoLocation + "&hotspot=" + demoHotspot +
					"&mac=02-00-00-00-00-AA&ssid=Guests&redirect_url=https://example.com/welcome",
			})
			if err != nil {
				t.Fatal(err)
			}
			list := v.get("/v3/customers/"+done.CustomerID+"/installations", v.manager).want(http.StatusOK)
			installed, ok := list.json["installations"].([]any)
			if !ok || len(installed) != 1 {
				t.Fatalf("installations: %s", list.raw)
			}
			first, _ := installed[0].(map[string]any)
			if first["id"] != done.InstallationID || first["platform"] != platform ||
				first["username"] != done.Username {
				t.Errorf("the list shows %v, the phone reported %s as %s", first, done.InstallationID, done.Username)
			}
		})
	}
}

// TestCrowd has many phones come at once.
func TestCrowd(t *testing.T) {
	v := newVenue(t)
	report, err := journey.Load(t.Context(), journey.Crowd{
		Link: v.api.URL + "/portal/" + demoID, Devices: 48, Concurrency: 16, Trust: v.roots, Now: v.clock.now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Failed > 0 {
		t.Fatalf("%d of %d journeys failed: %v, such as: %s", report.Failed, report.Journeys, report.Errors,
			report.Example)
	}
	t.Logf("%.0f journeys a second, p50 %v ms, p99 %v ms", report.PerSecond, report.P50, report.P99)
}
