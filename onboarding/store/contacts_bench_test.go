package store

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// BenchmarkContactFilters measures the count and the first page of 100, newest first, with any one
// and any two filters, and compares each with the engine's count(*) over the narrowest index, in
// one run among ONRAMP_BENCH_CONTACTS (default 100,000):
//
//	go test ./onboarding/store -run '^$' -v -bench ContactFilters -benchtime 1x -timeout 1h
func BenchmarkContactFilters(b *testing.B) {
	n := benchContacts(b, 100_000)
	b.Run("SQLite", func(b *testing.B) {
		s := openTestSQLite(b, newSQLite(b), Options{})
		plantFiltered(b, s, n)
		measureFilters(b, s.reader, n)
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		s := openTestPostgres(b, migratedPostgres(b, postgres.Require(b)), Options{})
		plantFiltered(b, s, n)
		if _, err := s.pool.Exec(b.Context(), "VACUUM ANALYZE"); err != nil {
			b.Fatal(err)
		}
		measureFilters(b, s.reader, n)
	})
}

// benchContacts returns the number of contacts that the environment asks for.
func benchContacts(b *testing.B, preset int) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("ONRAMP_BENCH_CONTACTS"), strconv.Itoa(preset)))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// plantFiltered stores n contacts whose flags differ; one in twenty is in a segment.
func plantFiltered(b *testing.B, s onboarding.Store, n int) {
	b.Helper()
	ctx := context.Background()
	for begin := 0; begin < n; begin += 1000 {
		if err := s.Write(ctx, func(tx onboarding.Tx) error {
			for i := begin; i < begin+1000; i++ {
				c := benchPerson(i)
				c.EmailVerified, c.PhoneVerified = i%3 == 0, i%50 == 0
				if i%4 == 0 {
					c.Email = ""
				}
				if i%5 == 0 {
					c.Phone = ""
				}
				c.SignupMethod = []onboarding.Channel{onboarding.ChannelApp, onboarding.ChannelPortal}[i%2]
				c.OptIns = map[string]bool{onboarding.MktgCommunication: i%3 == 1, "customs.mail": i%7 == 0}
				if err := tx.InsertCustomer(ctx, c); err != nil {
					return err
				}
				if i%20 == 0 {
					if err := tx.PutSegments(ctx, "o", c.ID, []string{"s"}, nil); err != nil {
						return err
					}
				}
			}
			_, err := tx.FoldContactCounts(ctx, 10_000)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Write(ctx, func(tx onboarding.Tx) error {
		_, err := tx.FoldContactCounts(ctx, 10_000)
		return err
	}); err != nil {
		b.Fatal(err)
	}
}

func measureFilters(b *testing.B, r reader, n int) {
	b.Helper()
	ctx := context.Background()
	median := func(measured func() error) time.Duration {
		var all []time.Duration
		for range 7 {
			began := time.Now()
			if err := measured(); err != nil {
				b.Fatal(err)
			}
			all = append(all, time.Since(began))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	ceiling := median(func() error {
		_, err := r.count(ctx, "SELECT count(*) FROM customers WHERE organization_id = $1", "o")
		return err
	})
	half := time.UnixMicro(int64(n) / 2 * 1e6).UTC()
	type filter struct {
		name string
		set  func(f *onboarding.ContactFilter)
	}
	filters := []filter{
		{"hasEmail", func(f *onboarding.ContactFilter) { f.HasEmail = ref(true) }},
		{"emailVerified", func(f *onboarding.ContactFilter) { f.EmailVerified = ref(true) }},
		{"hasPhone", func(f *onboarding.ContactFilter) { f.HasPhone = ref(false) }},
		{"phoneVerified", func(f *onboarding.ContactFilter) { f.PhoneVerified = ref(true) }},
		{"signupMethods", func(f *onboarding.ContactFilter) { f.SignupMethods = []onboarding.Channel{"portal"} }},
		{"locationCids", func(f *onboarding.ContactFilter) { f.LocationIDs = []string{"l3", "l4"} }},
		{"segmentCids", func(f *onboarding.ContactFilter) { f.SegmentIDs = []string{"s"} }},
		{"created", func(f *onboarding.ContactFilter) { f.CreatedFrom = &half }},
		{"modified", func(f *onboarding.ContactFilter) { f.ModifiedTo = &half }},
		{"mktgCommunications", func(f *onboarding.ContactFilter) { optIn(f, onboarding.MktgCommunication) }},
		{"customOptIn", func(f *onboarding.ContactFilter) { optIn(f, "customs.mail") }},
	}
	type result struct {
		name  string
		found int
		took  time.Duration
	}
	var all []result
	for i, one := range filters {
		for _, other := range filters[i:] {
			var f onboarding.ContactFilter
			one.set(&f)
			other.set(&f)
			got := result{name: one.name + " and " + other.name}
			if other.name == one.name {
				got.name = one.name
			}
			got.took = median(func() (err error) {
				if got.found, err = r.CountContacts(ctx, "o", &f); err != nil {
					return err
				}
				_, _, err = r.Contacts(ctx, &onboarding.ContactQuery{
					OrganizationID: "o", Filter: f, Order: onboarding.ByCreated, Reverse: true, Limit: 100,
					Matches: got.found,
				})
				return err
			})
			all = append(all, got)
		}
	}
	slices.SortFunc(all, func(x, y result) int { return cmp.Compare(y.took, x.took) })
	b.Logf("%d contacts, count(*): %s; %d searches, median %.2f times", n, ceiling.Round(time.Microsecond), len(all),
		float64(all[len(all)/2].took)/float64(ceiling))
	for _, r := range all[:min(25, len(all))] {
		b.Logf("%-40s %8d found in %-10s %.2f times", r.name, r.found, r.took.Round(time.Microsecond),
			float64(r.took)/float64(ceiling))
	}
}

func optIn(f *onboarding.ContactFilter, policy string) {
	if f.OptIns == nil {
		f.OptIns = map[string]bool{}
	}
	f.OptIns[policy] = true
}
