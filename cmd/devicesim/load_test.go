package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"onramp/onboarding/devicesim/journey"
)

// TestLoadAtARate sends arrivals at a fixed rate to a server that registers only three visitors.
func TestLoadAtARate(t *testing.T) {
	d := serveDemo(t, "--limits", "registrations-address=3+1/h")
	var stdout, stderr bytes.Buffer
	code := run([]string{"load", "--url", d.demo.PortalURL, "--trust", d.demo.ProfileRoot, "--rate", "20", "--devices",
		"5", "--mix", "ios=2,android=3"}, &stdout, &stderr)
	var got journey.LoadReport
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	refused := []journey.FailureCount{{Step: "send the sign-up form", Kind: "HTTP 429 with Retry-After", Count: 2}}
	if code != 1 || !strings.Contains(stderr.String(), "retry after") || got.Journeys != 5 || got.Failed != 2 ||
		got.NotStarted != 0 || !reflect.DeepEqual(got.Kinds, refused) || got.P50 <= 0 || got.Max < got.P50 ||
		got.StartDelay == nil || got.Settings.Rate != 20 || got.Settings.Mix["android"] != 60 {
		t.Errorf("exit code %d: %s\n%s", code, &stderr, &stdout)
	}
	counts := map[string]int{}
	for _, step := range got.Steps {
		if counts[step.Step] = step.Count; step.P50 <= 0 || step.Max < step.P50 {
			t.Errorf("%+v", step)
		}
	}
	if counts["open the portal"] != 5 || counts["send the sign-up form"] != 3 ||
		counts["report the installation"] != 3 {
		t.Errorf("steps %v", counts)
	}
}
