package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// TestFoundH3Statements: a statement ends when the time of its request is up, wherever it is:
// before its first row, or between two rows. The connection is good for the next.
func TestFoundH3Statements(t *testing.T) {
	const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) "
	statements := map[string]string{
		"before the first row": numbers + "SELECT count(*) FROM n",
		"between two rows": "SELECT i FROM (" + numbers +
			"SELECT i FROM n) AS n WHERE i = 1 OR i > 1999999999 LIMIT 10",
	}
	check := func(t *testing.T, db executor) {
		t.Helper()
		for name, text := range statements {
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				over := make(chan error, 1)
				go func() {
					_, err := collect(ctx, db, func(r rows) (n int64, err error) { return n, r.Scan(&n) }, text)
					over <- err
				}()
				select {
				case err := <-over:
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("ended with %v", err)
					}
				case <-time.After(time.Minute):
					t.Fatal("goes on")
				}
				var one int64
				if err := (&reader{db: db}).one(t.Context(), "SELECT CAST(1 AS BIGINT)", nil, &one); err != nil ||
					one != 1 {
					t.Errorf("the next statement: %d, %v", one, err)
				}
			})
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		s, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "onramp.db"), Options{Readers: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		check(t, s.db)
	})
	t.Run("postgres", func(t *testing.T) {
		s := openTestPostgres(t, migratedPostgres(t, postgres.Require(t)),
			Options{MaxConns: 1, StatementTimeout: time.Hour})
		check(t, s.db)
		// In a transaction, the deadline rolls back earlier writes.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			db := tx.(*transaction).db
			if _, err := db.exec(ctx, "CREATE TABLE half_written (n INT)"); err != nil {
				return err
			}
			_, err := db.exec(ctx, "SELECT pg_sleep(600)")
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
		if there, err := s.exists(t.Context(), "SELECT to_regclass('half_written') IS NOT NULL"); err != nil || there {
			t.Errorf("half-written: %v, %v", there, err)
		}
	})
}
