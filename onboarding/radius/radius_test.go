package radius_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

func TestAuthorize(t *testing.T) {
	v := testkit.NewVenue(t)
	ctx := t.Context()
	anna := v.AddCustomer(v.Here, "anna", `p%{User-Name}\n"ä`)
	v.AddCustomer(v.Here, "josé", "secret")
	v.AddCustomer(v.Here, "mail@elsewhere.example", "secret")
	v.AddCustomer(v.There, "bert", "secret")
	locked := v.AddCustomer(v.Here, "locked", "secret")
	if err := v.Registration.Lock(ctx, testkit.Manager(v.Here), locked.ID); err != nil {
		t.Fatal(err)
	}
	door := radius.AccessPointIdentity{NASIdentifier: "apvenue1.example"}
	for _, c := range []struct {
		name, username string
		from           radius.AccessPointIdentity
		want           onboarding.Reason
	}{
		{"plain", "anna", door, ""},
		{"the realm", "anna@venue1.example", door, ""},
		{"the realm in capitals", "anna@VENUE1.Example", door, ""},
		{"another NAI realm", "anna@roaming.example", door, ""},
		{"an unknown access point", "anna", radius.AccessPointIdentity{NASIdentifier: "nobody knows"}, ""},
		{"no access point at all", "anna", radius.AccessPointIdentity{}, ""},
		{"beyond ASCII", "josé@venue1.example", door, ""},
		{"an address that is no realm of ours", "mail@elsewhere.example", door, ""},
		{"such an address with the realm", "mail@elsewhere.example@venue1.example", door, ""},
		{"another case", "Anna", door, onboarding.ReasonUnknownUser},
		{"another normal form", "jose\u0301", door, onboarding.ReasonUnknownUser},
		{"a space", "anna ", door, onboarding.ReasonUnknownUser},
		{"nobody", "nobody", door, onboarding.ReasonUnknownUser},
		{"nobody of the realm", "nobody@venue1.example", door, onboarding.ReasonUnknownUser},
		{"empty", "", door, onboarding.ReasonUnknownUser},
		{"only the realm", "@venue1.example", door, onboarding.ReasonUnknownUser},
		{"NUL", "anna\x00", door, onboarding.ReasonUnknownUser},
		{"not UTF-8", "ann\xe4", door, onboarding.ReasonUnknownUser},
		{"a megabyte", string(bytes.Repeat([]byte("a"), 1<<20)), door, onboarding.ReasonUnknownUser},
		{"a foreign realm", "anna@elsewhere.example", door, onboarding.ReasonWrongRealm},
		{"the other's realm", "anna@venue2.example", door, onboarding.ReasonWrongRealm},
		{"locked", "locked", door, onboarding.ReasonLocked},
		{"at the other's access point by name", "anna", radius.AccessPointIdentity{NASIdentifier: "apvenue2.example"},
			onboarding.ReasonElsewhere},
		{"at the other's access point by BSSID", "anna",
			radius.AccessPointIdentity{CalledStation: "02-00-00-00-02-01:venue"}, onboarding.ReasonElsewhere},
		{"at the other's access point by client entry", "anna",
			radius.AccessPointIdentity{Client: testkit.ID("hotspot", 2)}, onboarding.ReasonElsewhere},
		{"the other's customer at an access point with a secret", "bert",
			radius.AccessPointIdentity{Client: testkit.ID("own", 1)}, onboarding.ReasonElsewhere},
		{"a claim cannot overrule the client entry", "bert", radius.AccessPointIdentity{Client: testkit.ID("own", 1),
			NASIdentifier: "apvenue2.example"}, onboarding.ReasonElsewhere},
		{"who has a secret is not known by claims", "bert", radius.AccessPointIdentity{NASIdentifier: "own.example",
			CalledStation: "02-00-00-00-01-02", Address: "192.0.2.1"}, ""},
		{"a client entry that is declared no more", "anna", radius.AccessPointIdentity{Client: testkit.ID("gone", 1)},
			""},
		{"hostile claims", "anna", radius.AccessPointIdentity{NASIdentifier: "\x00'\"", CalledStation: "\xff\xfe",
			Address: "%{User-Name}"}, ""},
	} {
		a := v.AuthorizeAt(c.username, c.from)
		if a.Reason != c.want || (c.want == "") != (len(a.Class) > 0) {
			t.Errorf("%s: got %+v, want reason %q", c.name, a, c.want)
		}
	}

	a := v.AuthorizeAt("anna", door)
	if a.Password != `p%{User-Name}\n"ä` || a.VLAN != 20 || a.SessionTimeout != 8*time.Hour {
		t.Errorf("anna gets %+v", a)
	}
	if b := v.AuthorizeAt("anna", door); bytes.Equal(a.Class, b.Class) || bytes.Contains(a.Class, []byte(anna.ID)) {
		t.Errorf("the Class tells who it is: %s, %s", a.Class, b.Class)
	}
	if b := v.AuthorizeAt("bert", radius.AccessPointIdentity{}); b.VLAN != 0 || b.SessionTimeout != 30*24*time.Hour {
		t.Errorf("bert, whose organization says nothing, gets %+v", b)
	}
	v.SetClock(anna.Created.Add(v.Here.WiFi.ProfileLifetime - 90*time.Second))
	if a := v.AuthorizeAt("anna", door); a.SessionTimeout != 90*time.Second {
		t.Errorf("the session outlives the credential: %v", a.SessionTimeout)
	}
	v.Advance(90 * time.Second)
	if a := v.AuthorizeAt("anna", door); a.Reason != onboarding.ReasonExpired {
		t.Errorf("after the end: %+v", a)
	}
	if err := v.Registration.Unlock(ctx, testkit.Manager(v.Here), locked.ID); err != nil {
		t.Fatal(err)
	}
	v.SetClock(testkit.Monday)
	if a := v.AuthorizeAt("locked", door); a.Reason != "" {
		t.Errorf("unlocked again: %+v", a)
	}
}

func TestRecordLogin(t *testing.T) {
	v := testkit.NewVenue(t)
	ctx := t.Context()
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
	minimised := v.AddCustomer(v.Here, "bea", "secret", testkit.Refusing)
	locked := v.AddCustomer(v.Here, "locked", "secret")
	if err := v.Registration.Lock(ctx, testkit.Manager(v.Here), locked.ID); err != nil {
		t.Fatal(err)
	}
	door := radius.AccessPointIdentity{NASIdentifier: "apvenue1.example"}
	for _, o := range []radius.LoginOutcome{
		{Username: "anna@venue1.example", AccessPoint: door, Accepted: true},
		{Username: "anna", AccessPoint: door, Accepted: true},
		{Username: "bea", AccessPoint: door, Accepted: true},
		{Username: "deleted meanwhile", AccessPoint: door, Accepted: true},
		{Username: "anna", AccessPoint: door},
		{Username: "anna", AccessPoint: door},
		{Username: "nobody", AccessPoint: door},
		{Username: "anna@elsewhere.example", AccessPoint: door},
		{Username: "locked", AccessPoint: door},
		{Username: "", AccessPoint: door, Failure: radius.FailureHandshake},
		{Username: "nobody", AccessPoint: radius.AccessPointIdentity{NASIdentifier: "new.example",
			CalledStation: "02-00-00-00-09-09:new"}},
		{Username: "anna", AccessPoint: radius.AccessPointIdentity{NASIdentifier: "apvenue2.example"}},
	} {
		if err := v.RADIUS.RecordLogin(ctx, o); err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
	}
	is := func(what string, got, want any) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", what, d)
		}
	}
	kept, err := v.Registration.CustomerInfo(ctx, testkit.Manager(v.Here), anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	is("logins", kept.Logins, int64(2))
	is("last login", kept.LastLogin, &testkit.Monday)
	if kept, err = v.Registration.CustomerInfo(ctx, testkit.Manager(v.Here), minimised.ID); err != nil {
		t.Fatal(err)
	}
	is("logins of one who refused", kept.Logins, int64(0))

	counts := func(o *onboarding.Organization) map[onboarding.Reason]int64 {
		t.Helper()
		found, err := v.Store.FailuresBetween(ctx, o.ID, testkit.Monday, testkit.Monday.Add(time.Hour), 100)
		if err != nil {
			t.Fatal(err)
		}
		all := map[onboarding.Reason]int64{}
		for _, f := range found {
			all[f.Reason] += f.Count
			if want := o.Locations[0].Hotspots[0].ID; f.HotspotID != want {
				t.Errorf("%s is counted at %q, not at %s", f.Reason, f.HotspotID, want)
			}
		}
		return all
	}
	is("failures here", counts(v.Here), map[onboarding.Reason]int64{
		onboarding.ReasonWrongPassword: 2,
		onboarding.ReasonUnknownUser:   1,
		onboarding.ReasonWrongRealm:    1,
		onboarding.ReasonLocked:        1,
		onboarding.ReasonHandshake:     1,
	})
	is("failures there", counts(v.There), map[onboarding.Reason]int64{onboarding.ReasonElsewhere: 1})
	unknown, err := v.Contacts.UnknownAccessPoints(ctx, 10)
	if err != nil {
		t.Fatal(err)
	}
	is("unknown access points", unknown, []onboarding.AccessPoint{{
		Key:           "nas new.example",
		NASIdentifier: "new.example",
		MAC:           "02:00:00:00:09:09",
		SSID:          "new",
		FirstSeen:     testkit.Monday,
		LastSeen:      testkit.Monday,
	}})
}

func TestAccountOneConnection(t *testing.T) {
	v := testkit.NewVenue(t)
	ctx := t.Context()
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
	start := v.Phone("anna", "u1")
	start.Event = testkit.At(0)
	interim, stop := start, start
	interim.Type, interim.Event, interim.Duration, interim.Input, interim.Output = radius.AccountingInterim,
		testkit.At(10*time.Minute), 600, 1000, 2000
	stop.Type, stop.Event, stop.Duration, stop.Input, stop.Output, stop.Cause = radius.AccountingStop,
		testkit.At(20*time.Minute), 1200, 5000, 5<<32, "User-Request"
	v.SetClock(testkit.Monday.Add(20 * time.Minute))
	want := []contacts.Connection{{
		Start: testkit.At(0), Stop: testkit.At(20 * time.Minute), Duration: 1200, Traffic: 5000 + 5<<32,
		Location: &v.Here.Locations[0], Hotspot: &v.Here.Locations[0].Hotspots[0], AccessPoint: "apvenue1.example",
		MAC: "02:00:00:00:aa:01", Address: "192.0.2.7", TerminateCause: "User-Request",
	}}
	for i, r := range []radius.AccountingRecord{interim, stop, start, interim, stop, start, stop} {
		v.AccountRecord(r)
		if i < 2 {
			continue
		}
		if d := cmp.Diff(want, v.ConnectionsOf(v.Here, anna)); d != "" {
			t.Errorf("after record %d: -want +got\n%s", i, d)
		}
		v.Advance(time.Hour) // a replay may come late
	}
	stations, err := v.Contacts.Stations(ctx, testkit.Manager(v.Here), anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]onboarding.Station{{
		CustomerID:  anna.ID,
		MAC:         "02:00:00:00:aa:01",
		Randomised:  true,
		FirstSeen:   *testkit.At(0),
		LastSeen:    *testkit.At(20 * time.Minute),
		Connections: 1,
	}}, stations); d != "" {
		t.Errorf("stations: -want +got\n%s", d)
	}
	visits, err := v.Store.Visits(ctx, anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(visits) != 1 || !visits[0].Start.Equal(*testkit.At(0)) ||
		!visits[0].End.Equal(*testkit.At(20 * time.Minute)) || visits[0].Connections != 1 || !visits[0].Proven {
		t.Errorf("visits: %+v", visits)
	}
	if _, err := v.Contacts.Connections(ctx, testkit.Manager(v.There), anna.ID, 0,
		""); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("another organization sees the connections: %v", err)
	}
}

func TestAccountWhose(t *testing.T) {
	v := testkit.NewVenue(t)
	anna, bert := v.AddCustomer(v.Here, "anna", "secret"), v.AddCustomer(v.There, "bert", "secret")
	base := v.Phone("anna", "")
	for i, c := range []struct {
		name   string
		change func(*radius.AccountingRecord)
		anna   int
		bert   int
	}{
		{"by Class", func(*radius.AccountingRecord) {}, 1, 0},
		{"by Class among others", func(r *radius.AccountingRecord) {
			r.Classes = append([][]byte{[]byte("the controller's own")}, r.Classes...)
		}, 1, 0},
		{"by inner user name: anybody may claim it", func(r *radius.AccountingRecord) {
			r.Classes, r.Username = nil,
				"anna@venue1.example"
		}, 0, 0},
		{"by the user name that we issued", func(r *radius.AccountingRecord) {
			r.Classes, r.Username = nil,
				v.IssuedName("anna")
		}, 1, 0},
		{"by outer identity: nobody", func(r *radius.AccountingRecord) { r.Classes = nil }, 0, 0},
		{"a forged Class", func(r *radius.AccountingRecord) {
			r.Classes = [][]byte{append(bytes.Clone(r.Classes[0][:len(r.Classes[0])-1]), '!')}
		}, 0, 0},
		{"a cut Class", func(r *radius.AccountingRecord) { r.Classes = [][]byte{r.Classes[0][:20]} }, 0, 0},
		{"the Class counts more than the name", func(r *radius.AccountingRecord) { r.Username = "bert" }, 1, 0},
		{"another's access point", func(r *radius.AccountingRecord) {
			r.AccessPoint = radius.AccessPointIdentity{Client: testkit.ID("hotspot", 2)}
		}, 0, 0},
		{"another's access point, by name", func(r *radius.AccountingRecord) {
			r.Classes, r.Username, r.AccessPoint = nil, v.IssuedName("bert"),
				radius.AccessPointIdentity{NASIdentifier: "apvenue2.example"}
		}, 0, 1},
		{"an unknown access point", func(r *radius.AccountingRecord) {
			r.AccessPoint = radius.AccessPointIdentity{NASIdentifier: "new", CalledStation: "02-00-00-00-77-01"}
		}, 1, 0},
	} {
		before := [2]int{len(v.ConnectionsOf(v.Here, anna)), len(v.ConnectionsOf(v.There, bert))}
		r := base
		r.UniqueID = fmt.Sprint("u", i)
		c.change(&r)
		v.AccountRecord(r)
		if _, err := v.Store.Connection(t.Context(), r.UniqueID); err != nil {
			t.Errorf("%s: the session is not kept: %v", c.name, err)
		}
		after := [2]int{len(v.ConnectionsOf(v.Here, anna)), len(v.ConnectionsOf(v.There, bert))}
		if after[0]-before[0] != c.anna || after[1]-before[1] != c.bert {
			t.Errorf("%s: anna has %d more connections, bert %d", c.name, after[0]-before[0], after[1]-before[1])
		}
	}
}

func TestAccountWhere(t *testing.T) {
	v := testkit.NewVenue(t)
	anna := v.AddCustomer(v.Here, "anna", "secret")
	base := v.Phone("anna", "")
	for i, c := range []struct {
		name  string
		claim radius.AccessPointIdentity
		want  string // location/hotspot, by name
	}{
		{"client entry", radius.AccessPointIdentity{Client: testkit.ID("own", 1), NASIdentifier: "tree.example"},
			"Hall/Own"},
		{"NAS-Identifier", radius.AccessPointIdentity{NASIdentifier: "tree.example"}, "Garden/Tree"},
		{"BSSID before NAS-Identifier", radius.AccessPointIdentity{NASIdentifier: "tree.example",
			CalledStation: "020000000101:venue"}, "Hall/Door"},
		{"an unknown BSSID", radius.AccessPointIdentity{NASIdentifier: "tree.example",
			CalledStation: "02000000ffff:venue"}, "Garden/Tree"},
		{"only claimed", radius.AccessPointIdentity{NASIdentifier: "own.example"}, "/"},
	} {
		r := base
		r.UniqueID, r.AccessPoint, r.Event = fmt.Sprint("u", i), c.claim, testkit.At(time.Duration(i)*time.Minute)
		v.SetClock(*r.Event)
		v.AccountRecord(r)
		latest := v.ConnectionsOf(v.Here, anna)[0]
		got := "/"
		if latest.Location != nil && latest.Hotspot != nil {
			got = latest.Location.Name + "/" + latest.Hotspot.Name
		}
		if got != c.want {
			t.Errorf("%s: at %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAccessPointRestarts(t *testing.T) {
	v := testkit.NewVenue(t)
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
	session := func(unique string, begun time.Duration) radius.AccountingRecord {
		r := v.Phone("anna", unique)
		r.Event = testkit.At(begun)
		return r
	}
	open, other, stopped := session("open", 0), session("other", 0), session("stopped", time.Minute)
	other.AccessPoint.NASIdentifier, other.AccessPoint.CalledStation = "tree.example", ""
	v.SetClock(*testkit.At(time.Hour))
	for _, r := range []radius.AccountingRecord{open, other, stopped} {
		v.AccountRecord(r)
	}
	stopped.Type, stopped.Event, stopped.Duration, stopped.Cause = radius.AccountingStop, testkit.At(2*time.Minute), 60,
		"Idle-Timeout"
	v.AccountRecord(stopped)
	restart := radius.AccountingRecord{Type: radius.AccountingOn, AccessPoint: open.AccessPoint,
		Event: testkit.At(-40 * 365 * 24 * time.Hour), Received: testkit.At(30 * time.Minute)}
	for range 2 {
		v.AccountRecord(restart)
	}
	late := session("late", 20*time.Minute) // began before the restart, reported after it
	late.Received = testkit.At(20 * time.Minute)
	v.AccountRecord(late)
	after := session("after", 31*time.Minute)
	v.AccountRecord(after)

	check := func(unique, cause string, stop *time.Time, duration int64) {
		t.Helper()
		s, err := v.Store.Connection(t.Context(), unique)
		if err != nil {
			t.Fatal(err)
		}
		if s.TerminateCause() != cause || !cmp.Equal(s.Stop(), stop) || s.Seconds() != duration {
			t.Errorf("%s: %q at %v after %d s; want %q at %v after %d s", unique, s.TerminateCause(), s.Stop(),
				s.Seconds(), cause, stop, duration)
		}
	}
	check("open", onboarding.CauseRestart, testkit.At(30*time.Minute), 1800)
	check("other", "", nil, 0)
	check("stopped", "Idle-Timeout", testkit.At(2*time.Minute), 60)
	check("late", onboarding.CauseRestart, testkit.At(30*time.Minute), 600)
	check("after", "", nil, 0)

	// The connection survived the restart: later records take precedence.
	open.Type, open.Event, open.Duration = radius.AccountingInterim, testkit.At(40*time.Minute), 2400
	v.AccountRecord(open)
	check("open", "", nil, 2400)
	if n := len(v.ConnectionsOf(v.Here, anna)); n != 5 {
		t.Errorf("%d connections", n)
	}
}

func TestAccountOfOneWhoRefused(t *testing.T) {
	v := testkit.NewVenue(t)
	bea := v.AddCustomer(v.Here, "bea", "secret", testkit.Refusing)
	start := v.Phone("bea", "u1")
	v.AccountRecord(start)
	s, err := v.Store.Connection(t.Context(), "u1")
	if err != nil || s.MAC != "" || s.Address != "" || s.CustomerID != bea.ID {
		t.Errorf("while connected: %+v, %v", s, err) // a Disconnect-Request needs these values
	}
	start.Type, start.Duration = radius.AccountingStop, 60
	v.AccountRecord(start)
	start.Type = radius.AccountingStart
	v.AccountRecord(start)
	s, err = v.Store.Connection(t.Context(), "u1")
	if err != nil || s.MAC != "" || s.CustomerID != "" || s.SessionID != "" || s.CallingStation != "" ||
		s.Duration != 60 {
		t.Errorf("afterwards: %+v, %v", s, err)
	}
	if stations, err := v.Contacts.Stations(t.Context(), testkit.Manager(v.Here), bea.ID); err != nil ||
		len(stations) != 0 {
		t.Errorf("devices: %v, %v", stations, err)
	}
	if visits, err := v.Store.Visits(t.Context(), bea.ID); err != nil || len(visits) != 0 {
		t.Errorf("visits: %v, %v", visits, err)
	}
}

func TestBadAccounting(t *testing.T) {
	v := testkit.NewVenue(t)
	anna := v.AddCustomer(v.Here, "anna", "secret")
	for _, unique := range []string{"", "\x00", "\xff", string(bytes.Repeat([]byte("u"), 254))} {
		r := v.Phone("anna", unique)
		if err := v.RADIUS.Account(t.Context(), &r); onboarding.KindOf(err) != onboarding.Invalid {
			t.Errorf("Acct-Unique-Session-Id %.10q: %v", unique, err)
		}
	}
	r := v.Phone("anna", "u1")
	r.CallingStation, r.Addresses, r.SessionID, r.Username = "\x00", []string{"\xff"},
		string(bytes.Repeat([]byte("s"), 1<<20)), "%{x}\n\x00"
	r.AccessPoint.NASIdentifier, r.AccessPoint.CalledStation = "\x00", "\xff\x00"
	v.AccountRecord(r)
	r.Type = "Tunnel-Start"
	v.AccountRecord(r)
	got := v.ConnectionsOf(v.Here, anna)
	if len(got) != 1 || got[0].MAC != "" || got[0].Address != "" {
		t.Errorf("connections: %+v", got)
	}
}

// TestVisitsOfShuffledSessions compares the visits after records in any order with the runs of the
// finished connections.
func TestVisitsOfShuffledSessions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := testkit.NewVenue(t)
		anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
		phone := v.Phone("anna", "")
		type record = radius.AccountingRecord
		var records []record
		n := rapid.IntRange(1, 7).Draw(rt, "sessions")
		for i := range n {
			begun := time.Duration(rapid.IntRange(0, 10*60).Draw(rt, "begun")) * time.Minute
			length := time.Duration(rapid.IntRange(0, 4*60).Draw(rt, "length")) * time.Minute
			start := phone
			start.UniqueID, start.Event = fmt.Sprint("u", i), testkit.At(begun)
			stop := start
			stop.Type, stop.Event = radius.AccountingStop, testkit.At(begun+length)
			stop.Duration = int64(length/time.Second) + int64(rapid.IntRange(0, 3).Draw(rt, "rounding"))
			records = append(records, start, stop)
			if rapid.Bool().Draw(rt, "interim") {
				middle := start
				middle.Type, middle.Event, middle.Duration = radius.AccountingInterim, testkit.At(begun+length/2),
					int64(length/time.Second)/2
				records = append(records, middle)
			}
		}
		v.SetClock(*testkit.At(24 * time.Hour))
		for _, r := range rapid.Permutation(records).Draw(rt, "order") {
			v.AccountRecord(r)
		}
		type bounds struct {
			start, end time.Time
			sessions   int
		}
		var want []bounds
		sessions, err := v.Store.ConnectionsAt(t.Context(), anna.ID, v.Here.Locations[0].ID,
			testkit.Monday.Add(-time.Hour), testkit.Monday.Add(24*time.Hour))
		if err != nil || len(sessions) != n {
			rt.Fatalf("%d of %d sessions, %v", len(sessions), n, err)
		}
		first, last := sessions[0].Start(), sessions[0].Seen()
		for i, s := range sessions { // in the order of their beginning
			if k := len(want); i == 0 || s.Start().Sub(want[k-1].end) >= v.Here.VisitGap {
				want = append(want, bounds{s.Start(), s.Seen(), 0})
			}
			k := len(want)
			want[k-1].sessions++
			if s.Seen().After(want[k-1].end) {
				want[k-1].end = s.Seen()
			}
			if s.Seen().After(last) {
				last = s.Seen()
			}
		}
		visits, err := v.Store.Visits(t.Context(), anna.ID)
		if err != nil {
			rt.Fatal(err)
		}
		var got []bounds
		for _, visit := range visits {
			got = append(got, bounds{visit.Start, visit.End, visit.Connections})
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(bounds{})); d != "" {
			rt.Fatalf("visits: -want +got\n%s", d)
		}
		stations, err := v.Contacts.Stations(t.Context(), testkit.Manager(v.Here), anna.ID)
		if err != nil || len(stations) != 1 || stations[0].Connections != int64(n) ||
			!stations[0].FirstSeen.Equal(first) || !stations[0].LastSeen.Equal(last) {
			rt.Fatalf("stations: %+v, %v; want %d connections from %v to %v", stations, err, n, first, last)
		}
	})
}
