package store

import (
	"database/sql"
	"testing"

	"onramp/onboarding"
)

// TestContactsMigration migrates a database from the version before contact searches and checks
// that the last consents in the ledger are found.
func TestContactsMigration(t *testing.T) {
	before := func(t *testing.T, db *sql.DB, to func(int64)) {
		t.Helper()
		to(49)
		const customer = `INSERT INTO customers (id, organization_id, username, email_verified, phone_verified,` +
			` locked, signup_method, created, modified, logins)
			VALUES ($1, 'o', $1, FALSE, FALSE, FALSE, 'app', 1, 1, 0)`
		const consent = `INSERT INTO consents (customer_id, policy, at, id, organization_id, version, accepted,` +
			` channel, address, agent) VALUES ($1, $2, $3, 'i', 'o', '1', $4, 'app', '', '')`
		exec := func(text string, args ...any) {
			if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range []string{"silent", "said"} {
			exec(customer, id)
			exec(consent, id, "privacy", 1, true)
		}
		for at, accepted := range []bool{true, false, true} {
			exec(consent, "said", "mktgCommunications", at, accepted)
			exec(consent, "said", "ageVerification", at, !accepted)
			exec(consent, "said", "customs.b", at, accepted)
			exec(consent, "said", "customs.a", at, !accepted)
		}
		to(99) // the last version with the former email_key
		exec(`UPDATE customers SET email = $1, email_key = $1, country = 'UK', language = 'iw' WHERE id = 'said'`,
			"jose\u0301@m\u00fcnchen.example\u200b")
		exec(`UPDATE customers SET signup_method = 'api' WHERE id = 'said'`)
		exec(`INSERT INTO events (organization_id, at, id, customer_id, type, detail)
			VALUES ('o', 1, 'e', 'said', 'credential', '{"action":"profile fetched by an operator"}')`)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	after := func(t *testing.T, s onboarding.Store, _ *sql.DB) {
		t.Helper()
		for _, f := range []struct {
			policy   string
			accepted bool
			found    string
		}{
			{"mktgCommunications", true, "said"}, {"mktgCommunications", false, "silent"}, {"customs.b", true, "said"},
			{"customs.b", false, "silent"},
		} {
			got, _, err := s.Contacts(t.Context(), &onboarding.ContactQuery{OrganizationID: "o", Limit: 10,
				Filter: onboarding.ContactFilter{OptIns: map[string]bool{f.policy: f.accepted}}})
			if err != nil || len(got) != 1 || got[0].ID != f.found {
				t.Errorf("%s %v: %v, %v", f.policy, f.accepted, got, err)
			}
		}
		// TestFoundC3: those who were there before
		for _, form := range []string{"jos\u00e9@xn--mnchen-3ya.example", "jose\u0301@m\u00fcnchen.example"} {
			found, err := s.MatchAll(t.Context(), "o", onboarding.Match{Email: form}, 2)
			if err != nil || len(found) != 1 || found[0].Country != "GB" || found[0].Language != "he" ||
				found[0].System() != onboarding.SystemKiosk {
				t.Errorf("by %q: %+v, %v", form, found, err)
			}
		}
		c, err := s.Customer(t.Context(), "o", "said")
		if err != nil || len(c.OptIns) != 4 || c.OptIns["ageVerification"] || c.OptIns["customs.a"] {
			t.Errorf("%+v, %v", c, err)
		}
	}
	upgrade(t, before, after)
}
