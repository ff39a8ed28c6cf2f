package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"onramp/onboarding/access"
	"onramp/onboarding/devicesim/journey"
)

// TestFoundVenueBehindOneAddress registers many visitors from one IPv4 address with the default
// limits; ONRAMP_TEST_VISITORS=10000 is a venue's first hour.
func TestFoundVenueBehindOneAddress(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	report, err := journey.Load(t.Context(), journey.Crowd{
		Link: s.demo().PortalURL, Devices: fromEnvironment("ONRAMP_TEST_VISITORS", 60), Concurrency: 16,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d journeys in %.0f s, %.0f a second", report.Journeys, report.Seconds, report.PerSecond)
	if report.Failed > 0 {
		t.Errorf("%d failed: %s", report.Failed, report.Example)
	}
	a, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	counters := regexp.MustCompile(`onramp_limit_refused_total\{limit="[a-z-]+"\} (\S+)`).FindAllStringSubmatch(
		string(text), -1)
	if len(counters) != len(access.LimitNames()) {
		t.Errorf("%d counters for %d limits", len(counters), len(access.LimitNames()))
	}
	for _, c := range counters {
		if c[1] != "0" {
			t.Errorf("%s", c[0])
		}
	}
}

// TestFoundLimitsSettings checks that a configured limit holds, that start-up logs --limits off,
// and that invalid limits are refused before anything is opened.
func TestFoundLimitsSettings(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"), "--limits", "registrations-key=3+1/h,lookups=off")
	app := s.login(s.demo().AppKey)
	create := func(s *serving, app string, status int) *answer {
		return s.must(status, "POST", "/v3/customers", app, "{"+consented+"}")
	}
	for range 3 {
		create(s, app, http.StatusCreated)
	}
	create(s, app, http.StatusTooManyRequests)
	if strings.Contains(s.output.String(), "limits off") {
		t.Error("the log reports limits off")
	}
	s.stop()

	s = startServe(t, filepath.Join(t.TempDir(), "data"), "--limits", "off")
	if !strings.Contains(s.output.String(), "--limits off: nothing limits") {
		t.Errorf("limits off is not announced: %s", s.output.String())
	}
	app = s.login(s.demo().AppKey)
	for i := range 12 {
		body := fmt.Sprintf(`{"username":"guessed","password":"wrong%d","organizationId":%q}`, i,
			s.demo().OrganizationID)
		s.must(http.StatusNotFound, "POST", "/v3/customers/credential/check", app, body)
	}
	s.stop()

	for _, c := range []struct{ setting, want string }{
		{"lookups=many", "--limits: lookups"}, {"visitors=1+1/m", "unknown limit"},
		{"off,lookups=off", "cannot be combined"},
	} {
		data := filepath.Join(t.TempDir(), "data")
		if code, _, stderr := onramp(t, "", "serve", "--data", data, "--limits", c.setting); code != 2 ||
			!strings.Contains(stderr, c.want) {
			t.Errorf("%s: ended %d: %s", c.setting, code, stderr)
		}
	}
}
