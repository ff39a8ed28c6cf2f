package visits_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/radius"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// TestMetricsAreKept sends records in random order, late, repeated and with restarts, of
// connections with short and long pauses at two locations. It compares the tally with a count of
// all visits.
func TestMetricsAreKept(t *testing.T) {
	v := testkit.NewVenue(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		name := fmt.Sprint("anna", n)
		anna := v.AddCustomer(v.Here, name, "secret", testkit.Profiled)
		v.SetClock(testkit.Monday.AddDate(0, 0, 7))
		var records []radius.AccountingRecord
		for i := range rapid.IntRange(1, 6).Draw(rt, "connections") {
			nas := rapid.SampledFrom([]string{testkit.Hall, testkit.Garden}).Draw(rt, "access point")
			from := testkit.Monday.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "start")) * 30 * time.Minute)
			base := radius.AccountingRecord{
				UniqueID: fmt.Sprint(name, i), Username: v.IssuedName(name),
				AccessPoint: radius.AccessPointIdentity{NASIdentifier: nas}, CallingStation: "02-00-00-00-AA-01",
			}
			if rapid.Bool().Draw(rt, "by Class") {
				base.Classes, base.Username = [][]byte{v.AuthorizeAt(name, base.AccessPoint).Class}, "anonymous"
			}
			minutes := 0
			for _, kind := range []radius.AccountingType{radius.AccountingStart, radius.AccountingInterim,
				radius.AccountingInterim, radius.AccountingStop} {
				r, event := base, from.Add(time.Duration(minutes)*time.Minute)
				r.Type, r.Event, r.Duration = kind, &event, int64(minutes*60)
				if kind != radius.AccountingStart && rapid.IntRange(0, 3).Draw(rt, "uncounted") == 0 {
					r.Duration = 0 // no duration, so that another record can give a better start
				}
				records = append(records, r)
				minutes += rapid.IntRange(0, 90).Draw(rt, "minutes")
			}
		}
		records = append(records, rapid.SliceOfN(rapid.SampledFrom(records), 0, 4).Draw(rt, "again")...)
		if rapid.Bool().Draw(rt, "restart") {
			event := testkit.Monday.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "restarted")) * 30 * time.Minute)
			records = append(records, radius.AccountingRecord{Type: radius.AccountingOn,
				AccessPoint: radius.AccessPointIdentity{NASIdentifier: testkit.Hall}, Event: &event})
		}
		records = rapid.Permutation(records).Draw(rt, "order")
		for i, r := range records[:rapid.IntRange(1, len(records)).Draw(rt, "arrive")] {
			v.AccountRecord(r)
			want := v.CountAnew(anna)
			if d := cmp.Diff(want, v.TallyOf(anna), cmpopts.EquateEmpty()); d != "" {
				rt.Fatalf("after record %d, %+v: -recount +stored\n%s", i, r, d)
			}
		}
		v.SetClock(testkit.Monday)
	})
}

func TestWorkedExampleThroughAccounting(t *testing.T) {
	v := testkit.NewVenue(t)
	first := time.Date(2026, 7, 23, 8, 0, 0, 0, time.UTC)
	v.SetClock(first.Add(-time.Hour))
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
	for day := range 13 {
		if day != 5 {
			v.SetClock(first.AddDate(0, 0, day).Add(time.Hour))
			v.Stay("anna", testkit.Hall, fmt.Sprint("u", day), first.AddDate(0, 0, day), 30*time.Minute)
		}
	}
	m := v.TallyOf(anna).Metrics(v.Here, v.Now())
	if *m.CountTotalVisits != 12 || *m.AvgDaysBetweenVisits != 1.0909090909090908 ||
		*m.TopFrequencyBuckets != "daily" || *m.AvgVisitLength != 1800 || *m.ConversionRate != 1 {
		t.Errorf("visits %d, days between %v, %s, length %v, conversion %v", *m.CountTotalVisits,
			*m.AvgDaysBetweenVisits, *m.TopFrequencyBuckets, *m.AvgVisitLength, *m.ConversionRate)
	}
}

// TestBehaviourFollowsConsent checks that events from before a consent or after its revocation
// are neither counted nor shown, even if reported later.
func TestBehaviourFollowsConsent(t *testing.T) {
	v := testkit.NewVenue(t)
	ctx := t.Context()
	anna := v.AddCustomer(v.Here, "anna", "secret")
	v.SetClock(testkit.Monday.AddDate(0, 1, 0))
	login := func() {
		t.Helper()
		if err := v.RADIUS.RecordLogin(ctx, radius.LoginOutcome{Username: "anna",
			AccessPoint: radius.AccessPointIdentity{NASIdentifier: testkit.Hall}, Accepted: true}); err != nil {
			t.Fatal(err)
		}
	}
	shown := func() int {
		t.Helper()
		page, err := v.Contacts.ContactEvents(ctx, testkit.Manager(v.Here), anna.ID, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		all, err := v.Contacts.OrganizationEvents(ctx, testkit.Manager(v.Here), v.Here.ID,
			contacts.EventSearch{Types: []onboarding.EventType{onboarding.EventVisit, onboarding.EventConnection,
				onboarding.EventLogin}})
		if err != nil {
			t.Fatal(err)
		}
		if len(all.Events) != len(page.Events) {
			t.Errorf("the contact shows %d events, the organization %d", len(page.Events), len(all.Events))
		}
		return len(page.Events)
	}
	expect := func(when string, visits int64, events int) {
		t.Helper()
		tally := v.TallyOf(anna)
		if visits < 0 != (tally == nil) || tally != nil && tally.Visits != visits {
			t.Errorf("%s: %+v, want %d visits", when, tally, visits)
		}
		if n := shown(); n != events {
			t.Errorf("%s: %d events are shown, want %d", when, n, events)
		}
	}
	both := func(yes bool) map[string]bool { return map[string]bool{onboarding.Profiling: yes, onboarding.PPD: yes} }
	login()
	v.Stay("anna", testkit.Hall, "before", testkit.Monday, time.Hour)
	underWay := radius.AccountingRecord{
		Type: radius.AccountingStart, UniqueID: "under way", Username: v.IssuedName("anna"),
		AccessPoint: radius.AccessPointIdentity{NASIdentifier: testkit.Garden}, Event: testkit.At(5 * time.Hour),
	}
	v.AccountRecord(underWay)
	expect("not asked", -1, 0)

	v.Consent(anna, both(true))
	expect("agreed", 0, 0)
	underWay.Type, underWay.Event, underWay.Duration = radius.AccountingStop, testkit.At(9*time.Hour), 4*3600
	v.AccountRecord(underWay)
	expect("a connection from before goes on", 0, 0)
	login()
	v.Stay("anna", testkit.Hall, "since", testkit.Monday.Add(24*time.Hour), time.Hour)
	expect("connected since", 1, 3) // the login, the visit and the connection

	for _, change := range []map[string]bool{{onboarding.Profiling: false}, both(true), {"mktgCommunications": true},
		both(true), {onboarding.Profiling: false}} {
		v.Consent(anna, change)
		if change[onboarding.Profiling] {
			expect("agreed again", 0, 0)
		} else if _, said := change[onboarding.Profiling]; said {
			expect("withdrawn", -1, 0)
		}
	}
	login()
	v.Stay("anna", testkit.Hall, "after", testkit.Monday.Add(48*time.Hour), time.Hour)
	expect("connected after it was withdrawn", -1, 0)
}

// TestMetricsRace checks concurrent transactions on PostgreSQL: no count is lost.
func TestMetricsRace(t *testing.T) {
	server := postgres.Require(t)
	url := testkit.NewPostgres(t, server)
	db, err := store.OpenPostgres(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	v := testkit.NewVenueOn(t, db)
	declare(v, segment(1, "loyal", onboarding.SegmentCondition{MinVisits: ptr(3), VisitedWithin: 400 * 24 * time.Hour}))
	customers := []*onboarding.Customer{v.AddCustomer(v.Here, "anna0", "secret", testkit.Profiled),
		v.AddCustomer(v.Here, "anna1", "secret", testkit.Profiled)}
	names := []string{v.IssuedName("anna0"), v.IssuedName("anna1")}
	v.SetClock(testkit.Monday.AddDate(0, 0, 20))
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 40 {
				i := random.IntN(30) // a connection that other workers report too
				from, minutes := testkit.Monday.Add(time.Duration(i/3)*5*time.Hour), random.IntN(4)*60
				event := from.Add(time.Duration(minutes) * time.Minute)
				r := radius.AccountingRecord{
					Type: radius.AccountingInterim, UniqueID: fmt.Sprint("u", i), Username: names[i%2],
					CallingStation: "02-00-00-00-AA-01",
					AccessPoint: radius.AccessPointIdentity{NASIdentifier: []string{testkit.Hall,
						testkit.Garden}[i%5/3]}, Event: &event, Duration: int64(minutes) * 60 * int64(random.IntN(2)),
				}
				if err := v.RADIUS.Account(context.Background(), &r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, c := range customers {
		want := v.CountAnew(c)
		if d := cmp.Diff(want, v.TallyOf(c), cmpopts.EquateEmpty()); d != "" || want.Visits < 3 {
			t.Errorf("-recount +stored\n%s", d)
		}
		if got := segments(v, c); got != "loyal" {
			t.Errorf("in %q", got)
		}
	}
}
