package onboarding_test

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// venue is a service with two organizations, whose clock stands still unless it is told to move.
type venue struct {
	*onboarding.Service
	testing.TB
	store       onboarding.Store
	clock       *atomic.Int64
	here, there *onboarding.Organization
}

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func newVenue(t testing.TB) *venue {
	t.Helper()
	return newVenueOn(t, openStore(t))
}

func newVenueOn(t testing.TB, db onboarding.Store) *venue {
	t.Helper()
	ctx := context.Background()
	sealer, err := onboarding.NewSealer(make([]byte, onboarding.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	v := &venue{TB: t, store: db, clock: &atomic.Int64{}, here: sound(1), there: sound(2)}
	v.set(monday)
	if v.Service, err = onboarding.Open(ctx, onboarding.Config{Store: db, Sealer: sealer, Now: v.now}); err != nil {
		t.Fatal(err)
	}
	v.here.RADIUS = onboarding.RADIUSReply{SessionTimeout: 8 * time.Hour, VLAN: 20}
	v.here.WiFi.Passpoint.NAIRealms = []string{"venue1.example", "roaming.example"}
	own, err := v.SealHotspotSecret(testID("own", 1), []byte("own secret"))
	if err != nil {
		t.Fatal(err)
	}
	hall := &v.here.Locations[0]
	hall.Hotspots = append(hall.Hotspots, onboarding.Hotspot{
		ID: testID("own", 1), Name: "Own", MAC: "02:00:00:00:01:02", NASIdentifier: "own.example", Address: "192.0.2.1", Secret: &own,
	})
	v.here.Locations = append(v.here.Locations, onboarding.Location{
		ID: testID("garden", 1), Name: "Garden", Timezone: "Europe/Rome",
		Hotspots: []onboarding.Hotspot{{ID: testID("garden", 2), Name: "Tree", MAC: "02:00:00:00:01:03", NASIdentifier: "tree.example"}},
	})
	if _, err := v.ApplyOrganizations(ctx, []*onboarding.Organization{v.here, v.there}); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *venue) now() time.Time          { return time.UnixMicro(v.clock.Load()).UTC() }
func (v *venue) set(at time.Time)        { v.clock.Store(at.UnixMicro()) }
func (v *venue) advance(d time.Duration) { v.clock.Add(d.Microseconds()) }

func manager(o *onboarding.Organization) *onboarding.Caller {
	return &onboarding.Caller{Principal: &auth.Principal{
		OrganizationID: o.ID, Role: auth.OrganizationManager, Scopes: auth.RoleScopes(auth.OrganizationManager),
	}}
}

// register makes a customer who can connect.
func (v *venue) register(o *onboarding.Organization, username, password string, change ...func(*onboarding.CustomerInput)) *onboarding.Customer {
	v.Helper()
	in := onboarding.CustomerInput{
		Username: &username, Password: &password, Policies: map[string]bool{"termsOfUse": true, "privacy": true},
	}
	for _, f := range change {
		f(&in)
	}
	r, err := v.Register(context.Background(), manager(o), onboarding.Registration{Input: in})
	if err != nil {
		v.Fatal(err)
	}
	return r.Customer
}

func profiled(in *onboarding.CustomerInput) {
	yes := true
	in.Profiling, in.PPD = &yes, &yes
}

func refusing(in *onboarding.CustomerInput) {
	no := false
	in.PPD = &no
}

func (v *venue) authorize(username string, from onboarding.AccessPointClaim) *onboarding.Access {
	v.Helper()
	a, err := v.Authorize(context.Background(), onboarding.AccessRequest{Username: username, AccessPoint: from})
	if err != nil {
		v.Fatal(err)
	}
	return a
}

func TestAuthorize(t *testing.T) {
	v := newVenue(t)
	ctx := t.Context()
	anna := v.register(v.here, "anna", `p%{User-Name}\n"ä`)
	v.register(v.here, "josé", "secret")
	v.register(v.here, "mail@elsewhere.example", "secret")
	v.register(v.there, "bert", "secret")
	locked := v.register(v.here, "locked", "secret")
	if err := v.Lock(ctx, manager(v.here), locked.ID); err != nil {
		t.Fatal(err)
	}
	door := onboarding.AccessPointClaim{NASIdentifier: "apvenue1.example"}
	for _, c := range []struct {
		name, username string
		from           onboarding.AccessPointClaim
		want           onboarding.Reason
	}{
		{"plain", "anna", door, ""},
		{"the realm", "anna@venue1.example", door, ""},
		{"the realm in capitals", "anna@VENUE1.Example", door, ""},
		{"another NAI realm", "anna@roaming.example", door, ""},
		{"an unknown access point", "anna", onboarding.AccessPointClaim{NASIdentifier: "nobody knows"}, ""},
		{"no access point at all", "anna", onboarding.AccessPointClaim{}, ""},
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
		{"at the other's access point by name", "anna", onboarding.AccessPointClaim{NASIdentifier: "apvenue2.example"}, onboarding.ReasonElsewhere},
		{"at the other's access point by BSSID", "anna", onboarding.AccessPointClaim{CalledStation: "02-00-00-00-02-01:venue"}, onboarding.ReasonElsewhere},
		{"at the other's access point by client entry", "anna", onboarding.AccessPointClaim{Client: testID("hotspot", 2)}, onboarding.ReasonElsewhere},
		{"the other's customer at an access point with a secret", "bert", onboarding.AccessPointClaim{Client: testID("own", 1)}, onboarding.ReasonElsewhere},
		{"a claim cannot overrule the client entry", "bert", onboarding.AccessPointClaim{Client: testID("own", 1), NASIdentifier: "apvenue2.example"}, onboarding.ReasonElsewhere},
		{"who has a secret is not known by claims", "bert", onboarding.AccessPointClaim{NASIdentifier: "own.example", CalledStation: "02-00-00-00-01-02", Address: "192.0.2.1"}, ""},
		{"a client entry that is declared no more", "anna", onboarding.AccessPointClaim{Client: testID("gone", 1)}, ""},
		{"hostile claims", "anna", onboarding.AccessPointClaim{NASIdentifier: "\x00'\"", CalledStation: "\xff\xfe", Address: "%{User-Name}"}, ""},
	} {
		a := v.authorize(c.username, c.from)
		if a.Reason != c.want || (c.want == "") != (len(a.Class) > 0) {
			t.Errorf("%s: got %+v, want reason %q", c.name, a, c.want)
		}
	}

	a := v.authorize("anna", door)
	if a.Password != `p%{User-Name}\n"ä` || a.VLAN != 20 || a.SessionTimeout != 8*time.Hour {
		t.Errorf("anna gets %+v", a)
	}
	if b := v.authorize("anna", door); bytes.Equal(a.Class, b.Class) || bytes.Contains(a.Class, []byte(anna.ID)) {
		t.Errorf("the Class tells who it is: %s, %s", a.Class, b.Class)
	}
	if b := v.authorize("bert", onboarding.AccessPointClaim{}); b.VLAN != 0 || b.SessionTimeout != 30*24*time.Hour {
		t.Errorf("bert, whose organization says nothing, gets %+v", b)
	}
	v.set(anna.Created.Add(v.here.WiFi.ProfileLifetime - 90*time.Second))
	if a := v.authorize("anna", door); a.SessionTimeout != 90*time.Second {
		t.Errorf("the session outlives the credential: %v", a.SessionTimeout)
	}
	v.advance(90 * time.Second)
	if a := v.authorize("anna", door); a.Reason != onboarding.ReasonExpired {
		t.Errorf("after the end: %+v", a)
	}
	if err := v.Unlock(ctx, manager(v.here), locked.ID); err != nil {
		t.Fatal(err)
	}
	v.set(monday)
	if a := v.authorize("locked", door); a.Reason != "" {
		t.Errorf("unlocked again: %+v", a)
	}
}

func TestRecordLogin(t *testing.T) {
	v := newVenue(t)
	ctx := t.Context()
	anna := v.register(v.here, "anna", "secret", profiled)
	minimised := v.register(v.here, "bea", "secret", refusing)
	locked := v.register(v.here, "locked", "secret")
	if err := v.Lock(ctx, manager(v.here), locked.ID); err != nil {
		t.Fatal(err)
	}
	door := onboarding.AccessPointClaim{NASIdentifier: "apvenue1.example"}
	for _, o := range []onboarding.LoginOutcome{
		{Username: "anna@venue1.example", AccessPoint: door, Accepted: true},
		{Username: "anna", AccessPoint: door, Accepted: true},
		{Username: "bea", AccessPoint: door, Accepted: true},
		{Username: "deleted meanwhile", AccessPoint: door, Accepted: true},
		{Username: "anna", AccessPoint: door},
		{Username: "anna", AccessPoint: door},
		{Username: "nobody", AccessPoint: door},
		{Username: "anna@elsewhere.example", AccessPoint: door},
		{Username: "locked", AccessPoint: door},
		{Username: "", AccessPoint: door, Handshake: true},
		{Username: "nobody", AccessPoint: onboarding.AccessPointClaim{NASIdentifier: "new.example", CalledStation: "02-00-00-00-09-09:new"}},
		{Username: "anna", AccessPoint: onboarding.AccessPointClaim{NASIdentifier: "apvenue2.example"}},
	} {
		if err := v.RecordLogin(ctx, o); err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
	}
	is := func(what string, got, want any) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", what, d)
		}
	}
	kept, err := v.CustomerInfo(ctx, manager(v.here), anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	is("logins", kept.Logins, int64(2))
	is("last login", kept.LastLogin, &monday)
	if kept, err = v.CustomerInfo(ctx, manager(v.here), minimised.ID); err != nil {
		t.Fatal(err)
	}
	is("logins of one who refused", kept.Logins, int64(0))

	counts := func(o *onboarding.Organization) map[onboarding.Reason]int64 {
		t.Helper()
		found, err := v.LoginFailures(ctx, manager(o), o.ID, monday, 100)
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
	is("failures here", counts(v.here), map[onboarding.Reason]int64{
		onboarding.ReasonWrongPassword: 2, onboarding.ReasonUnknownUser: 1, onboarding.ReasonWrongRealm: 1, onboarding.ReasonLocked: 1,
		onboarding.ReasonHandshake: 1,
	})
	is("failures there", counts(v.there), map[onboarding.Reason]int64{onboarding.ReasonElsewhere: 1})
	unknown, err := v.UnknownAccessPoints(ctx, 10)
	if err != nil {
		t.Fatal(err)
	}
	is("unknown access points", unknown, []onboarding.AccessPoint{{
		Key: "nas new.example", NASIdentifier: "new.example", MAC: "02:00:00:00:09:09", SSID: "new", FirstSeen: monday, LastSeen: monday,
	}})
}

func (v *venue) account(r onboarding.AccountingRecord) {
	v.Helper()
	if err := v.Account(context.Background(), &r); err != nil {
		v.Fatal(err)
	}
}

func (v *venue) connections(o *onboarding.Organization, c *onboarding.Customer) []onboarding.Connection {
	v.Helper()
	page, err := v.Accountings(context.Background(), manager(o), c.ID, 0, "")
	if err != nil {
		v.Fatal(err)
	}
	return page.Connections
}

// phone is a device at the hall's door, known by the Class that its login gave.
func (v *venue) phone(username, unique string) onboarding.AccountingRecord {
	v.Helper()
	door := onboarding.AccessPointClaim{NASIdentifier: "apvenue1.example", CalledStation: "02-00-00-00-01-01:venue", Address: "10.0.0.1"}
	access := v.authorize(username, door)
	if access.Reason != "" {
		v.Fatal(access.Reason)
	}
	return onboarding.AccountingRecord{
		Type: onboarding.AccountingStart, UniqueID: unique, SessionID: "s-" + unique, Username: "anonymous@venue1.example", Classes: [][]byte{access.Class},
		AccessPoint: door, CallingStation: "02-00-00-00-AA-01", Address: "192.0.2.7",
	}
}

func at(after time.Duration) *time.Time {
	t := monday.Add(after)
	return &t
}

func TestAccountOneConnection(t *testing.T) {
	v := newVenue(t)
	ctx := t.Context()
	anna := v.register(v.here, "anna", "secret", profiled)
	start := v.phone("anna", "u1")
	start.Event = at(0)
	interim, stop := start, start
	interim.Type, interim.Event, interim.Duration, interim.Input, interim.Output = onboarding.AccountingInterim, at(10*time.Minute), 600, 1000, 2000
	stop.Type, stop.Event, stop.Duration, stop.Input, stop.Output, stop.Cause = onboarding.AccountingStop, at(20*time.Minute), 1200, 5000, 5<<32, "User-Request"
	v.set(monday.Add(20 * time.Minute))
	want := []onboarding.Connection{{
		Start: at(0), Stop: at(20 * time.Minute), Duration: 1200, Traffic: 5000 + 5<<32,
		Location: &v.here.Locations[0], Hotspot: &v.here.Locations[0].Hotspots[0], AccessPoint: "apvenue1.example",
		MAC: "02:00:00:00:aa:01", Address: "192.0.2.7", TerminateCause: "User-Request",
	}}
	for i, r := range []onboarding.AccountingRecord{interim, stop, start, interim, stop, start, stop} {
		v.account(r)
		if i < 2 {
			continue
		}
		if d := cmp.Diff(want, v.connections(v.here, anna)); d != "" {
			t.Errorf("after record %d: -want +got\n%s", i, d)
		}
		v.advance(time.Hour) // a replay may come late
	}
	stations, err := v.Stations(ctx, manager(v.here), anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]onboarding.Station{{
		CustomerID: anna.ID, MAC: "02:00:00:00:aa:01", Randomised: true, FirstSeen: *at(0), LastSeen: *at(20 * time.Minute), Connections: 1,
	}}, stations); d != "" {
		t.Errorf("stations: -want +got\n%s", d)
	}
	visits, err := v.store.Visits(ctx, anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(visits) != 1 || !visits[0].Start.Equal(*at(0)) || !visits[0].End.Equal(*at(20 * time.Minute)) || visits[0].Sessions != 1 || !visits[0].Proven {
		t.Errorf("visits: %+v", visits)
	}
	if _, err := v.Accountings(ctx, manager(v.there), anna.ID, 0, ""); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("another organization sees the connections: %v", err)
	}
}

func TestAccountWhose(t *testing.T) {
	v := newVenue(t)
	anna, bert := v.register(v.here, "anna", "secret"), v.register(v.there, "bert", "secret")
	base := v.phone("anna", "")
	for i, c := range []struct {
		name   string
		change func(*onboarding.AccountingRecord)
		anna   int
		bert   int
	}{
		{"by Class", func(*onboarding.AccountingRecord) {}, 1, 0},
		{"by Class among others", func(r *onboarding.AccountingRecord) {
			r.Classes = append([][]byte{[]byte("the controller's own")}, r.Classes...)
		}, 1, 0},
		{"by inner user name: anybody may claim it", func(r *onboarding.AccountingRecord) { r.Classes, r.Username = nil, "anna@venue1.example" }, 0, 0},
		{"by the user name that we issued", func(r *onboarding.AccountingRecord) { r.Classes, r.Username = nil, v.issued("anna") }, 1, 0},
		{"by outer identity: nobody", func(r *onboarding.AccountingRecord) { r.Classes = nil }, 0, 0},
		{"a forged Class", func(r *onboarding.AccountingRecord) {
			r.Classes = [][]byte{append(bytes.Clone(r.Classes[0][:len(r.Classes[0])-1]), '!')}
		}, 0, 0},
		{"a cut Class", func(r *onboarding.AccountingRecord) { r.Classes = [][]byte{r.Classes[0][:20]} }, 0, 0},
		{"the Class counts more than the name", func(r *onboarding.AccountingRecord) { r.Username = "bert" }, 1, 0},
		{"another's access point", func(r *onboarding.AccountingRecord) {
			r.AccessPoint = onboarding.AccessPointClaim{Client: testID("hotspot", 2)}
		}, 0, 0},
		{"another's access point, by name", func(r *onboarding.AccountingRecord) {
			r.Classes, r.Username, r.AccessPoint = nil, v.issued("bert"), onboarding.AccessPointClaim{NASIdentifier: "apvenue2.example"}
		}, 0, 1},
		{"an unknown access point", func(r *onboarding.AccountingRecord) {
			r.AccessPoint = onboarding.AccessPointClaim{NASIdentifier: "new", CalledStation: "02-00-00-00-77-01"}
		}, 1, 0},
	} {
		before := [2]int{len(v.connections(v.here, anna)), len(v.connections(v.there, bert))}
		r := base
		r.UniqueID = fmt.Sprint("u", i)
		c.change(&r)
		v.account(r)
		if _, err := v.store.Session(t.Context(), r.UniqueID); err != nil {
			t.Errorf("%s: the session is not kept: %v", c.name, err)
		}
		after := [2]int{len(v.connections(v.here, anna)), len(v.connections(v.there, bert))}
		if after[0]-before[0] != c.anna || after[1]-before[1] != c.bert {
			t.Errorf("%s: anna has %d more connections, bert %d", c.name, after[0]-before[0], after[1]-before[1])
		}
	}
}

func TestAccountWhere(t *testing.T) {
	v := newVenue(t)
	anna := v.register(v.here, "anna", "secret")
	base := v.phone("anna", "")
	for i, c := range []struct {
		name  string
		claim onboarding.AccessPointClaim
		want  string // location/hotspot, by name
	}{
		{"client entry", onboarding.AccessPointClaim{Client: testID("own", 1), NASIdentifier: "tree.example"}, "Hall/Own"},
		{"NAS-Identifier", onboarding.AccessPointClaim{NASIdentifier: "tree.example"}, "Garden/Tree"},
		{"BSSID before NAS-Identifier", onboarding.AccessPointClaim{NASIdentifier: "tree.example", CalledStation: "020000000101:venue"}, "Hall/Door"},
		{"an unknown BSSID", onboarding.AccessPointClaim{NASIdentifier: "tree.example", CalledStation: "02000000ffff:venue"}, "Garden/Tree"},
		{"only claimed", onboarding.AccessPointClaim{NASIdentifier: "own.example"}, "/"},
	} {
		r := base
		r.UniqueID, r.AccessPoint, r.Event = fmt.Sprint("u", i), c.claim, at(time.Duration(i)*time.Minute)
		v.set(*r.Event)
		v.account(r)
		latest := v.connections(v.here, anna)[0]
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
	v := newVenue(t)
	anna := v.register(v.here, "anna", "secret", profiled)
	session := func(unique string, begun time.Duration) onboarding.AccountingRecord {
		r := v.phone("anna", unique)
		r.Event = at(begun)
		return r
	}
	open, other, stopped := session("open", 0), session("other", 0), session("stopped", time.Minute)
	other.AccessPoint.NASIdentifier, other.AccessPoint.CalledStation = "tree.example", ""
	v.set(*at(time.Hour))
	for _, r := range []onboarding.AccountingRecord{open, other, stopped} {
		v.account(r)
	}
	stopped.Type, stopped.Event, stopped.Duration, stopped.Cause = onboarding.AccountingStop, at(2*time.Minute), 60, "Idle-Timeout"
	v.account(stopped)
	restart := onboarding.AccountingRecord{Type: onboarding.AccountingOn, AccessPoint: open.AccessPoint, Event: at(-40 * 365 * 24 * time.Hour), Received: at(30 * time.Minute)}
	for range 2 {
		v.account(restart)
	}
	late := session("late", 20*time.Minute) // began before the restart, told after it
	late.Received = at(20 * time.Minute)
	v.account(late)
	after := session("after", 31*time.Minute)
	v.account(after)

	check := func(unique, cause string, stop *time.Time, duration int64) {
		t.Helper()
		s, err := v.store.Session(t.Context(), unique)
		if err != nil {
			t.Fatal(err)
		}
		if s.TerminateCause() != cause || !cmp.Equal(s.Stop(), stop) || s.Seconds() != duration {
			t.Errorf("%s: %q at %v after %d s; want %q at %v after %d s", unique, s.TerminateCause(), s.Stop(), s.Seconds(), cause, stop, duration)
		}
	}
	check("open", onboarding.CauseRestart, at(30*time.Minute), 1800)
	check("other", "", nil, 0)
	check("stopped", "Idle-Timeout", at(2*time.Minute), 60)
	check("late", onboarding.CauseRestart, at(30*time.Minute), 600)
	check("after", "", nil, 0)

	// It was not gone after all: what is heard of it later counts more.
	open.Type, open.Event, open.Duration = onboarding.AccountingInterim, at(40*time.Minute), 2400
	v.account(open)
	check("open", "", nil, 2400)
	if n := len(v.connections(v.here, anna)); n != 5 {
		t.Errorf("%d connections", n)
	}
}

func TestAccountOfOneWhoRefused(t *testing.T) {
	v := newVenue(t)
	bea := v.register(v.here, "bea", "secret", refusing)
	start := v.phone("bea", "u1")
	v.account(start)
	s, err := v.store.Session(t.Context(), "u1")
	if err != nil || s.MAC != "" || s.Address != "" || s.CustomerID != bea.ID {
		t.Errorf("while connected: %+v, %v", s, err) // a Disconnect-Request needs to find it
	}
	start.Type, start.Duration = onboarding.AccountingStop, 60
	v.account(start)
	start.Type = onboarding.AccountingStart
	v.account(start)
	s, err = v.store.Session(t.Context(), "u1")
	if err != nil || s.MAC != "" || s.CustomerID != "" || s.SessionID != "" || s.CallingStation != "" || s.Duration != 60 {
		t.Errorf("afterwards: %+v, %v", s, err)
	}
	if stations, err := v.Stations(t.Context(), manager(v.here), bea.ID); err != nil || len(stations) != 0 {
		t.Errorf("devices: %v, %v", stations, err)
	}
	if visits, err := v.store.Visits(t.Context(), bea.ID); err != nil || len(visits) != 0 {
		t.Errorf("visits: %v, %v", visits, err)
	}
}

func TestBadAccounting(t *testing.T) {
	v := newVenue(t)
	anna := v.register(v.here, "anna", "secret")
	for _, unique := range []string{"", "\x00", "\xff", string(bytes.Repeat([]byte("u"), 254))} {
		r := v.phone("anna", unique)
		if err := v.Account(t.Context(), &r); onboarding.KindOf(err) != onboarding.Invalid {
			t.Errorf("Acct-Unique-Session-Id %.10q: %v", unique, err)
		}
	}
	r := v.phone("anna", "u1")
	r.CallingStation, r.Address, r.SessionID, r.Username = "\x00", "\xff", string(bytes.Repeat([]byte("s"), 1<<20)), "%{x}\n\x00"
	r.AccessPoint.NASIdentifier, r.AccessPoint.CalledStation = "\x00", "\xff\x00"
	v.account(r)
	r.Type = "Tunnel-Start"
	v.account(r)
	got := v.connections(v.here, anna)
	if len(got) != 1 || got[0].MAC != "" || got[0].Address != "" {
		t.Errorf("connections: %+v", got)
	}
}

// TestVisitsOfShuffledSessions compares the visits that records leave, whatever their order, with the runs that the finished sessions form.
func TestVisitsOfShuffledSessions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := newVenue(t)
		anna := v.register(v.here, "anna", "secret", profiled)
		phone := v.phone("anna", "")
		type record = onboarding.AccountingRecord
		var records []record
		n := rapid.IntRange(1, 7).Draw(rt, "sessions")
		for i := range n {
			begun := time.Duration(rapid.IntRange(0, 10*60).Draw(rt, "begun")) * time.Minute
			length := time.Duration(rapid.IntRange(0, 4*60).Draw(rt, "length")) * time.Minute
			start := phone
			start.UniqueID, start.Event = fmt.Sprint("u", i), at(begun)
			stop := start
			stop.Type, stop.Event = onboarding.AccountingStop, at(begun+length)
			stop.Duration = int64(length/time.Second) + int64(rapid.IntRange(0, 3).Draw(rt, "rounding"))
			records = append(records, start, stop)
			if rapid.Bool().Draw(rt, "interim") {
				middle := start
				middle.Type, middle.Event, middle.Duration = onboarding.AccountingInterim, at(begun+length/2), int64(length/time.Second)/2
				records = append(records, middle)
			}
		}
		v.set(*at(24 * time.Hour))
		for _, r := range rapid.Permutation(records).Draw(rt, "order") {
			v.account(r)
		}
		type bounds struct {
			start, end time.Time
			sessions   int
		}
		var want []bounds
		sessions, err := v.store.SessionsAt(t.Context(), anna.ID, v.here.Locations[0].ID, monday.Add(-time.Hour), monday.Add(24*time.Hour))
		if err != nil || len(sessions) != n {
			rt.Fatalf("%d of %d sessions, %v", len(sessions), n, err)
		}
		first, last := sessions[0].Start(), sessions[0].Seen()
		for i, s := range sessions { // they come in the order of their beginning
			if k := len(want); i == 0 || s.Start().Sub(want[k-1].end) >= v.here.VisitGap {
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
		visits, err := v.store.Visits(t.Context(), anna.ID)
		if err != nil {
			rt.Fatal(err)
		}
		var got []bounds
		for _, visit := range visits {
			got = append(got, bounds{visit.Start, visit.End, visit.Sessions})
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(bounds{})); d != "" {
			rt.Fatalf("visits: -want +got\n%s", d)
		}
		stations, err := v.Stations(t.Context(), manager(v.here), anna.ID)
		if err != nil || len(stations) != 1 || stations[0].Connections != int64(n) || !stations[0].FirstSeen.Equal(first) || !stations[0].LastSeen.Equal(last) {
			rt.Fatalf("stations: %+v, %v; want %d connections from %v to %v", stations, err, n, first, last)
		}
	})
}
