package server

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// benchContacts returns the number of people of a benchmark, which ONRAMP_BENCH_CONTACTS changes to
// another multiple of a thousand.
func benchContacts(b *testing.B, standard int) int {
	b.Helper()
	text := os.Getenv("ONRAMP_BENCH_CONTACTS")
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkConsole compares the pages of the console among ten thousand people with the same among
// ONRAMP_BENCH_CONTACTS (default 20,000), in one run, on both engines:
//
//	go test ./onboarding/server -run '^$' -v -bench 'Console$' -benchtime 1x -timeout 1h
//
// A fifth of the people connected once within the last thirty days.
func BenchmarkConsole(b *testing.B) {
	many := benchContacts(b, 20_000)
	fewer := min(10_000, many)
	compare := func(b *testing.B, open func() onboarding.Store) {
		few := crowded(b, open(), fewer)
		all := crowded(b, open(), many)
		one := benchGuest(fewer * 6 / 10)
		for _, page := range []struct{ name, path string }{
			{"overview", ""}, {"people", "/people"}, {"search by e-mail", "/people?q=" + one.Email},
			{"search by name", "/people?q=" + one.FirstName + "+" + one.LastName},
			{"filter", "/people?verified=yes"}, {"refusals", "/refusals"},
		} {
			short, long := median(few, page.path), median(all, page.path)
			b.Logf("%-16s %10s among %d, %10s among %d: %.2f times", page.name, short.Round(time.Microsecond), fewer,
				long.Round(time.Microsecond), many, float64(long)/float64(short))
		}
	}
	b.Run("SQLite", func(b *testing.B) {
		compare(b, func() onboarding.Store { return testkit.OpenStore(b) })
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		server := postgres.Require(b)
		compare(b, func() onboarding.Store { return testkit.OpenPostgres(b, testkit.NewPostgres(b, server)) })
	})
}

// median returns the median time of a page.
func median(o *operator, path string) time.Duration {
	o.Helper()
	var all []time.Duration
	for range 11 {
		began := time.Now()
		o.open(consoleOf(demoID) + path).want(http.StatusOK)
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// benchGuest returns the person with a number. Twenty share a last name.
func benchGuest(i int) *onboarding.Customer {
	c := &onboarding.Customer{
		ID: fmt.Sprintf("%032x", i+1), OrganizationID: demoID, LocationID: demoLocation,
		Username: fmt.Sprintf("USER%07d", i), SignupMethod: onboarding.ChannelPortal,
	}
	c.FirstName, c.LastName = fmt.Sprintf("Name%02d", i%50), fmt.Sprintf("Family%06d", i/20)
	c.Email, c.Phone = fmt.Sprintf("name.family.%07d@example.com", i), fmt.Sprintf("+39347%07d", i)
	c.EmailVerified = i%2 == 0
	return c
}

// crowded returns a signed-in operator of a venue with n people.
func crowded(b *testing.B, db onboarding.Store, n int) *operator {
	b.Helper()
	v := newVenueOn(b, db)
	ctx, now := context.Background(), v.clock.now()
	const portion = 1000
	for begin := 0; begin < n; begin += portion {
		if err := db.Write(ctx, func(tx onboarding.Tx) error {
			for i := begin; i < begin+portion; i++ {
				c := benchGuest(i)
				c.Created = now.Add(-time.Duration(i%(30*24*60)) * time.Minute)
				c.Modified = c.Created
				if err := tx.InsertCustomer(ctx, c); err != nil {
					return err
				}
				if err := tx.AddStatistics(ctx, onboarding.Statistic{
					OrganizationID: demoID, At: c.Created, LocationID: demoLocation, Platform: "ios",
					Counts: onboarding.Counts{Signups: 1, Opened: 2, Forms: 1},
				}); err != nil {
					return err
				}
				if i%5 != 0 {
					continue
				}
				if err := tx.PutConnection(ctx, &onboarding.Connection{
					UniqueID: fmt.Sprintf("u%d", i), Key: fmt.Sprintf("u%d", i), OrganizationID: demoID, HostID: demoID,
					CustomerID: c.ID, Proven: true, LocationID: demoLocation, AccessPoint: "nas front-door",
					Started: &c.Created, Implied: c.Created, Duration: 60, Input: 1000,
					Progress: onboarding.Progress{Duration: 60, At: c.Created.Add(time.Minute)},
					Reported: &onboarding.Stop{
						Progress: onboarding.Progress{Duration: 60, At: c.Created.Add(time.Minute)},
					},
				}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		for folded := 1; folded > 0; {
			if err := db.Write(ctx, func(tx onboarding.Tx) (err error) {
				if folded, err = tx.FoldStatistics(ctx, 10_000); err != nil {
					return err
				}
				counts, err := tx.FoldContactCounts(ctx, 10_000)
				folded += counts
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
	}
	return signedIn(v, demoID)
}
