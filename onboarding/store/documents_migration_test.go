package store

import (
	"database/sql"
	"path/filepath"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// TestDocumentsMigration migrates a database of the version before, which goes on writing it: its
// documents in clear are read, also beside a sealed one, and the setting is absent.
func TestDocumentsMigration(t *testing.T) {
	const insert = `INSERT INTO customers (id, organization_id, username, email_verified, phone_verified,
		locked, signup_method, created, modified, logins, kiosk, attributes)
		VALUES ($1, 'o', $1, FALSE, FALSE, FALSE, 'app', 1, 1, 0, FALSE, $2)`
	const attributes = `{"title":"Dr","document":{"passportNumber":"YA1234567","type":"passport"}}`
	exec := func(t *testing.T, db *sql.DB, text string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatal(err)
		}
	}
	before := func(t *testing.T, db *sql.DB, to func(int64)) {
		t.Helper()
		to(146)
		exec(t, db, "INSERT INTO organizations (id, version, document) VALUES ('o', 1, '{}')")
		exec(t, db, insert, "older", attributes)
	}
	after := func(t *testing.T, s onboarding.Store, db *sql.DB) {
		t.Helper()
		exec(t, db, insert, "newer", attributes)
		exec(t, db, insert, "changed", attributes)
		exec(t, db, "UPDATE customers SET document_key_id = 'k', document = $1 WHERE id = 'changed'", []byte("box"))
		want := onboarding.Document{PassportNumber: "YA1234567", Type: "passport"}
		for _, id := range []string{"older", "newer", "changed"} {
			c, err := s.Customer(t.Context(), "o", id)
			if err != nil || c.Document.Clear != want || c.Title != "Dr" {
				t.Errorf("%s: %+v %v", id, c, err)
			}
		}
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			form, err := tx.DocumentsForm(t.Context())
			if form != "" {
				t.Errorf("form after the migration: %q", form)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	fresh := func(t *testing.T, s onboarding.Store) {
		t.Helper()
		if form, err := s.Setting(t.Context(), onboarding.SettingDocuments); form != onboarding.DocumentsSealed {
			t.Errorf("form in a new database: %q %v", form, err)
		}
	}
	upgrade(t, before, after)
	t.Run("new SQLite", func(t *testing.T) {
		fresh(t, openTestSQLite(t, filepath.Join(t.TempDir(), "new.db"), Options{}))
	})
	t.Run("new PostgreSQL", func(t *testing.T) {
		url := postgres.Require(t).NewDatabase(t)
		if err := Migrate(t.Context(), url, Options{}); err != nil {
			t.Fatal(err)
		}
		fresh(t, openTestPostgres(t, url, Options{}))
	})
}
