package radius_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// importUser imports a customer with a user name; agreed is the time of the agreement to profiling,
// zero for none.
func importUser(v *testkit.Venue, o *onboarding.Organization, username string, agreed time.Time) *onboarding.Customer {
	v.Helper()
	at := testkit.Monday.AddDate(-4, 0, 0)
	row := registration.ImportRow{Key: username, Consents: []registration.ImportedConsent{
		{Policy: onboarding.TermsOfUse, Accepted: true, At: at}, {Policy: onboarding.Privacy, Accepted: true, At: at},
	}}
	row.Input.Username = &username
	if !agreed.IsZero() {
		row.Consents = append(row.Consents,
			registration.ImportedConsent{Policy: onboarding.Profiling, Accepted: true, At: agreed},
			registration.ImportedConsent{Policy: onboarding.PPD, Accepted: true, At: agreed})
	}
	results, err := v.Registration.Import(v.Context(), registration.ImportOptions{OrganizationID: o.ID, Source: "test"},
		[]registration.ImportRow{row})
	if err != nil || results[0].Status != registration.ImportCreated {
		v.Fatalf("%s: %+v, %v", username, results, err)
	}
	login, err := v.Store.LoginByUsername(v.Context(), username)
	if err != nil {
		v.Fatal(err)
	}
	c, err := v.Store.Customer(v.Context(), o.ID, login.CustomerID)
	if err != nil {
		v.Fatal(err)
	}
	return c
}

// eachVenue runs a test on both engines.
func eachVenue(t *testing.T, test func(t *testing.T, v *testkit.Venue)) {
	t.Run("SQLite", func(t *testing.T) { test(t, testkit.NewVenue(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		test(t, testkit.NewVenueOn(t, testkit.OpenPostgres(t, testkit.NewPostgres(t, postgres.Require(t)))))
	})
}

// past is a connection of an hour in the hall that began at a time.
func past(id, username string, start time.Time) radius.HistoryRecord {
	stop := start.Add(time.Hour)
	return radius.HistoryRecord{
		ID: id, SessionID: "s" + id, Username: username, CallingStation: "02-00-00-00-AA-01",
		AccessPoint: radius.AccessPointIdentity{CalledStation: "02-00-00-00-01-01:venue", Address: "10.0.0.1"},
		Started:     &start, Updated: &stop, Stopped: &stop, Duration: 3600, Input: 1 << 33, Output: 7,
		Cause: "User-Request",
	}
}

// history imports records and returns their outcomes.
func history(v *testkit.Venue, o *onboarding.Organization, records ...radius.HistoryRecord) []radius.HistoryOutcome {
	v.Helper()
	got, err := v.RADIUS.ImportHistory(v.Context(), radius.HistoryOptions{OrganizationID: o.ID}, records)
	if err != nil {
		v.Fatal(err)
	}
	return got
}

// TestHistory checks the effect of each kind of record, that a repetition changes nothing, and that
// no webhook gets an event.
func TestHistory(t *testing.T) {
	eachVenue(t, func(t *testing.T, v *testkit.Venue) {
		v.Here.Webhooks = []onboarding.Webhook{{ID: testkit.ID("webhook", 1), URL: "https://crm.example.com/"}}
		v.Here.Retention.Connections = onboarding.Months(12)
		if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{v.Here, v.There}); err != nil {
			t.Fatal(err)
		}
		agreed := testkit.Monday.AddDate(0, -2, 0)
		anna := importUser(v, v.Here, "anna", agreed)
		bert := importUser(v, v.Here, "bert", time.Time{})
		importUser(v, v.There, "carl", time.Time{})
		v.AddCustomer(v.Here, "dora", "secret")
		queued := func() int {
			page, err := v.Store.WebhookDeliveries(t.Context(), onboarding.WebhookQuery{
				WebhookID: v.Here.Webhooks[0].ID, Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			return len(page)
		}
		before := queued()
		verdict := func() *connectivity.Verdict {
			verdict, err := v.Connectivity.Of(t.Context(), testkit.Manager(v.Here), bert.ID)
			if err != nil {
				t.Fatal(err)
			}
			return verdict
		}
		why := verdict()

		week := testkit.Monday.AddDate(0, 0, -7)
		open := past("open", "bert", week)
		open.Stopped = nil
		stale := past("stale", "bert", testkit.Monday.AddDate(0, -2, 0))
		stale.Stopped = nil
		backwards := past("backwards", "bert", week)
		backwards.Started = testkit.At(0)
		future := past("future", "bert", testkit.Monday)
		timeless := past("timeless", "bert", week)
		timeless.Started, timeless.Updated, timeless.Stopped = nil, nil, nil
		endOnly := past("end only", "bert", week.AddDate(0, 0, 1))
		endOnly.Started, endOnly.Updated = nil, nil
		other := past("other name", "ANNA", week.AddDate(0, 0, 2))
		other.OtherName = "anna"
		abroad := past("abroad", "bert", week.AddDate(0, 0, 3))
		abroad.AccessPoint = radius.AccessPointIdentity{CalledStation: "02-00-00-00-02-01:venue"} // There's
		records := []radius.HistoryRecord{
			past("first", "anna", week), past("realm", "anna@venue1.example", week.Add(2*time.Hour)),
			past("unprofiled", "bert", week.AddDate(0, -3, 0)), past("before", "anna", agreed.Add(-time.Hour)),
			past("old", "anna", testkit.Monday.AddDate(-1, 0, -1)), past("foreign", "carl", week),
			past("app", "dora", week), past("nobody", "nobody", week), past("", "anna", week), open, stale, backwards,
			future, timeless, endOnly, other, abroad, past("first", "bert", week), past("hostile", "\x00'\"", week),
		}
		const i, k, u, r = radius.HistoryImported, radius.HistoryKnown, radius.HistoryUnknownUser, radius.HistoryRefused
		want := []radius.HistoryOutcome{
			i, i, i, radius.HistoryNotAgreed, radius.HistoryTooOld, u, u, u, r, radius.HistoryOpen, i, r, r, r, i, i, i,
			k, u,
		}
		planned, err := v.RADIUS.ImportHistory(t.Context(),
			radius.HistoryOptions{OrganizationID: v.Here.ID, DryRun: true}, records)
		if diff := cmp.Diff(want, planned); err != nil || diff != "" {
			t.Errorf("dry run: %v %s", err, diff)
		}
		if n := len(v.ConnectionsOf(v.Here, anna)); n != 0 {
			t.Errorf("a dry run has stored %d connections", n)
		}
		if diff := cmp.Diff(want, history(v, v.Here, records...)); diff != "" {
			t.Error(diff)
		}
		repeated := slices.Clone(want)
		for n, outcome := range repeated {
			if outcome == i {
				repeated[n] = k
			}
		}
		if diff := cmp.Diff(repeated, history(v, v.Here, records...)); diff != "" {
			t.Errorf("repeated: %s", diff)
		}
		if got := history(v, v.There, past("first", "carl", week)); got[0] != i {
			t.Errorf("an ID that another organization has imported: %s", got)
		}
		if n := queued(); n != before {
			t.Errorf("%d events for webhooks", n-before)
		}

		if diff := cmp.Diff(why.Cause, verdict().Cause); diff != "" {
			t.Errorf("connections of another deployment decide why there is none in this one: %s", diff)
		}
		got := v.ConnectionsOf(v.Here, anna)
		if len(got) != 3 {
			t.Fatalf("anna has %d connections: %+v", len(got), got)
		}
		if stations, err := v.Store.Stations(t.Context(), anna.ID); err != nil || len(stations) != 1 ||
			stations[0].MAC != "02:00:00:00:aa:01" || stations[0].Connections != 3 ||
			!stations[0].FirstSeen.Equal(week) {
			t.Errorf("stations %+v, %v", stations, err)
		}
		for _, c := range []*onboarding.Customer{anna, bert} {
			login, err := v.Store.LoginByID(t.Context(), c.ID)
			if err != nil || login.Connected {
				t.Errorf("%s has a first connection: %v", c.Username, err)
			}
		}
		if visits := v.VisitsOf(bert); len(visits) != 0 {
			t.Errorf("bert, who has not agreed to profiling, has visits: %+v", visits)
		}
		for _, c := range v.ConnectionsOf(v.Here, bert) {
			if c.Abroad || c.Location != nil && c.Location.ID == v.There.Locations[0].ID {
				t.Errorf("a connection is at another organization's access point: %+v", c)
			}
		}
		if err := v.Registration.Delete(t.Context(), testkit.Manager(v.Here), anna.ID); err != nil {
			t.Fatal(err)
		}
		if got := history(v, v.Here, records[0]); got[0] != u {
			t.Errorf("of a deleted customer: %s", got)
		}
	})
}

// TestHistoryAsAccounted compares an import with the accounting of the same connections: the
// connections, devices, visits, metrics and statistics are the same.
func TestHistoryAsAccounted(t *testing.T) {
	eachVenue(t, func(t *testing.T, v *testkit.Venue) {
		agreed := testkit.Monday.AddDate(0, -1, 0)
		imported := importUser(v, v.Here, "imported", agreed)
		accounted := importUser(v, v.There, "accounted", agreed)
		var records []radius.HistoryRecord
		for n := range 12 {
			start := testkit.Monday.Add(time.Duration(n*n) * 17 * time.Minute)
			record := past(fmt.Sprint(n), "imported", start)
			records = append(records, record)
			r := radius.AccountingRecord{
				Type: radius.AccountingStart, UniqueID: fmt.Sprint(n), SessionID: fmt.Sprint("s", n),
				AccessPoint: radius.AccessPointIdentity{CalledStation: "02-00-00-00-02-01:venue", Address: "10.0.0.1"},
				Username:    v.IssuedName("accounted"), CallingStation: "02-00-00-00-AA-01", Event: &start,
			}
			v.SetClock(start)
			v.AccountRecord(r)
			v.SetClock(*record.Stopped)
			r.Type, r.Event, r.Cause = radius.AccountingStop, record.Stopped, "User-Request"
			r.Duration, r.Input, r.Output = 3600, 1<<33, 7
			v.AccountRecord(r)
		}
		v.SetClock(testkit.Monday.AddDate(0, 0, 5))
		rand := slices.Clone(records)
		slices.Reverse(rand)
		for batch := range slices.Chunk(rand, 5) {
			for _, outcome := range history(v, v.Here, batch...) {
				if outcome != radius.HistoryImported {
					t.Fatal(outcome)
				}
			}
		}
		summary := func(o *onboarding.Organization, c *onboarding.Customer) string {
			text := ""
			for _, s := range v.ConnectionsOf(o, c) {
				text += fmt.Sprintf("%s %s %d s, %d octets, %s at its location: %t\n", s.Start, s.Stop, s.Duration,
					s.Traffic, s.TerminateCause, s.Location != nil && s.Location.ID == o.Locations[0].ID)
			}
			for _, visit := range v.VisitsOf(c) {
				text += fmt.Sprintf("visit %s %s %d\n", visit.Start, visit.End, visit.Connections)
			}
			stations, err := v.Store.Stations(t.Context(), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range stations {
				text += fmt.Sprintf("station %s %s %s %d\n", s.MAC, s.FirstSeen, s.LastSeen, s.Connections)
			}
			from, to := testkit.Monday.AddDate(0, 0, -1), testkit.Monday.AddDate(0, 0, 6)
			report, err := v.Statistics.Report(t.Context(), testkit.Manager(o), o.ID, &from, &to, "day")
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range append(report.Rows, report.Total) {
				text += fmt.Sprintf("%s: %d connections, %d people, %d octets, %d s\n", row.Key, row.Connections,
					row.People, row.Traffic, row.Dwell)
			}
			return text
		}
		if diff := cmp.Diff(summary(v.There, accounted), summary(v.Here, imported)); diff != "" {
			t.Error(diff)
		}
		tally, anew := v.TallyOf(imported), v.CountAnew(imported)
		if tally == nil || tally.Visits == 0 {
			t.Fatalf("no visit is counted: %+v", tally)
		}
		if diff := cmp.Diff(anew, tally); diff != "" {
			t.Error(diff)
		}
	})
}
