package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/storetest"
)

// migratedPostgres returns the URL of a new database with the schema.
func migratedPostgres(t testing.TB, server *storetest.Postgres) string {
	t.Helper()
	url := server.NewDatabase(t)
	if err := Migrate(t.Context(), url, Options{}); err != nil {
		t.Fatal(err)
	}
	return url
}

func openTestPostgres(t testing.TB, url string, opts Options) *Postgres {
	t.Helper()
	p, err := OpenPostgres(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestPostgresContract(t *testing.T) {
	server := storetest.RequirePostgres(t)
	migrated := migratedPostgres(t, server)
	var asked statements
	storetest.Run(t, func(t *testing.T) onboarding.Store {
		return openTestPostgres(t, server.CopyDatabase(t, migrated), Options{tracer: &asked})
	})
	t.Run("Plans", func(t *testing.T) { asked.explainPostgres(t, migrated) })
}

func TestPostgresMigrate(t *testing.T) {
	ctx := t.Context()
	url := storetest.RequirePostgres(t).NewDatabase(t)
	status, err := Status(ctx, url, Options{})
	if err != nil || status.Version != 0 || status.Needs != newest("postgres") || len(status.Pending) < 7 || !strings.HasPrefix(status.Pending[0], "0001_") {
		t.Fatalf("status of an empty database: %+v, %v", status, err)
	}
	s := openTestPostgres(t, url, Options{})
	if err := s.Ping(ctx); err == nil || !strings.Contains(err.Error(), "run onramp migrate") {
		t.Errorf("Ping of an empty database: %v", err)
	}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := Migrate(ctx, url, Options{}); err != nil {
				t.Errorf("one of several that migrate at once: %v", err)
			}
		})
	}
	wg.Wait()
	status, err = Status(ctx, url, Options{})
	if err != nil || status.Version != newest("postgres") || len(status.Pending) != 0 {
		t.Errorf("status after the migration: %+v, %v", status, err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Errorf("Ping after the migration: %v", err)
	}

	// A newer version migrates while this one runs: this one goes on, but does not start again.
	if _, err := s.pool.Exec(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Errorf("Ping of a running process after a newer one migrated: %v", err)
	}
	if _, err := OpenPostgres(ctx, url, Options{}); err == nil || !strings.Contains(err.Error(), "a newer onramp has migrated it") {
		t.Errorf("a database of the future was opened: %v", err)
	}
	if err := Migrate(ctx, url, Options{}); err == nil || !strings.Contains(err.Error(), "a newer onramp has migrated it") {
		t.Errorf("a database of the future was migrated: %v", err)
	}
}

func TestPostgresUnreachable(t *testing.T) {
	for _, url := range []string{"postgres://u:secret-word@127.0.0.1:1/none", "postgres://u:secret-word@[", "postgres://u:secret-word@127.0.0.1:1,127.0.0.1:2/x?sslmode=nonsense"} {
		_, err := OpenPostgres(t.Context(), url, Options{RetryFor: 100 * time.Millisecond})
		if err == nil || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%v", err)
		}
	}
}

func TestPostgresSettings(t *testing.T) {
	server := storetest.RequirePostgres(t)
	url := migratedPostgres(t, server)
	settings := func(url string) map[string]string {
		s := openTestPostgres(t, url, Options{StatementTimeout: 7 * time.Second, LockTimeout: 3 * time.Second})
		all := map[string]string{}
		for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "synchronous_commit", "application_name"} {
			var value string
			if err := s.one(t.Context(), "SELECT current_setting($1)", []any{name}, &value); err != nil {
				t.Fatal(err)
			}
			all[name] = value
		}
		return all
	}
	for name, want := range map[string]string{
		"statement_timeout": "7s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "7s", "synchronous_commit": "on", "application_name": "onramp",
	} {
		if got := settings(url)[name]; got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	given := settings(url + "?statement_timeout=1234&application_name=mine&synchronous_commit=off")
	if given["statement_timeout"] != "1234ms" || given["application_name"] != "mine" {
		t.Errorf("what the URL says was overruled: %v", given)
	}
	if given["synchronous_commit"] != "on" {
		t.Error("a commit may be acknowledged before it is durable")
	}
}

// knownPlace makes an organization with a location and returns their IDs.
func knownPlace(t testing.TB, s onboarding.Store) (organizationID, locationID string) {
	t.Helper()
	o := onboarding.Organization{ID: onboarding.NewID(), Locations: []onboarding.Location{{ID: onboarding.NewID(), Timezone: "Europe/Rome"}}}
	if err := s.Write(t.Context(), func(tx onboarding.Tx) error { return tx.PutOrganization(t.Context(), &o) }); err != nil {
		t.Fatal(err)
	}
	return o.ID, o.Locations[0].ID
}

// TestPostgresRoundTrips: a transaction that only writes is one round trip.
func TestPostgresRoundTrips(t *testing.T) {
	server := storetest.RequirePostgres(t)
	through := newProxy(t, server.Port)
	s := openTestPostgres(t, through.url(migratedPostgres(t, server)), Options{MaxConns: 1})
	organizationID, locationID := knownPlace(t, s)
	register := func(deduplicate bool) int64 {
		r := newRegistration(organizationID, locationID)
		before := through.turns.Load()
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error { return r.write(t.Context(), tx, deduplicate) }); err != nil {
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
	server := storetest.RequirePostgres(t)
	url := migratedPostgres(t, server)
	s, other := openTestPostgres(t, url, Options{}), openTestPostgres(t, url, Options{})
	terminate := func() {
		if _, err := other.pool.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
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
	server := storetest.RequirePostgres(t)
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
		_, err := s.CustomerAnywhere(t.Context(), r.customer.ID)
		if err == nil {
			break // it did happen, which is why it must not be repeated
		}
		if time.Now().After(deadline) {
			t.Fatalf("what was committed is not there: %v", err)
		}
	}
}

func TestPostgresDeadlock(t *testing.T) {
	server := storetest.RequirePostgres(t)
	s := openTestPostgres(t, migratedPostgres(t, server), Options{})
	a, b := newRegistration("o", "l"), newRegistration("o", "l")
	for _, r := range []*registration{a, b} {
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error { return r.write(t.Context(), tx, false) }); err != nil {
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
		if c, err := s.CustomerAnywhere(t.Context(), r.customer.ID); err != nil || c.Logins != 2 {
			t.Errorf("after two updates: %+v, %v", c, err)
		}
	}
}

// TestPostgresDoesNotWaitForever: a lock, a connection and a statement are each waited for only so long.
func TestPostgresDoesNotWaitForever(t *testing.T) {
	server := storetest.RequirePostgres(t)
	s := openTestPostgres(t, migratedPostgres(t, server), Options{MaxConns: 2, LockTimeout: 100 * time.Millisecond, StatementTimeout: 300 * time.Millisecond})
	r := newRegistration("o", "l")
	if err := s.Write(t.Context(), func(tx onboarding.Tx) error { return r.write(t.Context(), tx, false) }); err != nil {
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
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error { return read(t.Context(), tx) }); onboarding.KindOf(err) != onboarding.Unavailable {
			t.Errorf("waiting for a lock ended with %v", err)
		}
		return s.Write(t.Context(), func(onboarding.Tx) error { // holds the second connection
			if _, err := s.CustomerAnywhere(t.Context(), r.customer.ID); !errors.Is(err, onboarding.ErrBusy) {
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
		time.Sleep(500 * time.Millisecond) // idle inside the transaction
		return read(t.Context(), tx)
	})
	if onboarding.KindOf(err) != onboarding.Unavailable {
		t.Errorf("a transaction that idles ended with %v", err)
	}
}

// TestPostgresServerKilled kills the server with -9 under load and starts it again; the store goes on by itself.
func TestPostgresServerKilled(t *testing.T) {
	server := storetest.NewPostgres(t, "fsync=off") // the kernel lives on, and has what was written
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

// TestPostgresFailover kills the primary of a synchronous pair with -9 under load and promotes the standby.
func TestPostgresFailover(t *testing.T) {
	pair := storetest.NewPostgresPair(t)
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

// load is a number of goroutines that register without pause.
type load struct {
	t            *testing.T
	stop         context.CancelFunc
	wg           sync.WaitGroup
	mu           sync.Mutex
	acknowledged []string
	refused      int
	last         time.Time
	gap          time.Duration // the longest time without an acknowledgement
}

func registerUnderLoad(t *testing.T, s onboarding.Store, callers int) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{t: t, stop: stop, last: time.Now()}
	for range callers {
		l.wg.Go(func() {
			for ctx.Err() == nil {
				r := newRegistration("o", "l")
				err := s.Write(ctx, func(tx onboarding.Tx) error { return r.write(ctx, tx, true) })
				l.record(ctx, r.customer.ID, err)
			}
		})
	}
	t.Cleanup(func() { stop(); l.wg.Wait() })
	return l
}

func (l *load) record(ctx context.Context, id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.acknowledged = append(l.acknowledged, id)
		l.gap = max(l.gap, time.Since(l.last))
		l.last = time.Now()
	case ctx.Err() != nil:
	case onboarding.KindOf(err) == onboarding.Unavailable:
		l.refused++
	default:
		l.t.Errorf("a registration during the failure: %v", err)
	}
}

// await waits for so many acknowledgements more.
func (l *load) await(more int) {
	l.t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.acknowledged)
	}
	goal := count() + more
	for deadline := time.Now().Add(60 * time.Second); count() < goal; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("there are %d acknowledgements after a minute, not %d", count(), goal)
		}
	}
}

// check ends the load and demands that everything acknowledged is there.
func (l *load) check(s onboarding.Store) {
	l.t.Helper()
	l.stop()
	l.wg.Wait()
	complete(l.t, s, l.acknowledged)
}

func (l *load) String() string {
	return fmt.Sprintf("%d acknowledged, all there; %d answered unavailable; longest gap %v", len(l.acknowledged), l.refused, l.gap.Round(time.Millisecond))
}
