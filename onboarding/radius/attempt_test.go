package radius_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/retention"
	"onramp/onboarding/testkit"
)

// attemptsAt returns the attempts of a query, the last first.
func attemptsAt(t *testing.T, v *testkit.Venue, q onboarding.AttemptQuery) []*onboarding.Attempt {
	t.Helper()
	q.Limit = 10000
	found, err := v.Store.Attempts(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func record(t *testing.T, v *testkit.Venue, o radius.LoginOutcome) {
	t.Helper()
	if err := v.RADIUS.RecordLogin(t.Context(), o); err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
}

// TestAttribution records authentications whose attributes may be forged, and checks to whom they
// belong.
func TestAttribution(t *testing.T) {
	testkit.EachStore(t, testAttribution)
}

func testAttribution(t *testing.T, db onboarding.Store) {
	v := testkit.NewVenueOn(t, db)
	anna := v.AddCustomer(v.Here, "anna", "secret").ID
	bert := v.AddCustomer(v.There, "bert", "secret").ID
	v.AddCustomer(v.Here, "mia", "secret", testkit.Refusing)
	here := radius.AccessPointIdentity{NASIdentifier: "apvenue1.example"}
	there := radius.AccessPointIdentity{NASIdentifier: "apvenue2.example"}
	nowhere := radius.AccessPointIdentity{NASIdentifier: "nowhere.example"}
	other := radius.AccessPointIdentity{NASIdentifier: "other.example"}
	const annas, berts, annasAbroad = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c"
	for _, o := range []radius.LoginOutcome{
		{Username: "anna", AccessPoint: here, CallingStation: "0200.0000.000a", Accepted: true},
		{Username: "bert", AccessPoint: there, CallingStation: "02-00-00-00-00-0B", Accepted: true},
		{Username: "anna", AccessPoint: nowhere, CallingStation: annasAbroad, Accepted: true},
		{Username: "mia", AccessPoint: here, CallingStation: "02:00:00:00:00:0d", Accepted: true},
	} {
		record(t, v, o)
	}
	record(t, v, radius.LoginOutcome{Username: "mia", AccessPoint: there, CallingStation: "02:00:00:00:00:0d"})
	if found := attemptsAt(t, v, onboarding.AttemptQuery{Station: "02:00:00:00:00:0d"}); len(found) > 0 {
		t.Errorf("an attempt of a minimised customer: %+v", found[0])
	}
	alert := "eap_ttls: (TLS) Alert read:fatal:unknown CA"
	long := strings.Repeat("x", 253)
	type want struct {
		customer     string
		by           onboarding.Attribution
		organization string
		reason       onboarding.Reason
	}
	name, station := onboarding.AttributedByName, onboarding.AttributedByStation
	for i, c := range []struct {
		what string
		o    radius.LoginOutcome
		want want
	}{
		{"the station's owner", radius.LoginOutcome{AccessPoint: here, CallingStation: annas, Failure: "handshake",
			Cause: alert}, want{anna, station, v.Here.ID, onboarding.ReasonNotTrusted}},
		{"another organization's owner", radius.LoginOutcome{AccessPoint: there, CallingStation: annas,
			Failure: "handshake", Cause: alert}, want{"", "", v.There.ID, onboarding.ReasonNotTrusted}},
		{"an owner elsewhere", radius.LoginOutcome{AccessPoint: nowhere, CallingStation: annas, Failure: "handshake"},
			want{"", "", "", onboarding.ReasonHandshake}},
		{"the owner at an undeclared access point", radius.LoginOutcome{AccessPoint: nowhere,
			CallingStation: annasAbroad, Failure: "stopped"}, want{anna, station, v.Here.ID, onboarding.ReasonStopped}},
		{"the owner at another undeclared one", radius.LoginOutcome{AccessPoint: other, CallingStation: annasAbroad,
			Failure: "stopped"}, want{"", "", "", onboarding.ReasonStopped}},
		{"an owner at undeclared access points, at a declared one", radius.LoginOutcome{AccessPoint: here,
			CallingStation: annasAbroad, Failure: "stopped"}, want{"", "", v.Here.ID, onboarding.ReasonStopped}},
		{"an unknown name on a known station", radius.LoginOutcome{Username: "nobody", AccessPoint: here,
			CallingStation: annas}, want{anna, station, v.Here.ID, onboarding.ReasonUnknownUser}},
		{"a wrong realm", radius.LoginOutcome{Username: "anna@elsewhere.example", AccessPoint: here,
			CallingStation: "02:00:00:00:01:01"}, want{anna, name, v.Here.ID, onboarding.ReasonWrongRealm}},
		{"another organization's realm", radius.LoginOutcome{Username: "anna@venue2.example", AccessPoint: here,
			CallingStation: "02:00:00:00:01:02"}, want{anna, name, v.Here.ID, onboarding.ReasonWrongRealm}},
		{"a wrong realm at another organization", radius.LoginOutcome{Username: "anna@elsewhere.example",
			AccessPoint: there, CallingStation: "02:00:00:00:01:03"},
			want{"", "", v.There.ID, onboarding.ReasonWrongRealm}},
		{"a wrong realm at an undeclared access point", radius.LoginOutcome{Username: "anna@elsewhere.example",
			AccessPoint: nowhere, CallingStation: "02:00:00:00:01:04"}, want{"", "", "", onboarding.ReasonWrongRealm}},
		{"a name at another organization", radius.LoginOutcome{Username: "anna", AccessPoint: there,
			CallingStation: berts}, want{"", "", v.There.ID, onboarding.ReasonElsewhere}},
		{"a wrong password", radius.LoginOutcome{Username: "anna", AccessPoint: here,
			CallingStation: berts}, want{anna, name, v.Here.ID, onboarding.ReasonWrongPassword}},
		{"Onramp unavailable", radius.LoginOutcome{Username: "bert", AccessPoint: there,
			CallingStation: "02:00:00:00:01:05", Failure: "unavailable"},
			want{bert, name, v.There.ID, onboarding.ReasonUnavailable}},
		{"no station", radius.LoginOutcome{AccessPoint: here, Failure: "stopped"},
			want{"", "", v.Here.ID, onboarding.ReasonStopped}},
		{"a station that is no MAC address", radius.LoginOutcome{AccessPoint: here, CallingStation: long,
			Failure: "stopped"}, want{"", "", v.Here.ID, onboarding.ReasonStopped}},
		{"odd text", radius.LoginOutcome{Username: "\xff\x00" + long, AccessPoint: radius.AccessPointIdentity{
			NASIdentifier: "\xff", CalledStation: long}, CallingStation: "\x00\xff", OuterMethod: long,
			InnerMethod: "<script>", TLSVersion: long, Cause: long, Failure: "stopped", LastSent: []byte(long)},
			want{"", "", "", onboarding.ReasonUnknownUser}},
	} {
		v.Advance(time.Second)
		record(t, v, c.o)
		at := testkit.Monday.Add(time.Duration(i+1) * time.Second)
		var got []want
		for _, a := range append(attemptsAt(t, v, onboarding.AttemptQuery{OrganizationID: v.Here.ID, From: at}),
			append(attemptsAt(t, v, onboarding.AttemptQuery{OrganizationID: v.There.ID, From: at}),
				append(attemptsAt(t, v, onboarding.AttemptQuery{AccessPoint: "nas nowhere.example", From: at}),
					append(attemptsAt(t, v, onboarding.AttemptQuery{AccessPoint: "nas other.example", From: at}),
						attemptsAt(t, v, onboarding.AttemptQuery{AccessPoint: "mac ", From: at})...)...)...)...) {
			w := want{a.CustomerID, a.Attribution, a.OrganizationID, a.Reason}
			if len(got) == 0 || got[len(got)-1] != w {
				got = append(got, w)
			}
		}
		all := []want{c.want}
		if c.what == "a name at another organization" { // its customer's organization learns of it, too
			all = []want{{anna, name, v.Here.ID, onboarding.ReasonElsewhere}, c.want}
		}
		if d := cmp.Diff(all, got, cmp.AllowUnexported(want{})); d != "" {
			t.Errorf("%s: -want +got\n%s", c.what, d)
		}
	}
	// Neither organization sees the other's station or access point.
	for _, a := range attemptsAt(t, v, onboarding.AttemptQuery{CustomerID: anna}) {
		if a.Reason == onboarding.ReasonElsewhere && a.AccessPoint+a.Station+a.LocationID+a.HotspotID != "" {
			t.Errorf("the home organization sees %+v", a)
		}
	}
}

// TestDelayedReports records reports of FreeRADIUS's backlog, several times each.
func TestDelayedReports(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled).ID
		door := radius.AccessPointIdentity{NASIdentifier: "apvenue1.example"}
		at := func(after time.Duration) *time.Time { at := testkit.Monday.Add(after); return &at }
		accept := radius.LoginOutcome{Username: "anna", AccessPoint: door, CallingStation: "02:00:00:00:00:0a",
			Accepted: true, Received: at(10 * time.Second)}
		v.Advance(10 * time.Second)
		record(t, v, accept) // its answer gets lost
		v.Advance(time.Hour)
		accept.Delayed = true
		down := radius.LoginOutcome{Username: "anna", AccessPoint: door, CallingStation: "02:00:00:00:00:0a",
			Failure: "unavailable", Received: at(20 * time.Minute), Delayed: true}
		for range 3 {
			record(t, v, accept)
			record(t, v, down)
		}
		found := attemptsAt(t, v, onboarding.AttemptQuery{CustomerID: anna})
		if len(found) != 2 || found[0].Count != 1 || found[1].Count != 1 ||
			!found[0].Last.Equal(*at(20 * time.Minute)) {
			t.Errorf("attempts: %+v", found)
		}
		c, err := v.Store.Customer(t.Context(), v.Here.ID, anna)
		if err != nil || c.Logins != 1 {
			t.Errorf("%+v logins, %v", c, err)
		}
		counts, err := v.Store.FailuresBetween(t.Context(), v.Here.ID, testkit.Monday, v.Now().Add(time.Hour), 10)
		if err != nil || len(counts) != 1 || counts[0].Count != 1 {
			t.Errorf("failures: %+v, %v", counts, err)
		}
		old := down
		old.Received = at(-15 * 24 * time.Hour)
		record(t, v, old) // older than attempts are kept
		ahead := down
		ahead.Received, ahead.Delayed = at(72*time.Hour), false // FreeRADIUS's clock is ahead
		record(t, v, ahead)
		if found = attemptsAt(t, v, onboarding.AttemptQuery{CustomerID: anna}); len(found) != 3 ||
			found[0].Last.After(v.Now()) {
			t.Errorf("attempts: %+v", found)
		}
	})
}

// TestAttemptsEnd sweeps attempts, counts and claims at their age, which an organization may set.
func TestAttemptsEnd(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		v.Here.RADIUS.AttemptsKept = 48 * time.Hour
		if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{v.Here, v.There}); err != nil {
			t.Fatal(err)
		}
		anna := v.AddCustomer(v.Here, "anna", "secret").ID
		points := []string{"apvenue1.example", "apvenue2.example", "nowhere.example"}
		for i, point := range points {
			record(t, v, radius.LoginOutcome{AccessPoint: radius.AccessPointIdentity{NASIdentifier: point},
				CallingStation: fmt.Sprintf("02:00:00:00:00:%02x", i), Failure: "stopped"})
		}
		claim := onboarding.StationClaim{CustomerID: anna, MAC: "02:00:00:00:00:0a", At: v.Now()}
		if err := v.Store.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutStationClaim(t.Context(), claim)
		}); err != nil {
			t.Fatal(err)
		}
		state := func() (attempts [3]bool, claims, failures int) {
			t.Helper()
			if _, err := v.Retention.Run(t.Context(), retention.Options{AcceptClock: true}); err != nil {
				t.Fatal(err)
			}
			for i, point := range points {
				attempts[i] = len(attemptsAt(t, v, onboarding.AttemptQuery{AccessPoint: "nas " + point})) > 0
			}
			found, err := v.Store.StationClaims(t.Context(), anna, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{v.Here.ID, v.There.ID, ""} {
				counts, err := v.Store.FailuresBetween(t.Context(), id, testkit.Monday.Add(-time.Hour), v.Now(), 10)
				if err != nil {
					t.Fatal(err)
				}
				failures += len(counts)
			}
			return attempts, len(found), failures
		}
		for _, c := range []struct {
			after    time.Duration
			attempts [3]bool
			claims   int
			failures int
		}{
			{23 * time.Hour, [3]bool{true, true, true}, 1, 3},
			{26 * time.Hour, [3]bool{false, true, true}, 0, 3},
			{13 * 24 * time.Hour, [3]bool{}, 0, 3},
			{355 * 24 * time.Hour, [3]bool{}, 0, 0},
		} {
			v.Advance(c.after)
			attempts, claims, failures := state()
			if attempts != c.attempts || claims != c.claims || failures != c.failures {
				t.Errorf("%v later: attempts %v, %d claims, %d failures", c.after, attempts, claims, failures)
			}
		}
	})
}
