package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// BenchmarkContactSearch compares searches by text among ten thousand contacts with the same among
// ONRAMP_BENCH_CONTACTS (default 100,000), in one run, and reports the disk that the terms of a
// contact take:
//
//	go test ./onboarding/store -run '^$' -v -bench ContactSearch -benchtime 1x -timeout 1h
//
// A search is the count and the first page, as a request makes them. The selective ones find the
// same number of contacts in both; those of a first name find a fiftieth.
func BenchmarkContactSearch(b *testing.B) {
	many := benchContacts(b, 100_000)
	few := min(10_000, many)
	b.Run("SQLite", func(b *testing.B) {
		compareSearches(b, few, many, func() (onboarding.Store, func() int64) {
			s := openTestSQLite(b, newSQLite(b), Options{})
			return s, func() int64 {
				n, err := s.reader.count(b.Context(), "SELECT sum(pgsize) FROM dbstat WHERE name IN "+
					"('customer_terms', 'sqlite_autoindex_customer_terms_1', 'customer_terms_of_customer')")
				if err != nil {
					b.Fatal(err)
				}
				return int64(n)
			}
		})
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		server := postgres.Require(b)
		compareSearches(b, few, many, func() (onboarding.Store, func() int64) {
			s := openTestPostgres(b, migratedPostgres(b, server), Options{})
			return s, func() (size int64) {
				if _, err := s.pool.Exec(b.Context(), "VACUUM ANALYZE"); err != nil {
					b.Fatal(err)
				}
				if err := s.pool.QueryRow(b.Context(),
					"SELECT pg_total_relation_size('customer_terms')").Scan(&size); err != nil {
					b.Fatal(err)
				}
				return size
			}
		})
	})
}

// benchPerson returns the contact with a number. Twenty share a last name.
func benchPerson(i int) *onboarding.Customer {
	at := time.UnixMicro(int64(i) * 1e6).UTC()
	c := &onboarding.Customer{
		ID: fmt.Sprintf("%032x", i), OrganizationID: "o", Username: fmt.Sprintf("USER%07d", i),
		SignupMethod: onboarding.ChannelApp, Created: at, Modified: at, LocationID: "l" + strconv.Itoa(i%10),
	}
	c.FirstName, c.LastName = fmt.Sprintf("Name%02d", i%50), fmt.Sprintf("Family%06d", i/20)
	c.Email, c.Phone = fmt.Sprintf("name.family.%07d@example.com", i), fmt.Sprintf("+39347%07d", i)
	return c
}

func benchStation(i int) string {
	return fmt.Sprintf("02:00:%02x:%02x:%02x:01", i>>16&255, i>>8&255, i&255)
}

func compareSearches(b *testing.B, few, many int, open func() (onboarding.Store, func() int64)) {
	ctx := context.Background()
	stores := map[int]onboarding.Store{}
	for _, n := range []int{few, many} {
		s, size := open()
		for begin := 0; begin < n; begin += 1000 {
			if err := s.Write(ctx, func(tx onboarding.Tx) error {
				for i := begin; i < begin+1000; i++ {
					if err := tx.InsertCustomer(ctx, benchPerson(i)); err != nil {
						return err
					}
					if i%3 != 0 {
						continue
					}
					if err := tx.PutStation(ctx, &onboarding.Station{
						CustomerID: benchPerson(i).ID, MAC: benchStation(i),
					}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		stores[n] = s
		b.Logf("%d contacts: %d bytes of terms each", n, size()/int64(n))
	}
	took := func(n int, search string, order onboarding.ContactOrder) (time.Duration, int) {
		began := time.Now()
		f := onboarding.ContactFilter{Search: search}
		found, err := stores[n].CountContacts(ctx, "o", &f)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := stores[n].Contacts(ctx, &onboarding.ContactQuery{
			OrganizationID: "o", Filter: f, Order: order, Limit: 100, Matches: found,
		}); err != nil {
			b.Fatal(err)
		}
		return time.Since(began), found
	}
	number := few * 6 / 10
	one := benchPerson(number)
	for _, q := range []struct{ name, search string }{
		{"email", one.Email[:18]}, {"phone", one.Phone}, {"national", fmt.Sprintf("347 %05d", number/100)},
		{"username", fmt.Sprintf("user%07d", number)}, {"last", one.LastName},
		{"first last", one.FirstName + " " + one.LastName}, {"station", benchStation(number)},
		{"first", one.FirstName}, {"everybody", "+39 347"},
	} {
		for _, order := range []onboarding.ContactOrder{onboarding.ByID, onboarding.ByLastName} {
			medians, counts := map[int]time.Duration{}, map[int]int{}
			for _, n := range []int{few, many} {
				var all []time.Duration
				for range 11 {
					d, found := took(n, q.search, order)
					all, counts[n] = append(all, d), found
				}
				slices.Sort(all)
				medians[n] = all[len(all)/2]
			}
			b.Logf("%-10s by %-8q %7d found in %-10s %7d found in %-10s %.1f times", q.name, order, counts[few],
				medians[few].Round(time.Microsecond), counts[many], medians[many].Round(time.Microsecond),
				float64(medians[many])/float64(medians[few]))
		}
	}
	for b.Loop() {
		took(many, one.Email, onboarding.ByID)
	}
}
