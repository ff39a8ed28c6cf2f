package visits_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/registration"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
	"onramp/onboarding/visits"
)

func segments(v *testkit.Venue, c *onboarding.Customer) string {
	v.Helper()
	of, err := v.Store.SegmentsOf(context.Background(), []string{c.ID})
	if err != nil {
		v.Fatal(err)
	}
	var names []string
	for _, id := range of[c.ID] {
		if s := v.Here.Segment(id); s != nil {
			names = append(names, s.Name)
		} else {
			names = append(names, "undeclared")
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// declare applies the organization with these segments.
func declare(v *testkit.Venue, segments ...onboarding.Segment) {
	v.Helper()
	o := *v.Here
	o.Segments = segments
	if o.Policy("mktgCommunications") == nil {
		o.Policies = append(slices.Clone(o.Policies), onboarding.Policy{Key: "mktgCommunications", Version: "1",
			Title: map[string]string{"en": "Offers"}})
	}
	if _, err := v.Tenant.Apply(context.Background(), []*onboarding.Organization{&o}); err != nil {
		v.Fatal(err)
	}
	v.Here = &o
}

func segment(n int, name string, when onboarding.SegmentCondition) onboarding.Segment {
	return onboarding.Segment{ID: testkit.ID("segment", n), Name: name, When: when}
}

func ptr[T any](value T) *T { return &value }

// pass runs one tick of RunSegments.
func pass(v *testkit.Venue, run func(context.Context) error) {
	v.Helper()
	if err := run(context.Background()); err != nil {
		v.Fatal(err)
	}
}

// TestSegmentsFollowChanges checks that a change by a request or a record updates the segments in
// the same transaction.
func TestSegmentsFollowChanges(t *testing.T) {
	v := testkit.NewVenue(t)
	declare(v,
		segment(1, "loyal", onboarding.SegmentCondition{MinVisits: ptr(2)}),
		segment(2, "offers", onboarding.SegmentCondition{Accepted: []string{"mktgCommunications"}}),
		segment(3, "italian", onboarding.SegmentCondition{Language: []string{"it"}}),
		segment(4, "adult", onboarding.SegmentCondition{MinAge: ptr(18)}),
	)
	text := func(s string) *string { return &s }
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled, func(in *registration.CustomerInput) {
		in.Language, in.BirthDate = text("it"), text("1990-01-01")
	})
	expect := func(when, want string) {
		t.Helper()
		if got := segments(v, anna); got != want {
			t.Errorf("%s: in %q, want %q", when, got, want)
		}
	}
	expect("registered", "adult italian")
	v.Consent(anna, map[string]bool{"mktgCommunications": true})
	expect("accepted", "adult italian offers")
	if _, err := v.Registration.Update(t.Context(), testkit.Manager(v.Here), anna.ID,
		registration.CustomerInput{Language: text("en")}); err != nil {
		t.Fatal(err)
	}
	expect("another language", "adult offers")
	v.SetClock(testkit.Monday.AddDate(0, 0, 9))
	v.Stay("anna", testkit.Hall, "u1", testkit.Monday, time.Hour)
	expect("one visit", "adult offers")
	v.Stay("anna", testkit.Hall, "u2", testkit.Monday.Add(6*time.Hour), time.Hour)
	expect("two visits", "adult loyal offers")
	v.Stay("anna", testkit.Hall, "u3", testkit.Monday.Add(time.Hour), 5*time.Hour)
	expect("the two were one", "adult offers")
	v.Stay("anna", testkit.Garden, "u4", testkit.Monday.Add(30*time.Hour), time.Hour)
	expect("a second one elsewhere", "adult loyal offers")
	v.Consent(anna, map[string]bool{onboarding.Profiling: false, "mktgCommunications": false})
	expect("withdrawn", "adult")
}

// TestSegmentsFollowTime checks changes with time: a birthday, and days without a visit.
func TestSegmentsFollowTime(t *testing.T) {
	v := testkit.NewVenue(t)
	run := visits.NewSegmentPass(v.Visits)
	declare(v,
		segment(1, "adult", onboarding.SegmentCondition{MinAge: ptr(18)}),
		segment(2, "recent", onboarding.SegmentCondition{VisitedWithin: 7 * 24 * time.Hour}),
		segment(3, "lost", onboarding.SegmentCondition{NotVisitedWithin: 30 * 24 * time.Hour}),
	)
	birth := testkit.Monday.AddDate(-18, 0, 3).Format(time.DateOnly)
	v.SetClock(testkit.Monday.Add(-2 * time.Hour))
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled,
		func(in *registration.CustomerInput) { in.BirthDate = &birth })
	pass(v, run)
	v.Advance(visits.SegmentsSettle)
	pass(v, run)
	v.SetClock(testkit.Monday)
	v.Stay("anna", testkit.Hall, "u1", testkit.Monday.Add(-time.Hour), time.Hour)
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{testkit.Monday.Add(time.Hour), "recent"},
		{testkit.Monday.AddDate(0, 0, 3).Truncate(24 * time.Hour).Add(-time.Microsecond), "recent"},
		{testkit.Monday.AddDate(0, 0, 3).Truncate(24 * time.Hour), "adult recent"},
		{testkit.Monday.AddDate(0, 0, 7), "adult recent"},
		{testkit.Monday.AddDate(0, 0, 7).Add(time.Microsecond), "adult"},
		{testkit.Monday.AddDate(0, 0, 30), "adult"},
		{testkit.Monday.AddDate(0, 0, 30).Add(time.Microsecond), "adult lost"},
		{testkit.Monday.AddDate(5, 0, 0), "adult lost"},
	} {
		v.SetClock(c.at)
		pass(v, run)
		if got := segments(v, anna); got != c.want {
			t.Errorf("at %v: in %q, want %q", c.at, got, c.want)
		}
	}
}

// TestSegmentsFollowDeclarations checks that an apply recomputes all customers, with several
// processes, one of which dies.
func TestSegmentsFollowDeclarations(t *testing.T) {
	v := testkit.NewVenue(t)
	ctx := t.Context()
	const people = 350 // more than three batches
	customers := make([]*onboarding.Customer, people)
	for i := range customers {
		customers[i] = v.AddCustomer(v.Here, fmt.Sprint("user", i), "secret", func(in *registration.CustomerInput) {
			if i%2 == 0 {
				in.Language = ptr("it")
			}
		})
	}
	stranger := v.AddCustomer(v.There, "stranger", "secret",
		func(in *registration.CustomerInput) { in.Language = ptr("it") })
	count := func() map[string]int {
		t.Helper()
		n := map[string]int{}
		for _, c := range customers {
			n[segments(v, c)]++
		}
		return n
	}
	expect := func(when string, want map[string]int) {
		t.Helper()
		got := count()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	first, second := visits.NewSegmentPass(v.Visits), visits.NewSegmentPass(v.Visits)
	pass(v, first)
	expect("none declared", map[string]int{"": people})

	declare(v, segment(1, "italian", onboarding.SegmentCondition{Language: []string{"it"}}))
	pass(v, first)
	expect("declared, but not gone through yet", map[string]int{"": people})
	v.Advance(visits.SegmentsSettle)
	// The first process dies after its first batch: its context ends with the transaction.
	dying, die := context.WithCancel(ctx)
	batches := 0
	if err := visits.NewSegmentPass(dyingAfter(v, 1, &batches, die).Visits)(dying); err == nil {
		t.Error("a process that dies tells no error")
	}
	expect("one has died", map[string]int{"": people - 50, "italian": 50})
	pass(v, second)
	expect("its part is not taken before the time", map[string]int{"": people - 50, "italian": 50})
	v.Advance(visits.SegmentsLease)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := visits.NewSegmentPass(v.Visits)(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	expect("gone through", map[string]int{"": people / 2, "italian": people / 2})
	if got := segments(v, stranger); got != "" {
		t.Errorf("another organization's customer is in %q", got)
	}

	declare(v, segment(2, "others", onboarding.SegmentCondition{Language: []string{"en", "fr"}}))
	expect("before it is noticed", map[string]int{"": people / 2, "undeclared": people / 2})
	v.Advance(visits.SegmentsSettle)
	pass(v, first)
	expect("another segment", map[string]int{"": people})
	declare(v, segment(1, "italian", onboarding.SegmentCondition{Language: []string{"it"}}))
	moved := v.AddCustomer(v.Here, "moved", "secret", func(in *registration.CustomerInput) { in.Language = ptr("it") })
	declare(v, segment(2, "others", onboarding.SegmentCondition{Language: []string{"en", "fr"}}))
	v.Advance(visits.SegmentsSettle)
	pass(v, first)
	if got := segments(v, moved); got != "" {
		t.Errorf("a declaration that was replaced before a sweep has members: %q", got)
	}
	declare(v)
	v.Advance(visits.SegmentsSettle)
	pass(v, first)
	expect("none", map[string]int{"": people})
}

// dyingAfter returns a deployment on the venue's database whose process calls die after a number
// of transactions that changed a sweep.
func dyingAfter(v *testkit.Venue, batches int, done *int, die func()) *deployment.Deployment {
	v.Helper()
	return testkit.Deploy(v, deployment.Config{
		Store: &dyingStore{Store: v.Store, left: batches, done: done, die: die}, Now: v.Now,
	})
}

// dyingStore is a real store that simulates the death of its process.
type dyingStore struct {
	onboarding.Store
	left int
	done *int
	die  func()
}

func (s *dyingStore) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	if err := s.Store.Write(ctx, fn); err != nil {
		return err
	}
	if *s.done++; *s.done == s.left {
		s.die()
	}
	return nil
}

// TestTalliesFollowZones checks that visits are recounted after a location's time zone has
// changed.
func TestTalliesFollowZones(t *testing.T) {
	v := testkit.NewVenue(t)
	run := visits.NewSegmentPass(v.Visits)
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
	pass(v, run)
	v.SetClock(testkit.Monday.AddDate(0, 0, 2))
	v.Stay("anna", testkit.Garden, "u1", testkit.Monday, time.Hour)
	hour := func() string {
		t.Helper()
		return *v.TallyOf(anna).Metrics(v.Here, v.Now()).PrefVisitTimeHour
	}
	if got := hour(); got != "10" {
		t.Errorf("in Rome it was %s", got)
	}
	o := *v.Here
	o.Locations = slices.Clone(o.Locations)
	o.Locations[1].Timezone = "Asia/Tokyo"
	if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{&o}); err != nil {
		t.Fatal(err)
	}
	pass(v, run)
	v.Advance(visits.SegmentsSettle)
	pass(v, run)
	if got := hour(); got != "18" {
		t.Errorf("in Tokyo it was %s", got)
	}
}

// TestRunSegments checks that RunSegments works immediately and returns when its context ends.
func TestRunSegments(t *testing.T) {
	v := testkit.NewVenue(t)
	declare(v, segment(1, "all", onboarding.SegmentCondition{Refused: []string{"mktgCommunications"}}))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { v.Visits.RunSegments(ctx); close(ended) }()
	for begun := false; !begun; time.Sleep(time.Millisecond) {
		_, err := v.Store.SegmentSweep(ctx, v.Here.ID)
		begun = err == nil
	}
	stop()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}

// TestSegmentsOfUnreadable damages the stored data of two customers: the sweep after a change of
// declarations and the refresh of those who are due pass them by, also over several batches.
func TestSegmentsOfUnreadable(t *testing.T) {
	path := testkit.NewSQLite(t)
	db, err := store.OpenSQLite(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	v := testkit.NewVenueOn(t, db)
	var all []*onboarding.Customer
	for i := range 230 {
		all = append(all, v.AddCustomer(v.Here, fmt.Sprintf("name%03d", i), "correct horse"))
	}
	v.AddCustomer(v.There, "elsewhere", "correct horse")
	slices.SortFunc(all, func(a, b *onboarding.Customer) int { return strings.Compare(a.ID, b.ID) })
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	bad := []int{0, 137, 229}
	for _, i := range bad {
		if _, err := raw.ExecContext(t.Context(), "UPDATE customers SET attributes = '{' WHERE id = ?",
			all[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	declare(v, segment(1, "all", onboarding.SegmentCondition{Refused: []string{"mktgCommunications"}}))
	v.Advance(visits.SegmentsSettle)
	run := visits.NewSegmentPass(v.Visits)
	pass(v, run)
	pass(v, run)
	for i, c := range all {
		want := "all"
		if slices.Contains(bad, i) {
			want = ""
		}
		if got := segments(v, c); got != want {
			t.Errorf("customer %d is in %q, want %q", i, got, want)
		}
	}
	if sweep, err := db.SegmentSweep(t.Context(), v.Here.ID); err != nil || !sweep.Done {
		t.Errorf("the sweep: %+v %v", sweep, err)
	}
}
