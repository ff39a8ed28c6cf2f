package store

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestBudgetsMigration migrates a database of the version before, which goes on taking from its
// budgets. Their rows move to keyed hashes after the finish, and the addresses of versions before
// 0070 are gone.
func TestBudgetsMigration(t *testing.T) {
	at := time.Now().UTC()
	keys := func(t *testing.T, db *sql.DB) (keys string) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(),
			"SELECT COALESCE(min(key) || ' to ' || max(key), '') FROM budgets").Scan(&keys); err != nil {
			t.Fatal(err)
		}
		return keys
	}
	before := func(t *testing.T, db *sql.DB, to func(int64)) {
		t.Helper()
		to(7)
		if t.Name() == "TestBudgetsMigration/PostgreSQL" {
			const old = "INSERT INTO limits VALUES ('lookups 192.0.2.7', 1, 1)"
			if _, err := db.ExecContext(t.Context(), old); err != nil {
				t.Fatal(err)
			}
		}
		to(150)
		for _, text := range []string{
			"INSERT INTO organizations (id, version, document) VALUES ('o', 1, '{}')",
			"INSERT INTO budgets (key, full_at) VALUES ('lookups plain', $1)",
		} {
			var args []any
			if text[12:19] == "budgets" {
				args = append(args, micros(at.Add(8*time.Hour)))
			}
			if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
				t.Fatal(err)
			}
		}
	}
	after := func(t *testing.T, s onboarding.Store, db *sql.DB) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), "SELECT count(*) FROM limits"); err == nil {
			t.Error("the table limits is still there")
		}
		granted := func() (n int64) {
			if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
				l, err := tx.LeaseBudget(t.Context(), onboarding.BudgetRequest{
					Key: "lookups keyed", Former: "lookups plain", Burst: 10, Interval: time.Hour, Want: 1, Now: at,
				})
				n = l.Granted
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n, stored := granted(), keys(t, db); n != 1 || stored != "lookups plain to lookups plain" {
			t.Errorf("before the finish: granted %d, stored under %s", n, stored)
		}
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(t.Context(), onboarding.SettingBudgets, onboarding.BudgetsKeyed)
		}); err != nil {
			t.Fatal(err)
		}
		if n, stored := granted(), keys(t, db); n != 1 || stored != "lookups keyed to lookups keyed" {
			t.Errorf("after the finish: granted %d, stored under %s", n, stored)
		}
		if n := granted(); n != 0 {
			t.Errorf("%d granted beyond the burst", n)
		}
	}
	upgrade(t, before, after)
	t.Run("new", func(t *testing.T) {
		s := openTestSQLite(t, filepath.Join(t.TempDir(), "new.db"), Options{})
		if form, err := s.Setting(t.Context(), onboarding.SettingBudgets); form != onboarding.BudgetsKeyed {
			t.Errorf("form in a new database: %q %v", form, err)
		}
	})
}
