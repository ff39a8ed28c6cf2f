package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// registration holds the rows of one new customer.
type registration struct {
	customer   onboarding.Customer
	credential onboarding.Credential
	consents   []onboarding.Consent
	activation onboarding.Link
	event      onboarding.Event
}

func newRegistration(organizationID, locationID string) *registration {
	now := time.Now()
	r := &registration{customer: onboarding.Customer{
		ID:             onboarding.NewID(),
		OrganizationID: organizationID,
		LocationID:     locationID,
		SignupMethod:   onboarding.ChannelApp,
		Created:        now,
		Modified:       now,
	}}
	c := &r.customer
	c.Username, c.FirstName, c.LastName, c.Language, c.Country = "U"+c.ID[20:], "Ada", "Lovelace", "en", "GB"
	c.Email, c.Phone = c.ID+"@example.com", "+44"+c.ID[20:]
	r.credential = onboarding.Credential{
		CustomerID: c.ID, OrganizationID: c.OrganizationID, Username: c.Username,
		Password: onboarding.Sealed{KeyID: "0123456789abcdef", Box: make([]byte, 50)},
		Created:  now,
		Expires:  now.AddDate(1, 0, 0),
	}
	for _, policy := range []string{onboarding.TermsOfUse, onboarding.Privacy, onboarding.MktgCommunication} {
		r.consents = append(r.consents, onboarding.Consent{
			ID:             onboarding.NewID(),
			OrganizationID: c.OrganizationID,
			CustomerID:     c.ID,
			Policy:         policy,
			Version:        "1.00",
			Accepted:       true,
			At:             now,
			Channel:        onboarding.ChannelApp,
			Address:        "192.0.2.1",
			Agent:          "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)",
		})
	}
	r.activation = onboarding.Link{
		TokenHash: onboarding.NewID() + onboarding.NewID(), CustomerID: c.ID, OrganizationID: c.OrganizationID,
		Created: now, Expires: now.Add(time.Hour), MaxHits: 10,
	}
	r.event = onboarding.Event{
		ID:             onboarding.NewID(),
		OrganizationID: c.OrganizationID,
		CustomerID:     c.ID,
		Type:           onboarding.EventSignup,
		LocationID:     c.LocationID,
		At:             now,
	}
	return r
}

// write runs the statements of a registration, with deduplication by e-mail if deduplicate is set.
func (r *registration) write(ctx context.Context, tx onboarding.Tx, deduplicate bool) error {
	if deduplicate {
		found, err := tx.MatchAny(ctx, r.customer.OrganizationID, onboarding.Match{Email: r.customer.Email}, 2)
		if err != nil || len(found) > 0 {
			return fmt.Errorf("%d found: %w", len(found), err)
		}
	}
	if err := tx.InsertCustomer(ctx, &r.customer); err != nil {
		return err
	}
	if err := tx.InsertCredential(ctx, &r.credential); err != nil {
		return err
	}
	if err := tx.AppendConsents(ctx, r.consents); err != nil {
		return err
	}
	if err := tx.InsertLink(ctx, &r.activation); err != nil {
		return err
	}
	return tx.AppendEvents(ctx, []onboarding.Event{r.event})
}

// BenchmarkRegistrations measures registrations (7 rows) per second through Store.Write, and for
// comparison the engine alone with the same statements, each in one durable transaction. Run it
// with about -benchtime=20000x and compare the ratio of the two; absolute figures depend on the
// machine.
func BenchmarkRegistrations(b *testing.B) {
	organizationID, locationID := onboarding.NewID(), ""
	for _, callers := range []int{1, 8, 64} {
		measure := func(name string, open func(b *testing.B) func(ctx context.Context, r *registration) error) {
			b.Run(fmt.Sprintf("%s/%d", name, callers), func(b *testing.B) {
				register := open(b)
				all := make([]*registration, b.N)
				for i := range all {
					all[i] = newRegistration(organizationID, locationID)
				}
				b.ResetTimer()
				tookEach := runCallers(b, callers, all, register)
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "registrations/s")
				slices.Sort(tookEach)
				b.ReportMetric(float64(tookEach[len(tookEach)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
		measure("sqlite-bare", openBareSQLite)
		measure("sqlite", func(b *testing.B) func(context.Context, *registration) error {
			s := openTestSQLite(b, filepath.Join(b.TempDir(), "onramp.db"), Options{})
			return through(s, false)
		})
		measure("postgres-bare", openBarePostgres)
		measure("postgres", func(b *testing.B) func(context.Context, *registration) error {
			return through(openTestPostgres(b, migratedPostgres(b, durablePostgres(b)), Options{MaxConns: benchConns}),
				false)
		})
		measure("sqlite-deduplicating", func(b *testing.B) func(context.Context, *registration) error {
			s := openTestSQLite(b, filepath.Join(b.TempDir(), "onramp.db"), Options{})
			return through(s, true)
		})
		measure("postgres-deduplicating", func(b *testing.B) func(context.Context, *registration) error {
			return through(openTestPostgres(b, migratedPostgres(b, durablePostgres(b)), Options{MaxConns: benchConns}),
				true)
		})
	}
}

const benchConns = 16

func durablePostgres(b *testing.B) *postgres.Server {
	return postgres.New(b, "fsync=on", "synchronous_commit=on")
}

// through registers through Store.Write, in a tenant that the process knows.
func through(s onboarding.Store, deduplicate bool) func(context.Context, *registration) error {
	return func(ctx context.Context, r *registration) error {
		return s.Write(ctx, func(tx onboarding.Tx) error { return r.write(ctx, tx, deduplicate) })
	}
}

// runCallers has all registered by so many callers at once, and returns how long each took.
func runCallers(
	b *testing.B, callers int, all []*registration, register func(context.Context, *registration) error,
) []time.Duration {
	ctx := b.Context()
	took := make([]time.Duration, len(all))
	next := make(chan int, len(all))
	for i := range all {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := range next {
				start := time.Now()
				if err := register(ctx, all[i]); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	wg.Wait()
	return took
}

// openBareSQLite is one connection, one prepared statement a table, one transaction a registration,
// and a mutex.
func openBareSQLite(b *testing.B) func(context.Context, *registration) error {
	path := filepath.Join(b.TempDir(), "onramp.db")
	openTestSQLite(b, path, Options{}).Close()
	w := newWriter(path, &organizationCache{}, &health{path: path}, Options{}.withDefaults())
	b.Cleanup(func() { w.close() })
	conn, err := newSQLiteConn(b.Context(), w.db)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.close() })
	var mu sync.Mutex
	return func(ctx context.Context, r *registration) error {
		mu.Lock()
		defer mu.Unlock()
		ctx = context.WithoutCancel(ctx)
		if _, err := conn.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
			return err
		}
		if err := r.write(ctx, &transaction{reader{db: &sqliteTx{conn: conn}}}, false); err != nil {
			return err
		}
		_, err := conn.exec(ctx, "COMMIT")
		return err
	}
}

// openBarePostgres uses pgx as its documentation shows: a pool, a transaction, a statement after
// the other.
func openBarePostgres(b *testing.B) func(context.Context, *registration) error {
	p := openTestPostgres(b, migratedPostgres(b, durablePostgres(b)), Options{MaxConns: benchConns})
	return func(ctx context.Context, r *registration) error {
		tx, err := p.pool.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		if err := r.write(ctx, &transaction{reader{db: bareTx{tx: tx}}}, false); err != nil {
			return err
		}
		return tx.Commit(ctx)
	}
}
