package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
)

// TestRetentionCommand checks output and exit codes: a dry run counts the records that the
// command then deletes, and a leap of the clock needs a flag.
func TestRetentionCommand(t *testing.T) {
	ctx := t.Context()
	data := filepath.Join(t.TempDir(), "data")
	o := testkit.Organization(1)
	o.Retention.Events = onboarding.Days(30)
	put := func(ages ...int) {
		t.Helper()
		if err := withService(ctx, &flags{data: data}, func(d *storage, s *deployment.Deployment) error {
			if _, err := s.Tenant.Apply(ctx, []*onboarding.Organization{o}); err != nil {
				return err
			}
			return d.store.Write(ctx, func(tx onboarding.Tx) error {
				for _, days := range ages {
					if err := tx.AppendEvents(ctx, []onboarding.Event{{ID: onboarding.NewID(), OrganizationID: o.ID,
						Type: onboarding.EventSignup, At: time.Now().UTC().AddDate(0, 0, -days)}}); err != nil {
						return err
					}
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
	}
	events := func(args ...string) (code, count int, stderr string) {
		t.Helper()
		code, stdout, stderr := onramp(t, "", append([]string{"retention", "--data", data, "--json"}, args...)...)
		var report struct {
			Rows []struct {
				OrganizationID *string
				Records, Kept  string
				Count          int
			}
		}
		if err := json.Unmarshal([]byte(stdout), &report); err != nil {
			t.Fatalf("%v: %s%s", err, stdout, stderr)
		}
		for _, row := range report.Rows {
			if row.Records == "events" && row.OrganizationID != nil && *row.OrganizationID == o.ID {
				if row.Kept != "30d" {
					t.Errorf("events are kept for %s", row.Kept)
				}
				count += row.Count
			}
		}
		return code, count, stderr
	}
	// The last event is old: the clock may have leapt.
	put(29, 31, 50)
	if code, n, stderr := events("--dry-run"); code != 0 || n != 2 {
		t.Errorf("a dry run: %d, %d events %s", code, n, stderr)
	}
	if code, n, stderr := events(); code != 1 || n != 0 || !strings.Contains(stderr, "--accept-clock") {
		t.Errorf("after a leap: %d, %d events %s", code, n, stderr)
	}
	if code, n, stderr := events("--accept-clock"); code != 0 || n != 2 {
		t.Errorf("with the clock accepted: %d, %d events %s", code, n, stderr)
	}
	put(40)
	if code, n, stderr := events("--organization", o.ID); code != 0 || n != 1 {
		t.Errorf("another run: %d, %d events %s", code, n, stderr)
	}
	code, stdout, stderr := onramp(t, "", "retention", "--data", data, "--dry-run")
	if code != 0 || !strings.Contains(stdout, "OLDEST KEPT") || !strings.Contains(stdout, "unverifiedSignups") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if code, _, stderr := onramp(t, "", "retention", "--data", data, "--organization", "unknown"); code != 1 ||
		!strings.Contains(stderr, "organization") {
		t.Errorf("an unknown organization: %d %s", code, stderr)
	}
}
