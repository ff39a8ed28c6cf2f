package store

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
)

// TestStatisticsMigration migrates a database of the version before, which goes on writing it. What
// it holds is counted once, with the local days of the locations.
func TestStatisticsMigration(t *testing.T) {
	at := time.Date(2026, 3, 1, 20, 5, 0, 0, time.UTC) // the 2nd in India
	exec := func(t *testing.T, db *sql.DB, text string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	const session = `INSERT INTO sessions (unique_id, organization_id, customer_id, location_id, host_id, access_point,
		proven, anonymous, begun, seen, stopped, started, implied, last_duration, last_octets, last_event, last_at,
		duration, input, output, business_at, profiled) VALUES ($1, 'o', $2, 'l', 'o', 'a', FALSE, $3, $4, $4, NULL,
		$4, $4, 0, 0, 0, $4, 60, 1, 2, $4, FALSE)`
	before := func(t *testing.T, db *sql.DB, to func(int64)) {
		t.Helper()
		to(160)
		micros := at.UnixMicro()
		exec(t, db, "INSERT INTO organizations (id, version, document) VALUES ('o', 1, '{}')")
		exec(t, db, "INSERT INTO hotspots (id, organization_id, location_id) VALUES ('h', 'o', 'l')")
		exec(t, db, `INSERT INTO customers (id, organization_id, location_id, username, email_verified, phone_verified,
			locked, signup_method, created, modified, logins, kiosk)
			VALUES ('c', 'o', 'l', 'c', FALSE, FALSE, FALSE, 'portal', $1, $1, 0, FALSE)`, micros)
		exec(t, db, `INSERT INTO events (organization_id, at, id, customer_id, type, location_id, detail, business_at)
			VALUES ('o', $1, 'e1', 'c', 'signup', 'l', '{"channel":"portal"}', $1),
				('o', $1, 'e2', NULL, 'signup', 'l', '{"channel":"app"}', $1),
				('o', $1, 'e3', 'c', 'login', 'l', NULL, $1)`,
			micros)
		exec(t, db, `INSERT INTO downloads (customer_id, platform, source, credential, settings_id, organization_id,
			expires, first, last, count)
			VALUES ('c', 'settings-ios', 'visitor', 1, 's', 'o', 1, $1, $1, 2),
				('c', 'linux', 'app', 1, 's', 'o', 1, $2, $2, 1),
				('c', 'windows', 'app', 1, '', 'o', 1, 1, 1, 1)`, micros, micros+1)
		exec(t, db, `INSERT INTO installations (id, customer_id, platform, type, installed_by, installed, recorded,
			attributes) VALUES ('i', 'c', 'ios', 'passpoint', 'web', 1, $1, '{}')`, micros)
		exec(t, db, `INSERT INTO login_failures (organization_id, hour, access_point, hotspot_id, reason, count, last)
			VALUES ('o', $1, 'a', 'h', 'locked', 3, $1), ('', $1, 'a', '', 'locked', 3, $1)`,
			at.Truncate(time.Hour).UnixMicro())
		exec(t, db, session, "s1", "c", false, micros)
		exec(t, db, session, "s2", "c", false, micros+1)
		exec(t, db, session, "gone", nil, true, micros)
		exec(t, db, session, "unknown", nil, false, micros)
	}
	after := func(t *testing.T, s onboarding.Store, db *sql.DB) {
		t.Helper()
		ctx := t.Context()
		o := &onboarding.Organization{ID: "o", Locations: []onboarding.Location{{ID: "l", Timezone: "Asia/Kolkata"}}}
		if err := s.Write(ctx, func(tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) }); err != nil {
			t.Fatal(err)
		}
		exec(t, db, session, "of a replica", "c", false, at.UnixMicro())
		again := func(step func(tx onboarding.Tx) (int, error)) (total int) {
			t.Helper()
			for n := 1; n > 0; total += n {
				if err := s.Write(ctx, func(tx onboarding.Tx) (err error) {
					n, err = step(tx)
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
			return total
		}
		earlier := func(tx onboarding.Tx) (int, error) { return tx.CountEarlierConnections(ctx, 2) }
		if n := again(earlier); n != 5 {
			t.Errorf("%d earlier connections, want 5", n)
		}
		again(func(tx onboarding.Tx) (int, error) { return tx.FoldStatistics(ctx, 3) })
		if err := s.Write(ctx, func(tx onboarding.Tx) error {
			if first, err := tx.SetPlatform(ctx, "c", "ios"); err != nil || first {
				t.Errorf("a later download is the first: %v %v", first, err)
			}
			_, err := tx.CountFirstConnection(ctx, onboarding.FirstConnection{
				CustomerID: "c", OrganizationID: "o", At: at,
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		want := onboarding.Counts{Signups: 2, Forms: 1, Downloads: 3, Files: 1, Installations: 1, Refusals: 3,
			FirstConnections: 1, Joined: 1, Connections: 4, Traffic: 12, Dwell: 240, Former: 1}
		day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
		got, err := s.Statistics(ctx, onboarding.StatisticsQuery{OrganizationID: "o", From: at.Add(-time.Hour),
			To: at.Add(time.Hour), By: onboarding.ByDay})
		rows := []onboarding.StatisticsRow{{At: day, Counts: want, People: 2}}
		if diff := cmp.Diff(rows, got); diff != "" || err != nil {
			t.Errorf("(-want +got)\n%s%v", diff, err)
		}
	}
	upgrade(t, before, after)
}
