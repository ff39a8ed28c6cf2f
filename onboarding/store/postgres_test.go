package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding"
	"onramp/onboarding/storetest"
	"onramp/onboarding/testkit/postgres"
)

// migratedPostgres returns the URL of a new database with the schema.
func migratedPostgres(t testing.TB, server *postgres.Server) string {
	t.Helper()
	return server.CopyDatabase(t, func(url string) error { return Migrate(context.Background(), url, Options{}) })
}

// empty deletes every row: sooner done than a new database, or TRUNCATE, which makes new files.
func empty(t *testing.T, url string) {
	t.Helper()
	onEveryTable(t, url, "DELETE FROM %I")
}

// onEveryTable executes a statement for each table, without triggers and foreign keys.
func onEveryTable(t *testing.T, url, statement string) {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `DO $$ DECLARE name text; BEGIN
		PERFORM set_config('session_replication_role', 'replica', true);
		FOR name IN SELECT tablename FROM pg_tables
			WHERE schemaname = 'public' AND tablename <> 'goose_db_version' LOOP
			EXECUTE format('`+statement+`', name);
		END LOOP; END $$`); err != nil {
		t.Fatal(err)
	}
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
	server := postgres.Require(t)
	migrated := migratedPostgres(t, server)
	var asked statements
	storetest.Run(t, func(t *testing.T) onboarding.Store {
		empty(t, migrated)
		return openTestPostgres(t, migrated, Options{tracer: &asked})
	})
	t.Run("Plans", func(t *testing.T) {
		onEveryTable(t, migrated, "TRUNCATE %I CASCADE") // the plans are those of empty files
		asked.explainPostgres(t, migrated)
	})
}

func TestPostgresMigrate(t *testing.T) {
	ctx := t.Context()
	url := postgres.Require(t).NewDatabase(t)
	status, err := Status(ctx, url, Options{})
	if err != nil || status.Version != 0 || status.Needs != newest("postgres") || len(status.Pending) < 7 ||
		!strings.HasPrefix(status.Pending[0], "0001_") {
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
	if _, err := s.pool.Exec(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)"); err !=
		nil {
		t.Fatal(err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Errorf("Ping of a running process after a newer one migrated: %v", err)
	}
	if _, err := OpenPostgres(ctx, url, Options{}); err == nil ||
		!strings.Contains(err.Error(), "a newer onramp has migrated it") {
		t.Errorf("a database of the future was opened: %v", err)
	}
	if err := Migrate(ctx, url, Options{}); err == nil ||
		!strings.Contains(err.Error(), "a newer onramp has migrated it") {
		t.Errorf("a database of the future was migrated: %v", err)
	}
}

func TestPostgresUnreachable(t *testing.T) {
	for _, url := range []string{"postgres://u:secret-word@127.0.0.1:1/none", "postgres://u:secret-word@[",
		"postgres://u:secret-word@127.0.0.1:1,127.0.0.1:2/x?sslmode=nonsense"} {
		_, err := OpenPostgres(t.Context(), url, Options{RetryFor: 100 * time.Millisecond})
		if err == nil || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%v", err)
		}
	}
}

func TestPostgresSettings(t *testing.T) {
	server := postgres.Require(t)
	url := migratedPostgres(t, server)
	settings := func(url string) map[string]string {
		s := openTestPostgres(t, url, Options{StatementTimeout: 7 * time.Second, LockTimeout: 3 * time.Second})
		all := map[string]string{}
		for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
			"synchronous_commit", "application_name"} {
			var value string
			if err := s.one(t.Context(), "SELECT current_setting($1)", []any{name}, &value); err != nil {
				t.Fatal(err)
			}
			all[name] = value
		}
		return all
	}
	for name, want := range map[string]string{
		"statement_timeout":                   "7s",
		"lock_timeout":                        "3s",
		"idle_in_transaction_session_timeout": "7s",
		"synchronous_commit":                  "on",
		"application_name":                    "onramp",
	} {
		if got := settings(url)[name]; got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	given := settings(url + "?statement_timeout=1234&application_name=mine&synchronous_commit=off")
	if given["statement_timeout"] != "1234ms" || given["application_name"] != "mine" {
		t.Errorf("a parameter of the URL was overridden: %v", given)
	}
	if given["synchronous_commit"] != "on" {
		t.Error("a commit may be acknowledged before it is durable")
	}
}

// roundTrips counts the batches sent to PostgreSQL.
type roundTrips struct {
	statements
	n atomic.Int64
}

func (r *roundTrips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	r.n.Add(1)
	return ctx
}

func (*roundTrips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*roundTrips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// TestReadAheadRoundTrips reads for an accounting record in one round trip, and writes and commits
// in another.
func TestReadAheadRoundTrips(t *testing.T) {
	var sent roundTrips
	s := openTestPostgres(t, migratedPostgres(t, postgres.Require(t)), Options{tracer: &sent})
	ctx, now, names := t.Context(), time.Now(), [2]string{"nas 1", "nas 1"}
	id := onboarding.NewID()
	err := s.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.ReadAhead(ctx, &onboarding.RecordReads{
			Key: "one", At: now, CustomerID: id, OrganizationID: id, AccessPoints: names, RestartFrom: now,
		}); err != nil {
			return err
		}
		if known, err := tx.ConnectionsOfKey(ctx, "one", now); err != nil || len(known) > 0 {
			t.Errorf("%v, %v", known, err)
		}
		_, login := tx.LoginByID(ctx, id)
		_, organization := tx.Organization(ctx, id)
		_, restart := tx.FirstRestart(ctx, names, now)
		for _, err := range []error{login, organization, restart} {
			if !errors.Is(err, onboarding.ErrNotFound) {
				t.Error(err)
			}
		}
		if tallies, err := tx.MetricsOf(ctx, []string{id}); err != nil || len(tallies) > 0 {
			t.Errorf("%v, %v", tallies, err)
		}
		return tx.PutRestart(ctx, names[0], now)
	})
	if n := sent.n.Load(); err != nil || n != 2 {
		t.Errorf("%d round trips, want 2; %v", n, err)
	}
}
