package statistics_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/statistics"
	"onramp/onboarding/testkit"
)

// rowsOf returns the rows of a report on the venue, and its total, as one text each.
func rowsOf(v *testkit.Venue, by string) []string {
	v.Helper()
	from, to := testkit.Monday.AddDate(0, 0, -3), testkit.Monday.AddDate(0, 0, 3)
	r, err := v.Statistics.Report(context.Background(), testkit.Manager(v.Here), v.Here.ID, &from, &to, by)
	if err != nil {
		v.Fatal(err)
	}
	var all []string
	for _, row := range append(r.Rows, r.Total) {
		all = append(all, fmt.Sprintf("%s: %d connections, %d people, %d octets, %d s", row.Key, row.Connections,
			row.People, row.Traffic, row.Dwell))
	}
	return all
}

var groupings = []string{"day", "hour", "location", "platform"}

// recordsOf returns the records of a day: each of three phones has connections, with a pause, in
// the hall and in the garden.
func recordsOf(v *testkit.Venue, names []string) (all []radius.AccountingRecord) {
	for i, name := range names {
		phone := v.Phone(name, name)
		phone.CallingStation = fmt.Sprintf("02-00-00-00-AA-%02d", i)
		for n := range 4 {
			r := phone
			r.UniqueID, r.SessionID = fmt.Sprintf("%s-%d", name, n), fmt.Sprint(n)
			if n%2 == 1 {
				r.AccessPoint = radius.AccessPointIdentity{NASIdentifier: "tree.example",
					CalledStation: "02-00-00-00-01-03:venue"}
			}
			begin := time.Duration(i*40+n*500+5) * time.Minute
			for step := range 5 {
				r.Type = radius.AccountingInterim
				switch step {
				case 0:
					r.Type = radius.AccountingStart
				case 4:
					r.Type, r.Cause = radius.AccountingStop, "User-Request"
				}
				r.Event = testkit.At(begin + time.Duration(step)*13*time.Minute)
				r.Duration, r.Input, r.Output = int64(step*13*60), int64(step*1000), int64(step*5)
				all = append(all, r)
			}
		}
	}
	return all
}

// TestRecordsInAnyOrder delivers the records of a day in order, and in random orders with
// repetitions: the statistics are the same, and those of the connections themselves.
func TestRecordsInAnyOrder(t *testing.T) {
	names := []string{"anna", "bert", "cleo"}
	deliver := func(order func([]radius.AccountingRecord) []radius.AccountingRecord) *testkit.Venue {
		v := testkit.NewVenue(t)
		for _, name := range names {
			c := v.AddCustomer(v.Here, name, "secret")
			if err := v.Store.Write(t.Context(), func(tx onboarding.Tx) error {
				_, err := tx.SetPlatform(t.Context(), c.ID, map[string]string{"anna": "ios"}[name])
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		records := recordsOf(v, names)
		v.SetClock(testkit.Monday.AddDate(0, 0, 2))
		for _, r := range order(records) {
			v.AccountRecord(r)
		}
		return v
	}
	inOrder := deliver(func(all []radius.AccountingRecord) []radius.AccountingRecord { return all })
	want := map[string][]string{}
	for _, by := range groupings {
		want[by] = rowsOf(inOrder, by)
	}
	const octets, seconds = 4 * 1005, 4 * 13 * 60
	total := fmt.Sprintf(": 12 connections, 3 people, %d octets, %d s", 12*octets, 12*seconds)
	if last := want["day"][len(want["day"])-1]; last != total {
		t.Errorf("got %q, want %q", last, total)
	}
	if diff := cmp.Diff([]string{
		fmt.Sprintf("ios: 4 connections, 1 people, %d octets, %d s", 4*octets, 4*seconds),
		fmt.Sprintf("unknown: 8 connections, 2 people, %d octets, %d s", 8*octets, 8*seconds), total,
	}, want["platform"]); diff != "" {
		t.Errorf("by platform: (-want +got)\n%s", diff)
	}
	from, to := testkit.Monday.AddDate(0, 0, -3), testkit.Monday.AddDate(0, 0, 3)
	sums, err := inOrder.Statistics.Sums(t.Context(), testkit.Manager(inOrder.Here), inOrder.Here.ID, &from, &to,
		"platform")
	if err != nil || len(sums.Rows) != 2 || sums.Total.Connections != 12 || sums.Total.People != 0 ||
		sums.Rows[0].Key != "ios" || sums.Rows[0].Connections != 4 || sums.Rows[0].People != 0 {
		t.Errorf("the sums: %+v, %v", sums, err)
	}
	if total, err := inOrder.Statistics.Total(t.Context(), testkit.Manager(inOrder.Here), inOrder.Here.ID, &from,
		&to); err != nil || total.People != 3 || total.Counts != sums.Total.Counts {
		t.Errorf("the total: %+v, %v", total, err)
	}
	for range 4 {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 1))
		v := deliver(func(all []radius.AccountingRecord) []radius.AccountingRecord {
			all = slices.Concat(all, all)
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			return all
		})
		for _, by := range groupings {
			if diff := cmp.Diff(want[by], rowsOf(v, by)); diff != "" {
				t.Errorf("seed %d, by %s: (-in order +shuffled)\n%s", seed, by, diff)
			}
		}
	}
}

// TestLateStop reads the statistics between the records of a connection over midnight: all that a
// late record adds counts where the connection began.
func TestLateStop(t *testing.T) {
	v := testkit.NewVenue(t)
	v.AddCustomer(v.Here, "anna", "secret")
	r := v.Phone("anna", "u")
	account := func(kind radius.AccountingType, at time.Duration, seconds, octets int64) {
		r.Type, r.Event, r.Duration, r.Input = kind, testkit.At(at), seconds, octets
		v.AccountRecord(r)
	}
	begin := 13*time.Hour + 50*time.Minute // ten minutes before midnight in Rome
	v.SetClock(testkit.Monday.Add(40 * time.Hour))
	account(radius.AccountingStart, begin, 0, 0)
	account(radius.AccountingInterim, begin+time.Hour, 3600, 100)
	row := func(seconds, octets int64) []string {
		all := []string{}
		for _, key := range []string{"2026-11-23", ""} {
			all = append(all, fmt.Sprintf("%s: 1 connections, 1 people, %d octets, %d s", key, octets, seconds))
		}
		return all
	}
	for _, c := range []struct {
		kind            radius.AccountingType
		seconds, octets int64
		wantSeconds     int64
		wantOctets      int64
	}{
		{radius.AccountingInterim, 1800, 50, 3600, 100},
		{radius.AccountingStop, 7200, 900, 7200, 900},
		{radius.AccountingInterim, 5400, 500, 7200, 900},
		{radius.AccountingStop, 7200, 900, 7200, 900},
	} {
		account(c.kind, begin+time.Duration(c.seconds)*time.Second, c.seconds, c.octets)
		if diff := cmp.Diff(row(c.wantSeconds, c.wantOctets), rowsOf(v, "day")); diff != "" {
			t.Errorf("%s of %d s: (-want +got)\n%s", c.kind, c.seconds, diff)
		}
	}
}

// TestRefusingPeople checks that a customer who refuses the processing of personal data counts once
// for each connection, while it is open and afterwards.
func TestRefusingPeople(t *testing.T) {
	v := testkit.NewVenue(t)
	v.AddCustomer(v.Here, "anna", "secret", testkit.Refusing)
	v.SetClock(testkit.Monday.Add(12 * time.Hour))
	for n := range 3 {
		r := v.Phone("anna", fmt.Sprint("u", n))
		r.Type, r.Event = radius.AccountingStart, testkit.At(time.Duration(n)*time.Hour)
		v.AccountRecord(r)
		r.Type, r.Event, r.Duration = radius.AccountingStop, testkit.At(time.Duration(n)*time.Hour+time.Minute), 60
		for range 2 {
			v.AccountRecord(r)
		}
	}
	want := fmt.Sprintf("2026-11-23: 3 connections, 3 people, 0 octets, %d s", 180)
	if got := rowsOf(v, "day")[0]; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// failingStore is a store that refuses some transactions.
type failingStore struct {
	onboarding.Store
	fails  atomic.Bool
	writes atomic.Int64
}

var errFull = errors.New("disk full")

func (s *failingStore) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	s.writes.Add(1)
	if s.fails.Load() {
		return errFull
	}
	return s.Store.Write(ctx, fn)
}

// TestPageViews counts page views while the database cannot be written: they wait, without a write
// of their own, and are written once.
func TestPageViews(t *testing.T) {
	v := testkit.NewVenue(t)
	db := &failingStore{Store: v.Store}
	s := statistics.New(statistics.Config{Store: db, Access: v.Access, Clock: v.Now})
	settle := func() {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		s.Run(ctx)
	}
	opened := func() map[string]int64 {
		t.Helper()
		steps, err := s.Funnel(t.Context(), testkit.Manager(v.Here), v.Here.ID, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]int64{}
		for _, step := range steps {
			all[step.Platform] = step.Opened
		}
		return all
	}
	db.fails.Store(true)
	before := db.writes.Load()
	for i := range 1000 {
		s.Opened(v.Here.ID, v.Here.DefaultLocation, []string{"ios", "networkmanager", "", "windows"}[i%4])
	}
	if n := db.writes.Load() - before; n != 0 {
		t.Errorf("%d writes by page views", n)
	}
	settle()
	want := map[string]int64{"ios": 0, "android": 0, "windows": 0, "macos": 0, "other": 0}
	if diff := cmp.Diff(want, opened()); diff != "" {
		t.Errorf("before the write: (-want +got)\n%s", diff)
	}
	db.fails.Store(false)
	settle()
	settle()
	want = map[string]int64{"ios": 250, "android": 0, "windows": 250, "macos": 0, "other": 500}
	if diff := cmp.Diff(want, opened()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
