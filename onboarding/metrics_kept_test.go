package onboarding_test

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
	"onramp/onboarding/store"
	"onramp/onboarding/storetest"
)

// tally is what is kept of the customer's visits, nil where nothing is.
func (v *venue) tally(c *onboarding.Customer) *onboarding.Tally {
	v.Helper()
	tallies, err := v.store.MetricsOf(context.Background(), []string{c.ID})
	if err != nil {
		v.Fatal(err)
	}
	return tallies[c.ID]
}

func (v *venue) visits(c *onboarding.Customer) []onboarding.Visit {
	v.Helper()
	visits, err := v.store.Visits(context.Background(), c.ID)
	if err != nil {
		v.Fatal(err)
	}
	return visits
}

// issued is the User-Name that an Access-Accept gives to account under.
func (v *venue) issued(username string) string {
	v.Helper()
	name := v.authorize(username, onboarding.AccessPointClaim{}).Name
	if name == "" {
		v.Fatalf("%s may not connect", username)
	}
	return name
}

// stay accounts a whole connection of the named one at an access point.
func (v *venue) stay(username, nas, unique string, from time.Time, length time.Duration) {
	v.Helper()
	start := onboarding.AccountingRecord{
		Type: onboarding.AccountingStart, UniqueID: unique, Username: v.issued(username), AccessPoint: onboarding.AccessPointClaim{NASIdentifier: nas},
		CallingStation: "02-00-00-00-AA-01", Event: &from,
	}
	v.account(start)
	stop, end := start, from.Add(length)
	stop.Type, stop.Event, stop.Duration = onboarding.AccountingStop, &end, int64(length/time.Second)
	v.account(stop)
}

const (
	hall   = "apvenue1.example"
	garden = "tree.example"
)

// consent changes what the customer agrees to.
func (v *venue) consent(c *onboarding.Customer, policies map[string]bool) {
	v.Helper()
	o := v.here
	if c.OrganizationID == v.there.ID {
		o = v.there
	}
	if _, err := v.UpdateCustomer(context.Background(), manager(o), c.ID, onboarding.CustomerInput{Policies: policies}); err != nil {
		v.Fatal(err)
	}
}

// TestMetricsAreKept feeds records in any order, late, twice and with restarts between, of connections that are a little or a lot apart at two
// locations, and compares what was counted on the way with a count of all visits.
func TestMetricsAreKept(t *testing.T) {
	v := newVenue(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		name := fmt.Sprint("anna", n)
		anna := v.register(v.here, name, "secret", profiled)
		v.set(monday.AddDate(0, 0, 7))
		var records []onboarding.AccountingRecord
		for i := range rapid.IntRange(1, 6).Draw(rt, "connections") {
			nas := rapid.SampledFrom([]string{hall, garden}).Draw(rt, "access point")
			from := monday.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "start")) * 30 * time.Minute)
			base := onboarding.AccountingRecord{
				UniqueID: fmt.Sprint(name, i), Username: v.issued(name), AccessPoint: onboarding.AccessPointClaim{NASIdentifier: nas}, CallingStation: "02-00-00-00-AA-01",
			}
			if rapid.Bool().Draw(rt, "by Class") {
				base.Classes, base.Username = [][]byte{v.authorize(name, base.AccessPoint).Class}, "anonymous"
			}
			minutes := 0
			for _, kind := range []onboarding.AccountingType{onboarding.AccountingStart, onboarding.AccountingInterim, onboarding.AccountingInterim, onboarding.AccountingStop} {
				r, event := base, from.Add(time.Duration(minutes)*time.Minute)
				r.Type, r.Event, r.Duration = kind, &event, int64(minutes*60)
				if kind != onboarding.AccountingStart && rapid.IntRange(0, 3).Draw(rt, "uncounted") == 0 {
					r.Duration = 0 // the access point does not say how long, so that another record may say better when it began
				}
				records = append(records, r)
				minutes += rapid.IntRange(0, 90).Draw(rt, "minutes")
			}
		}
		records = append(records, rapid.SliceOfN(rapid.SampledFrom(records), 0, 4).Draw(rt, "again")...)
		if rapid.Bool().Draw(rt, "restart") {
			event := monday.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "restarted")) * 30 * time.Minute)
			records = append(records, onboarding.AccountingRecord{Type: onboarding.AccountingOn, AccessPoint: onboarding.AccessPointClaim{NASIdentifier: hall}, Event: &event})
		}
		records = rapid.Permutation(records).Draw(rt, "order")
		for i, r := range records[:rapid.IntRange(1, len(records)).Draw(rt, "arrive")] {
			v.account(r)
			want := onboarding.TallyOf(v.here, anna.ID, v.visits(anna))
			if d := cmp.Diff(want, v.tally(anna), cmpopts.EquateEmpty()); d != "" {
				rt.Fatalf("after record %d, %+v: -counted anew +kept\n%s", i, r, d)
			}
		}
		v.set(monday)
	})
}

func TestWorkedExampleThroughAccounting(t *testing.T) {
	v := newVenue(t)
	first := time.Date(2026, 7, 23, 8, 0, 0, 0, time.UTC)
	v.set(first.Add(-time.Hour))
	anna := v.register(v.here, "anna", "secret", profiled)
	for day := range 13 {
		if day != 5 {
			v.set(first.AddDate(0, 0, day).Add(time.Hour))
			v.stay("anna", hall, fmt.Sprint("u", day), first.AddDate(0, 0, day), 30*time.Minute)
		}
	}
	m := v.tally(anna).Metrics(v.here, v.now())
	if *m.CountTotalVisits != 12 || *m.AvgDaysBetweenVisits != 1.0909090909090908 || *m.TopFrequencyBuckets != "daily" || *m.AvgVisitLength != 1800 || *m.ConversionRate != 1 {
		t.Errorf("visits %d, days between %v, %s, length %v, conversion %v", *m.CountTotalVisits, *m.AvgDaysBetweenVisits, *m.TopFrequencyBuckets, *m.AvgVisitLength, *m.ConversionRate)
	}
}

// TestBehaviourFollowsConsent: what happened before a customer agreed, or after he withdrew, is neither counted nor shown, even when it is reported
// later.
func TestBehaviourFollowsConsent(t *testing.T) {
	v := newVenue(t)
	ctx := t.Context()
	anna := v.register(v.here, "anna", "secret")
	v.set(monday.AddDate(0, 1, 0))
	login := func() {
		t.Helper()
		if err := v.RecordLogin(ctx, onboarding.LoginOutcome{Username: "anna", AccessPoint: onboarding.AccessPointClaim{NASIdentifier: hall}, Accepted: true}); err != nil {
			t.Fatal(err)
		}
	}
	shown := func() int {
		t.Helper()
		page, err := v.ContactEvents(ctx, manager(v.here), anna.ID, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		all, err := v.OrganizationEvents(ctx, manager(v.here), v.here.ID, onboarding.EventSearch{Types: []onboarding.EventType{onboarding.EventVisit, onboarding.EventConnection, onboarding.EventLogin}})
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
		tally := v.tally(anna)
		if visits < 0 != (tally == nil) || tally != nil && tally.Visits != visits {
			t.Errorf("%s: %+v, want %d visits", when, tally, visits)
		}
		if n := shown(); n != events {
			t.Errorf("%s: %d events are shown, want %d", when, n, events)
		}
	}
	both := func(yes bool) map[string]bool { return map[string]bool{onboarding.Profiling: yes, onboarding.PPD: yes} }
	login()
	v.stay("anna", hall, "before", monday, time.Hour)
	underWay := onboarding.AccountingRecord{
		Type: onboarding.AccountingStart, UniqueID: "under way", Username: v.issued("anna"), AccessPoint: onboarding.AccessPointClaim{NASIdentifier: garden}, Event: at(5 * time.Hour),
	}
	v.account(underWay)
	expect("not asked", -1, 0)

	v.consent(anna, both(true))
	expect("agreed", 0, 0)
	underWay.Type, underWay.Event, underWay.Duration = onboarding.AccountingStop, at(9*time.Hour), 4*3600
	v.account(underWay)
	expect("a connection from before goes on", 0, 0)
	login()
	v.stay("anna", hall, "since", monday.Add(24*time.Hour), time.Hour)
	expect("connected since", 1, 3) // the login, the visit and the connection

	for _, change := range []map[string]bool{{onboarding.Profiling: false}, both(true), {"mktgCommunications": true}, both(true), {onboarding.Profiling: false}} {
		v.consent(anna, change)
		if change[onboarding.Profiling] {
			expect("agreed again", 0, 0)
		} else if _, said := change[onboarding.Profiling]; said {
			expect("withdrawn", -1, 0)
		}
	}
	login()
	v.stay("anna", hall, "after", monday.Add(48*time.Hour), time.Hour)
	expect("connected after it was withdrawn", -1, 0)
}

// TestMetricsRace: PostgreSQL runs transactions at once, which must not count over each other.
func TestMetricsRace(t *testing.T) {
	server := storetest.RequirePostgres(t)
	url := server.NewDatabase(t)
	if err := store.Migrate(t.Context(), url, store.Options{}); err != nil {
		t.Fatal(err)
	}
	db, err := store.OpenPostgres(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	v := newVenueOn(t, db)
	v.declare(segment(1, "loyal", onboarding.SegmentCondition{MinVisits: ptr(3), VisitedWithin: 400 * 24 * time.Hour}))
	customers := []*onboarding.Customer{v.register(v.here, "anna0", "secret", profiled), v.register(v.here, "anna1", "secret", profiled)}
	names := []string{v.issued("anna0"), v.issued("anna1")}
	v.set(monday.AddDate(0, 0, 20))
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 40 {
				i := random.IntN(30) // a connection of anybody's, of which others tell as well
				from, minutes := monday.Add(time.Duration(i/3)*5*time.Hour), random.IntN(4)*60
				event := from.Add(time.Duration(minutes) * time.Minute)
				r := onboarding.AccountingRecord{
					Type: onboarding.AccountingInterim, UniqueID: fmt.Sprint("u", i), Username: names[i%2], CallingStation: "02-00-00-00-AA-01",
					AccessPoint: onboarding.AccessPointClaim{NASIdentifier: []string{hall, garden}[i%5/3]}, Event: &event, Duration: int64(minutes) * 60 * int64(random.IntN(2)),
				}
				if err := v.Account(context.Background(), &r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, c := range customers {
		want := onboarding.TallyOf(v.here, c.ID, v.visits(c))
		if d := cmp.Diff(want, v.tally(c), cmpopts.EquateEmpty()); d != "" || want.Visits < 3 {
			t.Errorf("-counted anew +kept\n%s", d)
		}
		if got := v.segments(c); got != "loyal" {
			t.Errorf("in %q", got)
		}
	}
}
