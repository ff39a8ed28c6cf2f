package store

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // goose works through database/sql
	"github.com/pressly/goose/v3"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// upgrade calls before with an empty database of each engine and a function that migrates it to a
// version. Then it calls after with the store of the newest version and the connection of before.
func upgrade(
	t *testing.T, before func(t *testing.T, old *sql.DB, to func(version int64)),
	after func(t *testing.T, s onboarding.Store, old *sql.DB),
) {
	t.Helper()
	begin := func(t *testing.T, dialect goose.Dialect, engine, driver, address string) *sql.DB {
		t.Helper()
		db, err := sql.Open(driver, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		p, err := provider(dialect, engine, db, Options{}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		before(t, db, func(version int64) {
			t.Helper()
			if _, err := p.UpTo(t.Context(), version); err != nil {
				t.Fatal(err)
			}
		})
		return db
	}
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "onramp.db")
		db := begin(t, goose.DialectSQLite3, "sqlite", "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
		after(t, openTestSQLite(t, path, Options{BusyTimeout: 5 * time.Second}), db)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := postgres.Require(t).NewDatabase(t)
		db := begin(t, goose.DialectPostgres, "postgres", "pgx", url)
		if err := Migrate(t.Context(), url, Options{}); err != nil {
			t.Fatal(err)
		}
		after(t, openTestPostgres(t, url, Options{}), db)
	})
}
