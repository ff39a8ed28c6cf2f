package store

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// knownPlace makes an organization with a location and returns their IDs.
func knownPlace(t testing.TB, s onboarding.Store) (organizationID, locationID string) {
	t.Helper()
	o := onboarding.Organization{ID: onboarding.NewID(),
		Locations: []onboarding.Location{{ID: onboarding.NewID(), Timezone: "Europe/Rome"}}}
	if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.PutOrganization(t.Context(), &o)
	}); err != nil {
		t.Fatal(err)
	}
	return o.ID, o.Locations[0].ID
}

// TestPostgresRoundTrips: a transaction that only writes is one round trip.
func TestPostgresRoundTrips(t *testing.T) {
	server := postgres.Require(t)
	through := newProxy(t, server.Port)
	s := openTestPostgres(t, through.url(migratedPostgres(t, server)), Options{MaxConns: 1})
	organizationID, locationID := knownPlace(t, s)
	register := func(deduplicate bool) int64 {
		r := newRegistration(organizationID, locationID)
		before := through.turns.Load()
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return r.write(t.Context(), tx, deduplicate)
		}); err != nil {
			t.Fatal(err)
		}
		return through.turns.Load() - before
	}
	for _, deduplicate := range []bool{false, true} {
		register(deduplicate) // prepares the statements
	}
	if n := register(false); n != 1 {
		t.Errorf("a registration took %d round trips, not 1", n)
	}
	if n := register(true); n != 2 {
		t.Errorf("a registration that deduplicates took %d round trips, not 2", n)
	}
}

// TestPostgresRepeats: fn runs again when the connection is lost before the commit.
func TestPostgresRepeats(t *testing.T) {
	server := postgres.Require(t)
	url := migratedPostgres(t, server)
	s, other := openTestPostgres(t, url, Options{}), openTestPostgres(t, url, Options{})
	terminate := func() {
		if _, err := other.pool.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "+
			"datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
			t.Error(err)
		}
	}
	r := newRegistration("o", "l")
	runs := 0
	err := s.Write(t.Context(), func(tx onboarding.Tx) error {
		runs++
		if err := r.write(t.Context(), tx, true); err != nil {
			return err
		}
		if runs == 1 {
			terminate()
		}
		_, err := tx.Credential(t.Context(), r.customer.ID)
		return err
	})
	if err != nil || runs != 2 {
		t.Errorf("a transaction that lost its connection once ran %d times: %v", runs, err)
	}
	complete(t, s, []string{r.customer.ID})
	terminate()
	complete(t, s, []string{r.customer.ID}) // reads are repeated as well
	terminate()
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping after all connections were lost: %v", err)
	}
}

// TestPostgresUnknownOutcome cuts the connection between COMMIT and its answer.
func TestPostgresUnknownOutcome(t *testing.T) {
	server := postgres.Require(t)
	through := newProxy(t, server.Port)
	s := openTestPostgres(t, through.url(migratedPostgres(t, server)), Options{MaxConns: 1})
	organizationID, locationID := knownPlace(t, s)
	r, runs := newRegistration(organizationID, locationID), 0
	write := func() error {
		return s.Write(t.Context(), func(tx onboarding.Tx) error { runs++; return r.write(t.Context(), tx, false) })
	}
	if err := write(); err != nil { // prepares the statements
		t.Fatal(err)
	}
	r, runs = newRegistration(organizationID, locationID), 0
	through.swallow.Store(true) // the next answer, which is that to the writes and COMMIT
	err := write()
	if onboarding.KindOf(err) != onboarding.Unavailable || !strings.Contains(err.Error(), "unknown") || runs != 1 {
		t.Errorf("after %d runs: %v", runs, err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, err := s.Customer(t.Context(), r.customer.OrganizationID, r.customer.ID)
		if err == nil {
			break // it did happen, which is why it must not be repeated
		}
		if time.Now().After(deadline) {
			t.Fatalf("committed rows are missing: %v", err)
		}
	}
}

func TestPostgresDeadlock(t *testing.T) {
	server := postgres.Require(t)
	s := openTestPostgres(t, migratedPostgres(t, server), Options{})
	a, b := newRegistration("o", "l"), newRegistration("o", "l")
	for _, r := range []*registration{a, b} {
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return r.write(t.Context(), tx, false)
		}); err != nil {
			t.Fatal(err)
		}
	}
	var runs atomic.Int32
	both := make(chan struct{})
	var met atomic.Int32
	crosswise := func(first, second *registration) error {
		return s.Write(t.Context(), func(tx onboarding.Tx) error {
			runs.Add(1)
			for i, r := range []*registration{first, second} {
				c, err := tx.Customer(t.Context(), "o", r.customer.ID)
				if err != nil {
					return err
				}
				c.Logins++
				if err := tx.UpdateCustomer(t.Context(), c); err != nil {
					return err
				}
				if i == 0 { // each waits until the other has its first customer
					if met.Add(1) == 2 {
						close(both)
					}
					<-both
				}
			}
			return nil
		})
	}
	result := make(chan error, 1)
	go func() { result <- crosswise(a, b) }()
	if err := errors.Join(crosswise(b, a), <-result); err != nil {
		t.Fatal(err)
	}
	if runs.Load() != 3 {
		t.Errorf("two transactions with one deadlock ran %d times, not 3", runs.Load())
	}
	for _, r := range []*registration{a, b} {
		if c, err := s.Customer(t.Context(), r.customer.OrganizationID, r.customer.ID); err != nil || c.Logins != 2 {
			t.Errorf("after two updates: %+v, %v", c, err)
		}
	}
}

// TestPostgresDoesNotWaitForever: a lock, a connection and a statement are each waited for only so
// long.
func TestPostgresDoesNotWaitForever(t *testing.T) {
	server := postgres.Require(t)
	s := openTestPostgres(t, migratedPostgres(t, server), Options{MaxConns: 2, LockTimeout: 300 * time.Millisecond,
		StatementTimeout: 900 * time.Millisecond})
	r := newRegistration("o", "l")
	if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
		return r.write(t.Context(), tx, false)
	}); err != nil {
		t.Fatal(err)
	}
	read := func(ctx context.Context, tx onboarding.Tx) error {
		_, err := tx.Customer(ctx, "o", r.customer.ID)
		return err
	}
	err := s.Write(t.Context(), func(tx onboarding.Tx) error {
		if err := read(t.Context(), tx); err != nil {
			return err
		}
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return read(t.Context(), tx)
		}); onboarding.KindOf(err) != onboarding.Unavailable {
			t.Errorf("waiting for a lock ended with %v", err)
		}
		return s.Write(t.Context(), func(onboarding.Tx) error { // holds the second connection
			if _, err := s.Customer(t.Context(), r.customer.OrganizationID, r.customer.ID); !errors.Is(err,
				onboarding.ErrBusy) {
				t.Errorf("waiting for a connection ended with %v", err)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	err = s.Write(t.Context(), func(tx onboarding.Tx) error {
		return tx.(*transaction).one(t.Context(), "SELECT pg_sleep(10) IS NULL", nil, new(bool))
	})
	if onboarding.KindOf(err) != onboarding.Unavailable {
		t.Errorf("a statement that takes too long ended with %v", err)
	}
	err = s.Write(t.Context(), func(tx onboarding.Tx) error {
		if err := read(t.Context(), tx); err != nil {
			return err
		}
		time.Sleep(1500 * time.Millisecond) // idle inside the transaction
		return read(t.Context(), tx)
	})
	if onboarding.KindOf(err) != onboarding.Unavailable {
		t.Errorf("a transaction that idles ended with %v", err)
	}
}

// TestPostgresServerKilled kills the server with -9 under load and starts it again; the store goes
// on by itself.
func TestPostgresServerKilled(t *testing.T) {
	server := postgres.New(t, "fsync=off") // the kernel keeps running and holds the written data
	s := openTestPostgres(t, migratedPostgres(t, server), Options{})
	load := registerUnderLoad(t, s, 8)
	for range 3 {
		load.await(200)
		server.Kill(t)
		server.Start(t)
	}
	load.await(200)
	load.check(s)
}

// TestPostgresFailover kills the primary of a synchronous pair with -9 under load and promotes the
// standby.
func TestPostgresFailover(t *testing.T) {
	pair := postgres.NewPair(t)
	url := pair.URL("postgres")
	if err := Migrate(t.Context(), url, Options{}); err != nil {
		t.Fatal(err)
	}
	s := openTestPostgres(t, url, Options{RetryFor: 20 * time.Second})
	for round := range 2 {
		load := registerUnderLoad(t, s, 8)
		load.await(200)
		if err := pair.Failover(); err != nil {
			t.Fatal(err)
		}
		load.await(200)
		load.check(s)
		t.Logf("round %d: %s", round, load)
		if err := pair.Rebuild(); err != nil {
			t.Fatal(err)
		}
	}
}
