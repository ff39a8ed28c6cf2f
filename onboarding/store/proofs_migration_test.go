package store

import (
	"database/sql"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestFoundF2Upgrade migrates guids and links of the previous version, writes to the new schema as
// that version does during an upgrade, and checks which guids and links are accepted as proof.
func TestFoundF2Upgrade(t *testing.T) {
	at := func(second int64) int64 { return second * 1_000_000 }
	const (
		customer = `INSERT INTO customers (id, organization_id, username, email_verified, phone_verified, locked,` +
			` signup_method, created, modified, logins)
			VALUES ($1, 'o', $1, FALSE, FALSE, FALSE, 'app', 1, 1, 0)`
		credential = `INSERT INTO credentials (customer_id, organization_id, username, key_id, box, created,` +
			` expires) VALUES ($1, 'o', $1, 'k', 'b', $2, $3)`
		guid = `INSERT INTO customer_guids (organization_id, customer_id, guid_hash, added) VALUES ('o', $1, $2,` +
			` $3) ON CONFLICT (customer_id, guid_hash) DO NOTHING`
		link = `INSERT INTO activations (token_hash, customer_id, organization_id, created, expires, max_hits, hits,` +
			` shares_hits_of)
			VALUES ($1, $2, 'o', $3, $4, 10, 0, NULL)`
		rotation = "UPDATE credentials SET key_id = 'k', box = 'c', created = $2 WHERE customer_id = $1"
	)
	exec := func(t *testing.T, db *sql.DB) func(text string, args ...any) {
		return func(text string, args ...any) {
			t.Helper()
			if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := func(t *testing.T, db *sql.DB, to func(int64)) {
		t.Helper()
		to(59)
		do := exec(t, db)
		do(customer, "anna")
		do(credential, "anna", at(100), at(100_000))
		do(guid, "anna", "older than the password", at(50))
		do(guid, "anna", "newer than the password", at(150))
		do(link, "ended by a rotation", "anna", at(90), at(100))
		do(link, "live", "anna", at(120), at(100_000))
	}
	after := func(t *testing.T, s onboarding.Store, old *sql.DB) {
		t.Helper()
		now := time.UnixMicro(at(300))
		guids := func(when string, want map[string]bool) {
			t.Helper()
			for hash, want := range want {
				if got, err := s.Proves(t.Context(), "anna",
					onboarding.Evidence{GuidHash: hash, Now: now}); err != nil || got != want {
					t.Errorf("%s, the guid %q: %v, %v", when, hash, got, err)
				}
			}
		}
		links := func(when string, want map[string]bool) {
			t.Helper()
			for hash, want := range want {
				a, err := s.Link(t.Context(), hash)
				if err != nil || (!a.Ended && now.Before(a.Expires)) != want {
					t.Errorf("%s, the link %q: %+v, %v", when, hash, a, err)
				}
			}
		}
		do := exec(t, old)
		guids("after the migration", map[string]bool{"older than the password": true, "newer than the password": true})
		links("after the migration", map[string]bool{"ended by a rotation": false, "live": true})
		do(guid, "anna", "by the version before", at(160))
		do(link, "by the version before", "anna", at(160), at(100_000))
		guids("written by the version before", map[string]bool{"by the version before": true})
		links("written by the version before", map[string]bool{"by the version before": true})
		do(rotation, "anna", at(200))
		guids("rotated by the version before", map[string]bool{"older than the password": false,
			"newer than the password": false, "by the version before": false})
		links("rotated by the version before", map[string]bool{"live": false, "by the version before": false})
		do(guid, "anna", "after that", at(210))
		do(link, "after that", "anna", at(210), at(100_000))
		guids("after that", map[string]bool{"after that": true})
		links("after that", map[string]bool{"after that": true})

		err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			c, err := tx.Credential(t.Context(), "anna")
			if err != nil {
				return err
			}
			c.Created = c.Created.Add(time.Hour)
			if err := tx.UpdateCredential(t.Context(), c); err != nil {
				return err
			}
			return tx.AddGuid(t.Context(), "o", "anna", "by this version", now)
		})
		if err != nil {
			t.Fatal(err)
		}
		guids("rotated by this version", map[string]bool{"after that": false, "by this version": true})
		links("rotated by this version", map[string]bool{"after that": false})
	}
	upgrade(t, before, after)
}
