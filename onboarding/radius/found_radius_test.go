package radius_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/radius"
	"onramp/onboarding/retention"
	"onramp/onboarding/testkit"
	"onramp/profiles"
)

// connectionRecords returns the records of one connection: Start, an Interim in the middle, Stop.
func connectionRecords(base radius.AccountingRecord, from, length time.Duration) []radius.AccountingRecord {
	start, middle, stop := base, base, base
	start.Type, start.Event = radius.AccountingStart, testkit.At(from)
	middle.Type, middle.Event, middle.Duration = radius.AccountingInterim, testkit.At(from+length/2),
		int64(length/2/time.Second)
	stop.Type, stop.Event, stop.Duration, stop.Cause = radius.AccountingStop, testkit.At(from+length),
		int64(length/time.Second), "User-Request"
	return []radius.AccountingRecord{start, middle, stop}
}

// spans returns the connections of a customer, oldest first.
func spans(v *testkit.Venue, c *onboarding.Customer) []string {
	v.Helper()
	var all []string
	for _, one := range slices.Backward(v.ConnectionsOf(v.Here, c)) {
		end := "open"
		if one.Stop != nil {
			end = one.Stop.Sub(testkit.Monday).String()
		}
		all = append(all, fmt.Sprintf("%v to %s, %d s, %s", one.Start.Sub(testkit.Monday), end, one.Duration,
			one.TerminateCause))
	}
	return all
}

func TestFoundB1(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		const day = 24 * time.Hour
		n := 0
		var fresh [][]byte // the Class of a reauthentication
		type record = radius.AccountingRecord
		on := record{Type: radius.AccountingOn, AccessPoint: radius.AccessPointIdentity{NASIdentifier: testkit.Hall},
			Event: testkit.At(2 * time.Hour), Received: testkit.At(2 * time.Hour)}
		for _, c := range []struct {
			name    string
			records func(first, second []record) []record
			want    []string
			open    int
		}{
			{"a day later", func(a, b []record) []record { return slices.Concat(a, b) },
				[]string{"1h0m0s to 1h10m0s, 600 s, User-Request", "25h0m0s to 25h10m0s, 600 s, User-Request"}, 0},
			{"a day later, still open", func(a, b []record) []record { return slices.Concat(a, b[:1]) },
				[]string{"1h0m0s to 1h10m0s, 600 s, User-Request", "25h0m0s to open, 0 s, "}, 1},
			{"the Start again after the Stop", func(a, _ []record) []record { return slices.Concat(a, a[:1], a[1:2]) },
				[]string{"1h0m0s to 1h10m0s, 600 s, User-Request"}, 0},
			{"an Interim, a restart, the second one",
				func(a, b []record) []record { return slices.Concat(a[:2], []record{on}, b) },
				[]string{"1h0m0s to 2h0m0s, 3600 s, NAS-Reboot", "25h0m0s to 25h10m0s, 600 s, User-Request"}, 0},
			{"the restart last of all",
				func(a, b []record) []record { return slices.Concat(a[:2], b[:1], []record{on}) },
				[]string{"1h0m0s to 2h0m0s, 3600 s, NAS-Reboot", "25h0m0s to open, 0 s, "}, 1},
			{"backwards", func(a, b []record) []record { return []record{b[2], b[1], b[0], a[2], a[1], a[0]} },
				[]string{"1h0m0s to 1h10m0s, 600 s, User-Request", "25h0m0s to 25h10m0s, 600 s, User-Request"}, 0},
			{"both Starts first", func(a, b []record) []record { return []record{a[0], b[0], b[2], a[2]} },
				[]string{"1h0m0s to 1h10m0s, 600 s, User-Request", "25h0m0s to 25h10m0s, 600 s, User-Request"}, 0},
			{"another Class within one", func(a, _ []record) []record {
				a[1].Classes, a[2].Classes = fresh, fresh
				return a
			}, []string{"1h0m0s to 1h10m0s, 600 s, User-Request"}, 0},
			{"a Start within an open one, with another Class", func(a, _ []record) []record {
				again := a[0]
				again.Event, again.Classes = testkit.At(time.Hour+5*time.Minute), fresh
				return []record{a[0], again, a[2]}
			}, []string{"1h0m0s to 1h10m0s, 600 s, User-Request"}, 0},
		} {
			t.Run(c.name, func(t *testing.T) {
				n++
				v.SetClock(testkit.Monday)
				name := fmt.Sprint("b1 anna ", n)
				anna := v.AddCustomer(v.Here, name, "secret", testkit.Profiled)
				v.SetClock(*testkit.At(time.Hour))
				first := v.Phone(name, name)
				fresh = v.Phone(name, name).Classes
				v.SetClock(*testkit.At(time.Hour + day))
				second := v.Phone(name, name)
				v.SetClock(*testkit.At(2 * day))
				for _, r := range c.records(connectionRecords(first, time.Hour, 10*time.Minute),
					connectionRecords(second, time.Hour+day, 10*time.Minute)) {
					r.AccessPoint.NASIdentifier = testkit.Hall
					v.AccountRecord(r)
				}
				if d := cmp.Diff(c.want, spans(v, anna)); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
				if stations, err := v.Contacts.Stations(t.Context(), testkit.Manager(v.Here), anna.ID); err != nil ||
					len(stations) != 1 || stations[0].Connections != int64(len(c.want)) {
					t.Errorf("stations: %+v, %v", stations, err)
				}
				if err := v.Registration.Lock(t.Context(), testkit.Manager(v.Here), anna.ID); err != nil {
					t.Fatal(err)
				}
				orders, err := v.Contacts.Disconnects(t.Context(), testkit.Manager(v.Here), v.Here.ID, 100)
				orders = slices.DeleteFunc(orders, func(d *onboarding.Disconnect) bool {
					return d.CustomerID != anna.ID
				})
				if err != nil || len(orders) != c.open {
					t.Errorf("%d disconnects, want %d, %v", len(orders), c.open, err)
				}
			})
		}
	})
}

// TestFoundB1AnyOrder accounts connections with one Acct-Session-Id, whose records arrive in any
// order and repeatedly.
func TestFoundB1AnyOrder(t *testing.T) {
	v := testkit.NewVenue(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		v.SetClock(testkit.Monday)
		name := fmt.Sprint("anna", n)
		anna := v.AddCustomer(v.Here, name, "secret", testkit.Profiled)
		base := v.Phone(name, name)
		var records []radius.AccountingRecord
		var want []string
		from := time.Hour
		for range rapid.IntRange(1, 5).Draw(rt, "connections") {
			from += time.Duration(rapid.IntRange(30, 4000).Draw(rt, "gap")) * time.Second
			length := time.Duration(rapid.IntRange(15, 2000).Draw(rt, "length")) * 2 * time.Second
			records = append(records, connectionRecords(base, from, length)...)
			want = append(want, fmt.Sprintf("%v to %v, %d s, User-Request", from, from+length,
				int64(length/time.Second)))
			from += length
		}
		v.SetClock(testkit.Monday.Add(30 * 24 * time.Hour).Add(-time.Hour))
		records = append(records, rapid.SliceOfN(rapid.SampledFrom(records), 0, 4).Draw(rt, "again")...)
		for _, r := range rapid.Permutation(records).Draw(rt, "order") {
			v.AccountRecord(r)
		}
		if d := cmp.Diff(want, spans(v, anna)); d != "" {
			rt.Fatalf("-want +got\n%s", d)
		}
		if d := cmp.Diff(v.CountAnew(anna), v.TallyOf(anna)); d != "" {
			rt.Fatalf("metrics: -counted anew +kept\n%s", d)
		}
	})
}

func TestFoundB3(t *testing.T) {
	v := testkit.NewVenue(t)
	for i, c := range []struct {
		start, middle, stop, want string
	}{
		{"192.0.2.200", "192.0.2.30", "192.0.2.4", "192.0.2.4"},
		{"192.0.2.7", "169.254.1.1", "", "192.0.2.7"},
		{"192.0.2.7", "0.0.0.0", "255.255.255.254", "192.0.2.7"},
		{"169.254.9.9", "", "255.255.255.255", "169.254.9.9"},
		{"fe80::1", "2001:db8::7", "fe80::2", "2001:db8::7"},
		{"", "fe80::1", "", "fe80::1"},
		{"what", "", "", ""},
	} {
		name := fmt.Sprint("anna", i)
		anna := v.AddCustomer(v.Here, name, "secret")
		records := connectionRecords(v.Phone(name, name), 0, 10*time.Minute)
		for j, address := range []string{c.start, c.middle, c.stop} {
			records[j].Addresses = []string{address}
		}
		for _, order := range [][]int{{2, 0, 1}, {0, 1, 2}} {
			for _, j := range order {
				v.AccountRecord(records[j])
			}
			if got := v.ConnectionsOf(v.Here, anna); len(got) != 1 || got[0].Address != c.want {
				t.Errorf("%s, %s, %s: %+v, want %s", c.start, c.middle, c.stop, got, c.want)
			}
		}
	}
}

// TestFoundB4 accounts contradictory records of one connection.
func TestFoundB4(t *testing.T) {
	v := testkit.NewVenue(t)
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
	v.SetClock(testkit.Monday.AddDate(0, 3, 0))
	now := v.Now()
	behind := func(d time.Duration) *time.Time { e := now.Add(-d); return &e }
	issued := v.IssuedName("anna")
	n := 0
	records := func() []radius.AccountingRecord {
		n++
		base := v.Phone("anna", fmt.Sprint("u", n))
		base.Classes, base.Username = nil, issued
		r := connectionRecords(base, 0, 10*time.Minute)
		for i := range r {
			received := now.Add(time.Duration(i-2) * 5 * time.Minute)
			r[i].Event, r[i].Received = &received, &received
		}
		return r
	}
	latest := func() contacts.Connection { v.Helper(); return v.ConnectionsOf(v.Here, anna)[0] }
	for _, c := range []struct {
		name   string
		change func(r []radius.AccountingRecord)
	}{
		{"a clock 39 days behind", func(r []radius.AccountingRecord) { r[0].Event = behind(39 * 24 * time.Hour) }},
		{"a clock three days behind", func(r []radius.AccountingRecord) { r[0].Event = behind(3 * 24 * time.Hour) }},
		{"a clock in 1970", func(r []radius.AccountingRecord) { r[0].Event = &time.Time{} }},
		{"a clock a year ahead", func(r []radius.AccountingRecord) { r[0].Event = behind(-365 * 24 * time.Hour) }},
	} {
		r := records()
		c.change(r)
		before := len(v.ConnectionsOf(v.Here, anna))
		v.AccountRecord(r[0])
		v.AccountRecord(r[2])
		got := latest()
		if len(v.ConnectionsOf(v.Here, anna)) != before+1 || !got.Start.Equal(*behind(10 * time.Minute)) ||
			got.Duration != 600 || got.Stop == nil || !got.Stop.Equal(now) {
			t.Errorf("%s: %d connections, %+v", c.name, len(v.ConnectionsOf(v.Here, anna))-before, got)
		}
		v.Advance(time.Hour)
		now = v.Now()
	}
	// Hotspot, access point and SSID come from one record, and the visits match.
	r := records()
	r[2].AccessPoint = radius.AccessPointIdentity{NASIdentifier: testkit.Garden}
	for _, one := range r {
		v.AccountRecord(one)
	}
	got := latest()
	if got.Location == nil || got.Location.Name != "Garden" || got.Hotspot == nil || got.Hotspot.Name != "Tree" ||
		got.AccessPoint != testkit.Garden {
		t.Errorf("it is at %+v, %+v, %s", got.Location, got.Hotspot, got.AccessPoint)
	}
	if d := cmp.Diff(v.CountAnew(anna), v.TallyOf(anna)); d != "" {
		t.Errorf("metrics: -counted anew +kept\n%s", d)
	}
	var last onboarding.Visit
	for _, visit := range v.VisitsOf(anna) {
		if visit.End.After(last.End) {
			last = visit
		}
	}
	if last.LocationID != got.Location.ID || last.Connections != 1 {
		t.Errorf("the visit is %+v", last)
	}
}

// TestFoundB5 accounts the first record of a connection after its customer's credential was
// stopped.
func TestFoundB5(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		ctx := t.Context()
		for i, c := range []struct {
			reason string
			stop   func(*onboarding.Customer) error
		}{
			{"locked", func(c *onboarding.Customer) error {
				return v.Registration.Lock(ctx, testkit.Manager(v.Here), c.ID)
			}},
			{"rotated", func(c *onboarding.Customer) error {
				_, err := v.Registration.Rotate(ctx, testkit.Manager(v.Here), c.ID)
				return err
			}},
			{"deleted", func(c *onboarding.Customer) error {
				return v.Registration.Delete(ctx, testkit.Manager(v.Here), c.ID)
			}},
			{"expired", func(*onboarding.Customer) error { v.Advance(v.Here.WiFi.ProfileLifetime); return nil }},
		} {
			name := fmt.Sprint("anna", i)
			anna := v.AddCustomer(v.Here, name, "secret")
			start := v.Phone(name, name)
			if err := c.stop(anna); err != nil {
				t.Fatal(err)
			}
			interim := start
			interim.Type, interim.Duration = radius.AccountingInterim, 60
			v.AccountRecord(start)
			v.AccountRecord(interim) // ordered already
			all, err := v.Contacts.Disconnects(ctx, testkit.Manager(v.Here), v.Here.ID, 100)
			var got []*onboarding.Disconnect
			for _, d := range all {
				if d.UniqueID == name {
					got = append(got, d)
				}
			}
			if err != nil || len(got) != 1 || got[0].Reason != c.reason {
				t.Errorf("%s: %+v, %v", c.reason, got, err)
			}
			if s, err := v.Store.Connection(ctx, name); err != nil || c.reason == "deleted" &&
				(s.MAC+s.CallingStation+s.Address+s.SessionID+s.CustomerID != "" || got[0].CustomerID != "") {
				t.Errorf("%s: the session is %+v, %v", c.reason, s, err)
			}
		}
		// A Class made after a rotation is valid.
		v.AddCustomer(v.Here, "good", "secret")
		good, err := v.Store.LoginByUsername(ctx, "good")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Registration.Rotate(ctx, testkit.Manager(v.Here), good.CustomerID); err != nil {
			t.Fatal(err)
		}
		v.AccountRecord(v.Phone("good", "good"))
		if orders, err := v.Contacts.Disconnects(ctx, testkit.Manager(v.Here), v.Here.ID, 100); err != nil ||
			slices.ContainsFunc(orders, func(d *onboarding.Disconnect) bool { return d.UniqueID == "good" }) {
			t.Errorf("a good connection is ended: %+v, %v", orders, err)
		}
	})
}

func TestFoundB7(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		anna := v.AddCustomer(v.Here, "anna", "secret")
		one, other := v.Phone("anna", "u1"), v.Phone("anna", "u2")
		one.AccessPoint.Address, other.AccessPoint.Address = "10.0.0.1", "10.0.0.9"
		v.AccountRecord(one)
		v.AccountRecord(other)
		v.Advance(10 * time.Minute)
		v.AccountRecord(radius.AccountingRecord{Type: radius.AccountingOn,
			AccessPoint: radius.AccessPointIdentity{Address: "10.0.0.1"}})
		causes := map[string]int{}
		for _, c := range v.ConnectionsOf(v.Here, anna) {
			causes[c.TerminateCause]++
		}
		if d := cmp.Diff(map[string]int{"": 1, onboarding.CauseRestart: 1}, causes); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
		bea := v.AddCustomer(v.Here, "bea", "secret")
		v.Advance(time.Hour)
		from := v.Now().Sub(testkit.Monday)
		records := connectionRecords(v.Phone("bea", "u3"), from, 10*time.Minute)
		v.Advance(time.Hour)
		late := records[1]
		late.Event, late.Duration = testkit.At(from+11*time.Minute), 660
		for _, r := range append(records, late) {
			v.AccountRecord(r)
		}
		if got := v.ConnectionsOf(v.Here, bea); len(got) != 1 || got[0].Duration != 600 ||
			got[0].Stop.Sub(*got[0].Start) != 10*time.Minute {
			t.Errorf("an Interim after the Stop: %+v", got)
		}
	})
}

// TestFoundF8 accounts records after a deletion, of an unknown connection, attributed by Class, by
// the issued User-Name and by the station.
func TestFoundF8(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		ctx := t.Context()
		anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
		base := v.Phone("anna", "")
		issued := v.IssuedName("anna")
		if err := v.RADIUS.RecordLogin(ctx, radius.LoginOutcome{Username: "anna", AccessPoint: base.AccessPoint,
			CallingStation: base.CallingStation, Accepted: true}); err != nil {
			t.Fatal(err)
		}
		stranger := base
		stranger.Classes, stranger.UniqueID, stranger.CallingStation = nil, "stranger", "02-00-00-00-BB-BB"
		v.AccountRecord(stranger)
		if err := v.Registration.Delete(ctx, testkit.Manager(v.Here), anna.ID); err != nil {
			t.Fatal(err)
		}
		for unique, change := range map[string]func(*radius.AccountingRecord){
			"by Class": func(*radius.AccountingRecord) {},
			"by name": func(r *radius.AccountingRecord) {
				r.Classes, r.Username, r.CallingStation = nil, issued, "02-00-00-00-AA-07"
			},
			"by station": func(r *radius.AccountingRecord) { r.Classes = nil },
		} {
			r := base
			r.UniqueID, r.Type, r.Duration = unique, radius.AccountingInterim, 60
			change(&r)
			for range 2 {
				v.AccountRecord(r)
			}
			s, err := v.Store.Connection(ctx, unique)
			if err != nil || !s.Anonymous || s.CustomerID+s.MAC+s.Address+s.SessionID+s.CallingStation != "" {
				t.Errorf("%s: %+v, %v", unique, s, err)
			}
		}
		// The schema enforces it, too.
		written := &onboarding.Connection{UniqueID: "written", Key: "written", AccessPoint: "x", Anonymous: true,
			MAC: "02:00:00:00:00:01", Address: "192.0.2.1", SessionID: "1", CallingStation: "x", CustomerID: "c",
			Implied: testkit.Monday, Progress: onboarding.Progress{At: testkit.Monday}}
		for range 2 {
			if err := db.Write(ctx, func(tx onboarding.Tx) error {
				return tx.PutConnection(ctx, written)
			}); err != nil {
				t.Fatal(err)
			}
			if s, err := db.Connection(ctx, "written"); err != nil ||
				s.CustomerID+s.MAC+s.Address+s.SessionID+s.CallingStation != "" {
				t.Errorf("written anonymous with an identity: %+v, %v", s, err)
			}
		}
		// Connections without a known customer are deleted after a time, others stay.
		bert := v.AddCustomer(v.Here, "bert", "secret")
		v.AccountRecord(v.Phone("bert", "berts"))
		v.Advance(onboarding.DefaultRetention.UnknownStations.Time + time.Hour)
		if _, err := v.Retention.Run(ctx, retention.Options{AcceptClock: true}); err != nil {
			t.Fatal(err)
		}
		if s, err := v.Store.Connection(ctx, "stranger"); onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("the stranger's session is kept: %+v, %v", s, err)
		}
		if n := len(v.ConnectionsOf(v.Here, bert)); n != 1 {
			t.Errorf("%d connections of bert", n)
		}
		if _, err := v.Store.Connection(ctx, "by Class"); err != nil {
			t.Errorf("the anonymous session: %v", err)
		}
	})
}

// TestFoundG7 connects a customer at another tenant's access points.
func TestFoundG7(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		ctx := t.Context()
		anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
		v.AddCustomer(v.There, "bert", "secret")
		there := radius.AccessPointIdentity{NASIdentifier: "apvenue2.example"}
		apply := func(home bool, homes, hosts []string, open profiles.OpenRoaming) {
			t.Helper()
			v.Here.WiFi.Passpoint.Roaming, v.Here.WiFi.Passpoint.RoamingConsortiums = home, homes
			v.There.WiFi.Passpoint.RoamingConsortiums, v.There.WiFi.Passpoint.OpenRoaming = hosts, open
			v.There.WiFi.Passpoint.Roaming = open != "" || len(hosts) > 0
			v.There.RADIUS = onboarding.RADIUSReply{SessionTimeout: time.Hour, VLAN: 77}
			if _, err := v.Tenant.Apply(ctx, []*onboarding.Organization{v.Here, v.There}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			name         string
			roaming      bool
			homes, hosts []string
			open         profiles.OpenRoaming
			want         onboarding.Reason
		}{
			{"nothing shared", true, []string{"AABBCC"}, []string{"AABBCD"}, "", onboarding.ReasonElsewhere},
			{"not roaming", false, nil, []string{"AABBCC"}, "", onboarding.ReasonElsewhere},
			{"OpenRoaming's, by name and by number", true, []string{"5A03BA0000"}, nil, "settlementFree", ""},
			{"shared", true, []string{"AABBCC"}, []string{"112233", "AABBCC"}, "", ""},
		} {
			apply(c.roaming, c.homes, c.hosts, c.open)
			if got := v.AuthorizeAt("anna", there); got.Reason != c.want || c.want == "" &&
				(got.VLAN != 77 || got.SessionTimeout != time.Hour) {
				t.Errorf("%s: %q, VLAN %d, %v; want %q", c.name, got.Reason, got.VLAN, got.SessionTimeout, c.want)
			}
		}
		access := v.AuthorizeAt("anna", there)
		if home := v.AuthorizeAt("anna",
			radius.AccessPointIdentity{NASIdentifier: testkit.Hall}); home.Name == access.Name {
			t.Error("two operators are given one User-Name")
		}
		v.AccountRecord(radius.AccountingRecord{
			Type:           radius.AccountingStart,
			UniqueID:       "abroad",
			SessionID:      "1",
			Username:       "anonymous@venue1.example",
			Classes:        [][]byte{access.Class},
			AccessPoint:    there,
			CallingStation: "02-00-00-00-AA-01",
		})
		got := v.ConnectionsOf(v.Here, anna)
		if len(got) != 1 || !got[0].Abroad || got[0].MAC == "" {
			t.Errorf("the home sees %+v", got)
		}
		if visits := v.VisitsOf(anna); len(visits) != 1 || visits[0].OrganizationID != v.Here.ID {
			t.Errorf("visits: %+v", visits)
		}
		for _, path := range []func() (string, error){
			func() (string, error) {
				page, err := v.Contacts.OrganizationEvents(ctx, testkit.Manager(v.There), v.There.ID,
					contacts.EventSearch{})
				return fmt.Sprintf("%+v", page), err
			},
			func() (string, error) {
				orders, err := v.Contacts.Disconnects(ctx, testkit.Manager(v.There), v.There.ID, 10)
				return fmt.Sprintf("%+v", orders), err
			},
		} {
			text, err := path()
			if err != nil || strings.Contains(text, anna.ID) || strings.Contains(text, "aa:01") {
				t.Errorf("the venue sees %s, %v", text, err)
			}
		}
		if _, err := v.Contacts.Connections(ctx, testkit.Manager(v.There), anna.ID, 0,
			""); onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("the venue asks for the connections: %v", err)
		}
	})
}
