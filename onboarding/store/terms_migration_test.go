package store

import (
	"database/sql"
	"errors"
	"testing"

	"onramp/onboarding"
)

// TestTermsMigration migrates a database of the version before, which goes on writing customers:
// each is found by search after the next FillTerms, by the current name only, and a retired one by
// none.
func TestTermsMigration(t *testing.T) {
	exec := func(t *testing.T, db *sql.DB, text string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatal(err)
		}
	}
	const insert = `INSERT INTO customers (id, organization_id, username, first_name, last_name, email_verified,
		phone, phone_verified, locked, signup_method, created, modified, logins)
		VALUES ($1, 'o', $1, 'Zoë', 'Rossi', FALSE, '+393471', FALSE, FALSE, 'app', 1, 1, 0)`
	before := func(t *testing.T, db *sql.DB, to func(int64)) {
		t.Helper()
		to(160)
		exec(t, db, "INSERT INTO organizations (id, version, document) VALUES ('o', 1, '{}')")
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			exec(t, db, insert, id)
		}
	}
	after := func(t *testing.T, s onboarding.Store, db *sql.DB) {
		t.Helper()
		if form, err := s.Setting(t.Context(), onboarding.SettingTerms); !errors.Is(err, onboarding.ErrNotFound) {
			t.Errorf("the setting is %q, %v", form, err)
		}
		fill := func(want int, wantLast bool) {
			t.Helper()
			if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
				n, last, err := tx.FillTerms(t.Context(), 3)
				if n != want || last != wantLast {
					t.Errorf("filled %d, last %v, want %d, %v", n, last, want, wantLast)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		finds := func(search string, want int) {
			t.Helper()
			f := onboarding.ContactFilter{Search: search}
			if n, err := s.CountContacts(t.Context(), "o", &f); n != want || err != nil {
				t.Errorf("%q finds %d, %v, want %d", search, n, err, want)
			}
		}
		finds("zoe", 0)
		fill(3, false)
		finds("zoe rossi 347", 3)
		fill(2, true)
		fill(0, true)
		finds("zoe rossi 347", 5)
		// the version before writes
		exec(t, db, insert, "f")
		exec(t, db, "UPDATE customers SET first_name = 'Anna', modified = 2 WHERE id = 'a'")
		exec(t, db, `UPDATE customers SET organization_id = '', username = 'alias', first_name = NULL,
			last_name = NULL, phone = NULL, modified = 0 WHERE id = 'b'`)
		fill(3, true)
		finds("zoe", 4)
		finds("anna", 1)
		var left int
		if err := db.QueryRowContext(t.Context(),
			"SELECT count(*) FROM customer_terms WHERE customer_id = 'b'").Scan(&left); left != 0 || err != nil {
			t.Errorf("%d terms of a retired customer, %v", left, err)
		}
		c, err := s.Customer(t.Context(), "o", "c")
		if err != nil {
			t.Fatal(err)
		}
		c.FirstName = "Berta" // modified is unchanged
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.UpdateCustomer(t.Context(), c)
		}); err != nil {
			t.Fatal(err)
		}
		finds("zoe", 3)
		finds("berta", 1)
		fill(0, true)
	}
	upgrade(t, before, after)
	t.Run("new", func(t *testing.T) {
		s := openTestSQLite(t, newSQLite(t), Options{})
		if form, err := s.Setting(t.Context(), onboarding.SettingTerms); form != onboarding.TermsComplete {
			t.Errorf("the setting in a new database: %q %v", form, err)
		}
	})
}
