package radius_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
)

// floodVariable sets the number of authentications of TestFlood.
const floodVariable = "ONRAMP_TEST_FLOOD"

// databaseSize returns the size of a SQLite database with its log.
func databaseSize(t *testing.T, path string) (bytes int64) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(path + suffix)
		if err == nil {
			bytes += info.Size()
		} else if suffix == "" {
			t.Fatal(err)
		}
	}
	return bytes
}

// TestFlood rejects authentications from one RADIUS client with random stations, user names and
// NAS-Identifiers, half of them with the name of a customer of another organization. The number of
// rows has a limit, and so has the database. Meanwhile the customer's own attempts are recorded.
func TestFlood(t *testing.T) {
	total := 20_000
	if text := os.Getenv(floodVariable); text != "" {
		var err error
		if total, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "onramp.db")
	db, err := store.OpenSQLite(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	v := testkit.NewVenueOn(t, db)
	anna := v.AddCustomer(v.Here, "anna", "secret").ID
	v.AddCustomer(v.There, "bert", "secret")
	random := rand.New(rand.NewPCG(1, 2))
	reasons := []radius.Failure{radius.FailureRejected, radius.FailureHandshake, radius.FailureStopped}
	started, before := time.Now(), databaseSize(t, path)
	workers := make(chan struct{}, 64)
	failed := make(chan error, total)
	for i := range total {
		mac := fmt.Sprintf("02:00:%02x:%02x:%02x:%02x", i>>24&0xff, i>>16&0xff, i>>8&0xff, i&0xff)
		o := radius.LoginOutcome{
			Username: fmt.Sprintf("stranger %d", random.Uint64()), CallingStation: mac,
			AccessPoint: radius.AccessPointIdentity{NASIdentifier: fmt.Sprintf("nas %d", random.Uint64())},
			Failure:     reasons[i%3], Cause: fmt.Sprintf("(TLS) Alert read:fatal:unknown CA %d", i),
			OuterMethod: fmt.Sprintf("TTLS%d", i%1000),
		}
		switch i % 4 {
		case 1: // at the other organization's access point, with the customer's name
			o.Username, o.AccessPoint.CalledStation = "anna", "02-00-00-00-02-01:venue2"
		case 2: // at an undeclared access point, with the customer's name
			o.Username = "anna"
		case 3: // at the customer's own organization's, without a name
			o.Username, o.AccessPoint.CalledStation = "", "02-00-00-00-01-03:venue1"
		}
		workers <- struct{}{}
		go func() {
			defer func() { <-workers }()
			if err := v.RADIUS.RecordLogin(t.Context(), o); err != nil {
				failed <- err
			}
		}()
	}
	for range cap(workers) {
		workers <- struct{}{}
	}
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	took, grown := time.Since(started), databaseSize(t, path)-before

	rows := map[string]int{}
	count := func(kind string, q onboarding.AttemptQuery, most int) {
		rows[kind] = len(attemptsAt(t, v, q))
		if rows[kind] > most {
			t.Errorf("%d rows of %s, at most %d", rows[kind], kind, most)
		}
	}
	count("the customer", onboarding.AttemptQuery{CustomerID: anna}, onboarding.MaxAttemptsOfCustomer)
	count("the customer's organization", onboarding.AttemptQuery{OrganizationID: v.Here.ID},
		onboarding.MaxAttemptsOfHost+onboarding.MaxAttemptsOfCustomer)
	count("the other organization", onboarding.AttemptQuery{OrganizationID: v.There.ID}, onboarding.MaxAttemptsOfHost)
	abroad := 0
	for _, a := range attemptsAt(t, v, onboarding.AttemptQuery{CustomerID: anna}) {
		if a.HostID == v.There.ID {
			if abroad++; a.Reason != onboarding.ReasonElsewhere {
				t.Errorf("the other organization's access point makes %s of the customer", a.Reason)
			}
		}
	}
	if abroad != 1 {
		t.Errorf("%d rows of the customer at the other organization", abroad)
	}
	points, err := v.Store.AccessPoints(t.Context(), 2*onboarding.MaxAccessPoints)
	if err != nil || len(points) > onboarding.MaxAccessPoints {
		t.Errorf("%d access points, %v", len(points), err)
	}
	counts := 0
	for _, id := range []string{"", v.Here.ID, v.There.ID} {
		found, err := v.Store.FailuresBetween(t.Context(), id, testkit.Monday, testkit.Monday.Add(time.Hour), 100_000)
		if err != nil || len(found) > onboarding.MaxFailureCounts+20 {
			t.Errorf("%d counts of %q, %v", len(found), id, err)
		}
		counts += len(found)
	}
	record(t, v, radius.LoginOutcome{Username: "anna", Accepted: true, CallingStation: "06:00:00:00:00:0a",
		AccessPoint: radius.AccessPointIdentity{NASIdentifier: "apvenue1.example"}})
	own := onboarding.AttemptQuery{CustomerID: anna, Station: "06:00:00:00:00:0a"}
	if found := attemptsAt(t, v, own); len(found) != 1 || !found[0].Accepted() {
		t.Errorf("the customer's own attempt: %+v", found)
	}
	t.Logf("%d rejected authentications in %v (%.0f/s): rows of attempts %v, %d access points, %d counts; "+
		"the database grew by %d bytes (%.1f MiB)", total, took.Round(time.Millisecond),
		float64(total)/took.Seconds(), rows, len(points), counts, grown, float64(grown)/(1<<20))
	if most := int64(32 << 20); grown > most {
		t.Errorf("the database grew by %d bytes, at most %d", grown, most)
	}
}
