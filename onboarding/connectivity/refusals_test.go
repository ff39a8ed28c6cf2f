package connectivity_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// TestRefusals checks counts, examples and bounds of a report.
func TestRefusals(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	olga := s.AddCustomer(s.There, "olga", "olga's password")
	fail := func(username, mac string) {
		t.Helper()
		if err := s.RADIUS.RecordLogin(ctx, radius.LoginOutcome{
			Username: username, CallingStation: mac,
			AccessPoint: radius.AccessPointIdentity{NASIdentifier: testkit.Hall, CalledStation: "02-00-00-00-01-01:x"},
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.Advance(30 * time.Minute)
	fail("anna", phone)
	fail("anna", laptop)
	fail("olga", laptop)
	s.Advance(time.Hour)
	fail("anna", phone)
	fail("nobody", laptop)
	list := func(o *onboarding.Organization, from, to *time.Time) []connectivity.Refusal {
		t.Helper()
		found, _, err := s.Connectivity.Refusals(ctx, testkit.Manager(o), o.ID, from, to)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	type row struct {
		hour  time.Duration
		cause connectivity.Cause
		count int64
		ids   int
	}
	var got []row
	for _, r := range list(s.Here, nil, nil) {
		got = append(got, row{r.Hour.Sub(testkit.Monday), r.Cause, r.Count, len(r.CustomerIDs)})
		if slices.Contains(r.CustomerIDs, olga.ID) {
			t.Error("names a customer of another organization")
		}
		if r.HotspotID != testkit.ID("hotspot", 1) || r.LocationID != testkit.ID("location", 1) ||
			r.AccessPoint != "nas "+testkit.Hall || r.Last.IsZero() {
			t.Errorf("place: %+v", r)
		}
	}
	want := []row{
		{time.Hour, connectivity.CauseUnknownUser, 1, 0}, {time.Hour, connectivity.CauseWrongPassword, 1, 1},
		{0, connectivity.CauseWrongPassword, 2, 1}, {0, connectivity.CauseOtherOrganization, 1, 0},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	counts, err := s.Connectivity.RefusalCounts(ctx, testkit.Manager(s.Here), s.Here.ID, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range list(s.Here, nil, nil) {
		r.CustomerIDs = nil
		if diff := cmp.Diff(r, counts[i]); diff != "" || len(counts) != len(want) {
			t.Errorf("%d counts; with (-) and without examples (+):\n%s", len(counts), diff)
		}
	}
	if found := list(s.Here, testkit.At(time.Hour), testkit.At(2*time.Hour)); len(found) != 2 {
		t.Errorf("the second hour: %v", found)
	}
	for name, c := range map[string]struct {
		from, to *time.Time
		field    string
	}{
		"more than 366 days": {testkit.At(-367 * 24 * time.Hour), testkit.At(0), "from"},
		"reversed":           {testkit.At(time.Hour), testkit.At(0), "to"},
	} {
		_, _, err := s.Connectivity.Refusals(ctx, testkit.Manager(s.Here), s.Here.ID, c.from, c.to)
		if e, ok := errors.AsType[*onboarding.Error](err); !ok || e.Kind != onboarding.Invalid || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A period that begins before the counts that are kept.
	s.Here.Retention.Refusals = onboarding.Days(10)
	if _, err := s.Tenant.Apply(ctx, []*onboarding.Organization{s.Here}); err != nil {
		t.Fatal(err)
	}
	for days, want := range map[int]bool{9: false, 11: true} {
		from := s.Now().AddDate(0, 0, -days)
		_, kept, err := s.Connectivity.Refusals(ctx, testkit.Manager(s.Here), s.Here.ID, &from, nil)
		if err != nil || (kept != nil) != want || want && !kept.Equal(s.Now().AddDate(0, 0, -10)) {
			t.Errorf("%d days: kept since %v, %v", days, kept, err)
		}
	}
	if _, _, err := s.Connectivity.Refusals(ctx, testkit.Manager(s.There), s.Here.ID, nil,
		nil); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("another organization: %v", err)
	}
}

// TestRefusalsOfALongPeriod checks that a period with more counts than a report holds is refused
// and not cut off.
func TestRefusalsOfALongPeriod(t *testing.T) {
	s := newScene(t)
	const hours = 51
	for hour := range hours {
		at := s.Now().Add(time.Duration(-hour) * time.Hour)
		s.write(func(ctx context.Context, tx onboarding.Tx) error {
			for i := range onboarding.MaxFailureCounts {
				if err := tx.CountFailure(ctx, onboarding.LoginFailure{
					OrganizationID: s.Here.ID, AccessPoint: fmt.Sprintf("nas %d", i), Reason: onboarding.ReasonStopped,
				}, at); err != nil {
					return err
				}
			}
			return nil
		})
	}
	to := s.Now()
	ask := func(hours int) (int, error) {
		from := to.Add(time.Duration(-hours) * time.Hour)
		found, _, err := s.Connectivity.Refusals(s.Context(), testkit.Manager(s.Here), s.Here.ID, &from, &to)
		return len(found), err
	}
	if n, err := ask(40); err != nil || n != 41*onboarding.MaxFailureCounts {
		t.Errorf("40 hours: %d, %v", n, err)
	}
	if n, err := ask(hours); onboarding.KindOf(err) != onboarding.Invalid {
		t.Errorf("%d hours: %d, %v", hours, n, err)
	}
}
