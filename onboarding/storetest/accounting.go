package storetest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
)

// accountingParts are the obligations of the RADIUS side.
var accountingParts = []part{
	{"Logins", testLogins},
	{"LoginFailures", testLoginFailures},
	{"Hotspots", testHotspots},
	{"AccessPoints", testAccessPoints},
	{"Restarts", testRestarts},
	{"Sessions", testSessions},
	{"SessionPages", testSessionPages},
	{"SessionQueries", testSessionQueries},
	{"SessionRace", testSessionRace},
	{"ForgetSessions", testForgetSessions},
	{"Visits", testVisits},
	{"Stations", testStations},
	{"Disconnects", testDisconnects},
	{"DisconnectRace", testDisconnectRace},
}

// storedWithCredential inserts a customer who can authenticate.
func storedWithCredential(t *testing.T, s onboarding.Store, change func(*onboarding.Customer, *onboarding.Credential)) (*onboarding.Customer, *onboarding.Credential) {
	t.Helper()
	c := newCustomer(onboarding.NewID())
	k := newCredential(c)
	if change != nil {
		change(c, k)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return err
		}
		return tx.InsertCredential(ctx, k)
	})
	return c, k
}

func testLogins(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, k := storedWithCredential(t, s, func(c *onboarding.Customer, k *onboarding.Credential) {
		c.Username, k.Username = "José", "José"
		c.Profiling, c.PPD, c.Locked = ptr(true), ptr(true), true
	})
	want := &onboarding.Login{
		CustomerID: c.ID, OrganizationID: c.OrganizationID, Locked: true, Profiled: true, Password: k.Password, Expires: k.Expires,
		Registered: c.Created, CredentialCreated: k.Created,
	}
	equal(t, "by user name", must(s.LoginByUsername(ctx, "José"))(t), want)
	equal(t, "by ID", must(s.LoginByID(ctx, c.ID))(t), want)
	for _, other := range []string{"josé", "José ", "Jose", "JOSÉ", "Jose\u0301", ""} {
		_, err := s.LoginByUsername(ctx, other)
		notFound(t, other, err)
	}
	_, err := s.LoginByID(ctx, onboarding.NewID())
	notFound(t, "another ID", err)

	for _, hours := range []int{2, 5, 1} { // the last one moves forward only
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.CountLogin(ctx, c.ID, noon.Add(time.Duration(hours)*time.Hour))
		})
	}
	kept := must(s.CustomerAnywhere(ctx, c.ID))(t)
	equal(t, "logins", kept.Logins, int64(3))
	equal(t, "last login", kept.LastLogin, ptr(noon.Add(5*time.Hour).UTC()))

	minimised, _ := storedWithCredential(t, s, func(c *onboarding.Customer, _ *onboarding.Credential) { c.PPD = ptr(false) })
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.CountLogin(ctx, minimised.ID, noon) })
	kept = must(s.CustomerAnywhere(ctx, minimised.ID))(t)
	if kept.Logins != 0 || kept.LastLogin != nil {
		t.Errorf("logins of a customer who refused the processing: %d, %v", kept.Logins, kept.LastLogin)
	}
	if !must(s.LoginByID(ctx, minimised.ID))(t).Minimised {
		t.Error("a customer with ppd false is not minimised")
	}
}

func testLoginFailures(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	wrong := onboarding.LoginFailure{OrganizationID: "o1", HotspotID: "h1", AccessPoint: "nas 1", Reason: onboarding.ReasonWrongPassword}
	unknown := onboarding.LoginFailure{AccessPoint: "nas 2", Reason: onboarding.ReasonUnknownUser}
	hour := noon.UTC().Truncate(time.Hour)
	for _, at := range []time.Time{noon, noon.Add(time.Minute), noon.Add(-time.Microsecond), noon.Add(time.Hour)} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.CountFailure(ctx, wrong, at) })
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.CountFailure(ctx, unknown, noon) })
	equal(t, "of the organization", must(s.Failures(ctx, "o1", noon, 10))(t), []onboarding.FailureCount{
		{LoginFailure: wrong, Hour: hour.Add(time.Hour), Count: 1, Last: noon.Add(time.Hour).UTC()},
		{LoginFailure: wrong, Hour: hour, Count: 3, Last: noon.Add(time.Minute).UTC()},
	})
	equal(t, "at unknown places", must(s.Failures(ctx, "", noon, 10))(t), []onboarding.FailureCount{
		{LoginFailure: unknown, Hour: hour, Count: 1, Last: noon.UTC()},
	})
	equal(t, "limited", len(must(s.Failures(ctx, "o1", noon, 1))(t)), 1)
	equal(t, "later", len(must(s.Failures(ctx, "o1", noon.Add(time.Hour), 10))(t)), 1)
}

func testHotspots(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := newOrganization()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) })
	door, hall := o.Locations[0].Hotspots[0], o.Locations[0].Hotspots[1]
	doorRef := onboarding.HotspotRef{ID: door.ID, OrganizationID: o.ID, LocationID: o.Locations[0].ID, MAC: door.MAC, NASIdentifier: door.NASIdentifier}
	hallRef := onboarding.HotspotRef{ID: hall.ID, OrganizationID: o.ID, LocationID: o.Locations[0].ID, Address: hall.Address, HasSecret: true}
	equal(t, "by ID", must(s.Hotspot(ctx, hall.ID))(t), &hallRef)
	_, err := s.Hotspot(ctx, "none")
	notFound(t, "another ID", err)
	for _, c := range []struct {
		name, mac, nas, address string
		want                    []onboarding.HotspotRef
	}{
		{"nothing", "", "", "", nil},
		{"mac", door.MAC, "", "", []onboarding.HotspotRef{doorRef}},
		{"nas", "", door.NASIdentifier, "", []onboarding.HotspotRef{doorRef}},
		{"nas in another case", "", strings.ToUpper(door.NASIdentifier), "", nil},
		{"address", "", "", hall.Address, []onboarding.HotspotRef{hallRef}},
		{"both of one", door.MAC, door.NASIdentifier, "", []onboarding.HotspotRef{doorRef}},
		{"two", door.MAC, "", hall.Address, []onboarding.HotspotRef{doorRef, hallRef}},
	} {
		equal(t, c.name, must(s.HotspotsClaimed(ctx, c.mac, c.nas, c.address))(t), c.want)
	}
}

func testAccessPoints(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	put := func(a onboarding.AccessPoint) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutAccessPoint(ctx, &a) })
	}
	put(onboarding.AccessPoint{Key: "nas a", NASIdentifier: "a", MAC: "02:00:00:00:00:0a", FirstSeen: noon, LastSeen: noon})
	put(onboarding.AccessPoint{Key: "nas b", Address: "192.0.2.1", FirstSeen: noon, LastSeen: noon.Add(time.Hour)})
	put(onboarding.AccessPoint{Key: "nas a", SSID: "guest", FirstSeen: noon.Add(2 * time.Hour), LastSeen: noon.Add(2 * time.Hour)})
	put(onboarding.AccessPoint{Key: "nas a", SSID: "old", FirstSeen: noon, LastSeen: noon}) // late
	want := []onboarding.AccessPoint{
		{Key: "nas a", NASIdentifier: "a", MAC: "02:00:00:00:00:0a", SSID: "guest", FirstSeen: noon.UTC(), LastSeen: noon.Add(2 * time.Hour).UTC()},
		{Key: "nas b", Address: "192.0.2.1", FirstSeen: noon.UTC(), LastSeen: noon.Add(time.Hour).UTC()},
	}
	equal(t, "all", must(s.AccessPoints(ctx, 10))(t), want)
	equal(t, "one", must(s.AccessPoints(ctx, 1))(t), want[:1])
}

func testRestarts(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	for _, at := range []time.Time{noon.Add(time.Hour), noon, noon} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutRestart(ctx, "nas 1", at) })
	}
	for _, c := range []struct{ from, want time.Time }{
		{noon.Add(-time.Hour), noon}, {noon, noon}, {noon.Add(time.Microsecond), noon.Add(time.Hour)},
	} {
		at := must(s.FirstRestart(ctx, [2]string{"nas 1", "address 192.0.2.9"}, c.from))(t)
		equal(t, "first restart", at, c.want)
		utc(t, "first restart", at)
	}
	_, err := s.FirstRestart(ctx, [2]string{"nas 1", "address 192.0.2.9"}, noon.Add(2*time.Hour))
	notFound(t, "after the last", err)
	_, err = s.FirstRestart(ctx, [2]string{"nas 2", "address 192.0.2.9"}, noon)
	notFound(t, "of another", err)
}

// newSession is an open connection that began at noon.
func newSession(customerID string) *onboarding.Session {
	id := onboarding.NewID()
	return &onboarding.Session{
		UniqueID: id, Key: id, CustomerID: customerID, AccessPoint: "nas 1", LocationID: "l1",
		Started: ptr(noon.UTC()), Implied: noon.UTC(), Progress: onboarding.Progress{At: noon.UTC()},
	}
}

func newFullSession() *onboarding.Session {
	return &onboarding.Session{
		UniqueID: "u-é\\'\"", Key: "key", OrganizationID: "o1", HostID: "o2", NASAddress: "192.0.2.1", CustomerID: "c1", LocationID: "l1", HotspotID: "h1", AccessPoint: "nas 1", Proven: true,
		SessionID: "00000001", CallingStation: "02-00-00-00-00-0A", NASIdentifier: "1", MAC: "02:00:00:00:00:0a", Address: "2001:db8::1", SSID: "Café 📶",
		Started: ptr(noon.UTC()), Implied: noon.Add(-time.Second).UTC(),
		Progress: onboarding.Progress{Duration: 60, Octets: 5 << 32, Event: noon.UnixMicro(), At: noon.Add(time.Minute).UTC()},
		Duration: 60, Input: 4 << 32, Output: 1 << 32,
		Reported: &onboarding.Stop{Cause: "User-Request", Progress: onboarding.Progress{Duration: 59, Octets: 1, Event: 2, At: noon.Add(time.Minute).UTC()}},
		Restart:  ptr(noon.Add(time.Hour).UTC()),
		Evidence: onboarding.SessionEvidence{
			Counted: 5, Loose: true, StartReceived: 6, Clock: 7, ClockEnd: 8,
			Owner: onboarding.Progress{At: noon.UTC()}, Address: onboarding.Progress{Duration: 1, Octets: 2, Event: 3},
		},
	}
}

func testSessions(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	full := newFullSession()
	bare := &onboarding.Session{UniqueID: "bare", Key: "bare", AccessPoint: "mac ", Implied: noon.UTC(), Progress: onboarding.Progress{At: noon.UTC()}, Anonymous: true}
	for _, session := range []*onboarding.Session{full, bare} {
		for range 2 { // again replaces it with the same
			write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutSession(ctx, session) })
		}
		equal(t, session.UniqueID, must(s.Session(ctx, session.UniqueID))(t), session)
	}
	changed := *bare
	changed.UniqueID = full.UniqueID
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutSession(ctx, &changed) })
	equal(t, "replaced", must(s.Session(ctx, full.UniqueID))(t), &changed)
	_, err := s.Session(ctx, strings.ToUpper(full.UniqueID))
	notFound(t, "another session", err)
}

func testSessionPages(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	var want []string
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		want = nil
		for i := range 7 {
			one := newSession("c1")
			one.UniqueID = string(rune('a'+i)) + "-session"
			one.Key = one.UniqueID
			begun := noon.Add(time.Duration(i/3) * time.Hour).UTC() // some begin at the same instant
			one.Started, one.Implied, one.Progress.At = &begun, begun, begun
			want = append([]string{one.UniqueID}, want...)
			if err := tx.PutSession(ctx, one); err != nil {
				return err
			}
		}
		return tx.PutSession(ctx, newSession("c2"))
	})
	var got []string
	q := onboarding.SessionQuery{CustomerID: "c1", Limit: 2}
	for {
		page := must(s.Sessions(ctx, q))(t)
		if len(page) == 0 {
			break
		}
		for _, one := range page {
			got = append(got, one.UniqueID)
			q.Start, q.UniqueID = one.Start(), one.UniqueID
		}
	}
	equal(t, "all pages", got, want)
}

func testSessionQueries(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, k := storedWithCredential(t, s, nil)
	open, stopped, restarted, elsewhere := newSession(c.ID), newSession(c.ID), newSession(c.ID), newSession(c.ID)
	stopped.Reported = &onboarding.Stop{Progress: onboarding.Progress{At: noon.Add(time.Hour).UTC()}}
	restarted.Restart = ptr(noon.Add(time.Hour).UTC())
	elsewhere.AccessPoint, elsewhere.LocationID = "nas 2", "l2"
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, one := range []*onboarding.Session{open, stopped, restarted, elsewhere} {
			if err := tx.PutSession(ctx, one); err != nil {
				return err
			}
		}
		return nil
	})
	same := func(what string, got []*onboarding.Session, err error, want ...*onboarding.Session) {
		t.Helper()
		ids := map[string]bool{}
		for _, one := range must(got, err)(t) {
			ids[one.UniqueID] = true
		}
		all := map[string]bool{}
		for _, one := range want {
			all[one.UniqueID] = true
		}
		equal(t, what, ids, all)
	}
	got, err := s.OpenSessions(ctx, c.ID)
	same("open", got, err, open, elsewhere)
	got, err = s.SessionsAt(ctx, c.ID, "l1", noon, noon)
	same("at the location", got, err, open, stopped, restarted)
	got, err = s.SessionsAt(ctx, c.ID, "l1", noon.Add(time.Microsecond), noon.Add(time.Hour))
	same("at the location, later", got, err)
	got, err = s.SessionsBefore(ctx, onboarding.Restarting{AccessPoints: [2]string{"nas 1", "nas 1"}}, noon.Add(2*time.Hour), 10)
	same("before a restart", got, err, open)
	got, err = s.SessionsBefore(ctx, onboarding.Restarting{AccessPoints: [2]string{"nas 1", "nas 1"}}, noon.Add(30*time.Minute), 10)
	same("before an earlier restart", got, err, open, restarted)
	got, err = s.SessionsBefore(ctx, onboarding.Restarting{AccessPoints: [2]string{"nas 1", "nas 1"}}, noon.Add(-time.Microsecond), 10)
	same("before they began", got, err)

	past := func() ([]*onboarding.Session, error) {
		return s.SessionsPastExpiry(ctx, k.Expires.Add(-time.Hour), k.Expires, "expired", 10)
	}
	got, err = past()
	same("past expiry", got, err, open, elsewhere)
	got, err = s.SessionsPastExpiry(ctx, k.Expires.Add(-time.Hour), k.Expires.Add(-time.Microsecond), "expired", 10)
	same("before expiry", got, err)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.InsertDisconnect(ctx, newDisconnect(open, "expired"))
	})
	got, err = past()
	same("past expiry, one ordered", got, err, elsewhere)
}

// testSessionRace has transactions that read a session which is not there yet and then write it: each must see what the one before wrote.
func testSessionRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	first := newSession("c1")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := s.Write(ctx, func(tx onboarding.Tx) error {
				is, err := tx.Session(ctx, first.UniqueID)
				if onboarding.KindOf(err) == onboarding.NotFound {
					fresh := *first
					is, err = &fresh, nil
				}
				if err != nil {
					return err
				}
				is.Duration++
				return tx.PutSession(ctx, is)
			})
			if err != nil {
				t.Errorf("Write: %v", err)
			}
		})
	}
	wg.Wait()
	equal(t, "increments", must(s.Session(ctx, first.UniqueID))(t).Duration, int64(8))
}

func testForgetSessions(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, _ := storedWithCredential(t, s, nil)
	session := newFullSession()
	session.CustomerID = c.ID
	other := newSession("c2")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, one := range []*onboarding.Session{session, other} {
			if err := tx.PutSession(ctx, one); err != nil {
				return err
			}
		}
		if err := tx.PutVisit(ctx, newVisit(c.ID, noon, noon.Add(time.Hour))); err != nil {
			return err
		}
		return tx.PutStation(ctx, &onboarding.Station{CustomerID: c.ID, MAC: session.MAC, FirstSeen: noon, LastSeen: noon, Connections: 1})
	})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.ForgetSessions(ctx, c.ID) })
	want := *session
	want.CustomerID, want.SessionID, want.CallingStation, want.MAC, want.Address = "", "", "", "", ""
	want.Anonymous, want.Proven = true, false
	equal(t, "forgotten", must(s.Session(ctx, session.UniqueID))(t), &want)
	equal(t, "another's", must(s.Session(ctx, other.UniqueID))(t), other)
	equal(t, "visits", len(must(s.Visits(ctx, c.ID))(t)), 0)
	equal(t, "stations", len(must(s.Stations(ctx, c.ID))(t)), 0)
}

func newVisit(customerID string, start, end time.Time) *onboarding.Visit {
	return &onboarding.Visit{
		ID: onboarding.NewID(), OrganizationID: "o1", CustomerID: customerID, LocationID: "l1", HotspotID: "h1",
		Start: start.UTC(), End: end.UTC(), Sessions: 1, Proven: true,
	}
}

func testVisits(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	one, two := newVisit(c.ID, noon, noon.Add(time.Hour)), newVisit(c.ID, noon.Add(5*time.Hour), noon.Add(6*time.Hour))
	elsewhere := newVisit(c.ID, noon, noon.Add(time.Hour))
	elsewhere.LocationID, elsewhere.HotspotID = "l2", ""
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, v := range []*onboarding.Visit{two, one, elsewhere} {
			if err := tx.PutVisit(ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
	near := func(from, to time.Duration) []onboarding.Visit {
		t.Helper()
		return must(s.VisitsNear(ctx, c.ID, "l1", noon.Add(from), noon.Add(to)))(t)
	}
	equal(t, "both", near(time.Hour, 5*time.Hour), []onboarding.Visit{*one, *two})
	equal(t, "between", near(time.Hour+time.Microsecond, 5*time.Hour-time.Microsecond), []onboarding.Visit{})
	equal(t, "within", near(5*time.Hour+time.Minute, 5*time.Hour+time.Minute), []onboarding.Visit{*two})
	one.Sessions, one.End, one.Proven = 3, noon.Add(2*time.Hour).UTC(), false
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.PutVisit(ctx, one); err != nil {
			return err
		}
		return tx.DeleteVisit(ctx, two.ID)
	})
	equal(t, "all at the location", near(0, 100*time.Hour), []onboarding.Visit{*one})
	equal(t, "all", len(must(s.Visits(ctx, c.ID))(t)), 2)
}

func testStations(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	put := func(mac string, first, last time.Duration, connections int64) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutStation(ctx, &onboarding.Station{
				CustomerID: c.ID, MAC: mac, Randomised: mac[1] == '2', FirstSeen: noon.Add(first), LastSeen: noon.Add(last), Connections: connections,
			})
		})
	}
	put("02:00:00:00:00:01", time.Hour, 2*time.Hour, 1)
	put("02:00:00:00:00:01", 0, time.Hour, 1)
	put("02:00:00:00:00:01", time.Hour, 3*time.Hour, 0)
	put("00:00:00:00:00:02", 0, 4*time.Hour, 1)
	station := onboarding.Station{
		CustomerID: c.ID, MAC: "02:00:00:00:00:01", Randomised: true, FirstSeen: noon.UTC(), LastSeen: noon.Add(3 * time.Hour).UTC(), Connections: 2,
	}
	other := onboarding.Station{CustomerID: c.ID, MAC: "00:00:00:00:00:02", FirstSeen: noon.UTC(), LastSeen: noon.Add(4 * time.Hour).UTC(), Connections: 1}
	equal(t, "stations", must(s.Stations(ctx, c.ID))(t), []onboarding.Station{other, station})

	session := newSession(c.ID)
	session.MAC, session.Progress.At = station.MAC, noon.Add(time.Minute).UTC()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.TightenStation(ctx, c.ID, other.MAC); err != nil { // no session: it goes
			return err
		}
		if err := tx.PutSession(ctx, session); err != nil {
			return err
		}
		return tx.TightenStation(ctx, c.ID, station.MAC)
	})
	station.LastSeen, station.Connections = session.Progress.At, 1
	equal(t, "tightened", must(s.Stations(ctx, c.ID))(t), []onboarding.Station{station})
}

func newDisconnect(session *onboarding.Session, reason string) *onboarding.Disconnect {
	return &onboarding.Disconnect{
		ID: onboarding.NewID(), OrganizationID: "o1", CustomerID: session.CustomerID, UniqueID: session.UniqueID, HotspotID: "h1", Reason: reason,
		SessionID: "s1", CallingStation: "02-00-00-00-00-01", NASIdentifier: "1", Created: noon.UTC(), Due: noon.UTC(),
	}
}

func testDisconnects(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	session := newSession("c1")
	d := newDisconnect(session, "locked")
	insert := func(d *onboarding.Disconnect) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertDisconnect(ctx, d) })
	}
	insert(d)
	insert(newDisconnect(session, "rotated")) // one waits already
	equal(t, "due", must(s.DueDisconnects(ctx, noon, 10))(t), []*onboarding.Disconnect{d})
	equal(t, "due before", len(must(s.DueDisconnects(ctx, noon.Add(-time.Microsecond), 10))(t)), 0)

	claim := func(d *onboarding.Disconnect, until time.Time) (ok bool) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			ok, err = tx.ClaimDisconnect(ctx, d, until)
			return err
		})
		return ok
	}
	if !claim(d, noon.Add(time.Minute)) || claim(d, noon.Add(2*time.Minute)) {
		t.Error("an order is not claimed once")
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.PostponeDisconnect(ctx, d.ID, onboarding.DisconnectUnanswered, noon.Add(time.Hour))
	})
	d.Due, d.Attempts, d.Outcome = noon.Add(time.Hour).UTC(), 1, onboarding.DisconnectUnanswered
	equal(t, "postponed", must(s.Disconnect(ctx, d.ID))(t), d)

	finish := func() error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.FinishDisconnect(ctx, d.ID, onboarding.DisconnectRefused, 503, noon.Add(2*time.Hour))
		})
	}
	if err := finish(); err != nil {
		t.Fatal(err)
	}
	notFound(t, "finished twice", finish())
	d.Outcome, d.ErrorCause, d.Finished = onboarding.DisconnectRefused, 503, ptr(noon.Add(2*time.Hour).UTC())
	d.SessionID, d.CallingStation, d.NASIdentifier = "", "", ""
	equal(t, "finished", must(s.Disconnect(ctx, d.ID))(t), d)
	equal(t, "due after the end", len(must(s.DueDisconnects(ctx, noon.Add(100*time.Hour), 10))(t)), 0)

	next := newDisconnect(session, "rotated")
	next.Created = noon.Add(3 * time.Hour).UTC()
	insert(next)
	equal(t, "history", must(s.Disconnects(ctx, "o1", 10))(t), []*onboarding.Disconnect{next, d})
	equal(t, "another's history", len(must(s.Disconnects(ctx, "o2", 10))(t)), 0)
	_, err := s.Disconnect(ctx, "none")
	notFound(t, "another ID", err)
}

func testDisconnectRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	d := newDisconnect(newSession("c1"), "locked")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertDisconnect(ctx, d) })
	var wg sync.WaitGroup
	claims := make(chan bool, 8)
	for range 8 {
		wg.Go(func() {
			claimed := false
			err := s.Write(ctx, func(tx onboarding.Tx) (err error) {
				claimed, err = tx.ClaimDisconnect(ctx, d, noon.Add(time.Minute))
				return err
			})
			if err != nil {
				t.Errorf("Write: %v", err)
			}
			claims <- claimed
		})
	}
	wg.Wait()
	close(claims)
	n := 0
	for claimed := range claims {
		if claimed {
			n++
		}
	}
	equal(t, "claims", n, 1)
}
