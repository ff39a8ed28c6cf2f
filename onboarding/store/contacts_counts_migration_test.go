package store

import (
	"database/sql"
	"testing"

	"onramp/onboarding"
)

// TestContactCountsMigration migrates a database of the version before, which goes on writing it:
// the counts are right at once, and stay right.
func TestContactCountsMigration(t *testing.T) {
	exec := func(t *testing.T, db *sql.DB, text string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	const insert = `INSERT INTO customers (id, organization_id, location_id, username, email, email_key, email_verified,
		phone_verified, locked, signup_method, created, modified, logins, kiosk, mktg_communications, gender) VALUES `
	before := func(t *testing.T, db *sql.DB, to func(int64)) {
		t.Helper()
		to(164)
		exec(t, db, "INSERT INTO organizations (id, version, document) VALUES ('o', 1, '{}')")
		exec(t, db, insert+`
			('a', 'o', 'l', 'a', 'a@example.com', 'a@example.com', TRUE, FALSE, FALSE, 'portal', 1, 1, 0, FALSE,
				TRUE, 'male'),
			('b', 'o', NULL, 'b', 'b@example.com', 'b@example.com', FALSE, FALSE, TRUE, 'app', 1, 1, 0, FALSE,
				FALSE, NULL),
			('c', 'o', 'l', 'c', NULL, NULL, FALSE, FALSE, FALSE, 'api', 1, 1, 0, FALSE, NULL, 'other'),
			('d', '', NULL, 'd', NULL, NULL, FALSE, FALSE, FALSE, 'api', 1, 1, 0, FALSE, NULL, NULL)`)
	}
	after := func(t *testing.T, s onboarding.Store, db *sql.DB) {
		t.Helper()
		counts := func(all, atLocation, withEmail, verified, optedIn int) {
			t.Helper()
			for f, want := range map[*onboarding.ContactFilter]int{
				{}:                           all,
				{LocationIDs: []string{"l"}}: atLocation,
				{HasEmail: ref(true)}:        withEmail,
				{EmailVerified: ref(true)}:   verified,
				{OptIns: map[string]bool{onboarding.MktgCommunication: true}}: optedIn,
			} {
				if n, err := s.CountContacts(t.Context(), "o", f); n != want || err != nil {
					t.Errorf("%+v counts %d, want %d, %v", *f, n, want, err)
				}
			}
		}
		counts(3, 2, 2, 1, 1)
		// The version before writes.
		exec(t, db, insert+`
			('e', 'o', 'l', 'e', 'e@example.com', 'e@example.com', TRUE, FALSE, FALSE, 'portal', 1, 1, 0, FALSE,
				NULL, NULL)`)
		exec(t, db, "UPDATE customers SET email_verified = TRUE, mktg_communications = TRUE WHERE id = 'b'")
		exec(t, db, "UPDATE customers SET location_id = NULL, logins = 1 WHERE id = 'c'")
		exec(t, db, "UPDATE customers SET last_login = 5 WHERE id = 'b'")
		counts(4, 2, 3, 3, 2)
		exec(t, db, "UPDATE customers SET organization_id = '', location_id = NULL WHERE id = 'a'")
		exec(t, db, "DELETE FROM customers WHERE id = 'e'")
		counts(2, 0, 1, 1, 1)
	}
	upgrade(t, before, after)
}
