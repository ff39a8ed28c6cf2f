package storetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
)

var connectionParts = []part{
	{"Connections", testConnections},
	{"ConnectionPages", testConnectionPages},
	{"ConnectionQueries", testConnectionQueries},
	{"ReadAhead", testReadAhead},
	{"ConnectionRace", testConnectionRace},
	{"DeletedCustomersConnections", testDeletedCustomersConnections},
}

// newConnection is an open connection that began at noon.
func newConnection(customerID string) *onboarding.Connection {
	id := onboarding.NewID()
	return &onboarding.Connection{
		UniqueID: id, Key: id, CustomerID: customerID, AccessPoint: "nas 1", LocationID: "l1",
		Started: ptr(noon.UTC()), Implied: noon.UTC(), Progress: onboarding.Progress{At: noon.UTC()},
	}
}

func newFullConnection() *onboarding.Connection {
	return &onboarding.Connection{
		UniqueID:       "u-é\\'\"",
		Key:            "key",
		OrganizationID: "o1",
		HostID:         "o2",
		NASAddress:     "192.0.2.1",
		CustomerID:     "c1",
		LocationID:     "l1",
		HotspotID:      "h1",
		AccessPoint:    "nas 1",
		Proven:         true,
		SessionID:      "00000001",
		CallingStation: "02-00-00-00-00-0A",
		NASIdentifier:  "1",
		MAC:            "02:00:00:00:00:0a",
		Address:        "2001:db8::1",
		SSID:           "Café 📶",
		Started:        ptr(noon.UTC()), Implied: noon.Add(-time.Second).UTC(),
		Progress: onboarding.Progress{Duration: 60, Octets: 5 << 32, Event: noon.UnixMicro(),
			At: noon.Add(time.Minute).UTC()},
		Duration: 60, Input: 4 << 32, Output: 1 << 32,
		Reported: &onboarding.Stop{Cause: "User-Request", Progress: onboarding.Progress{Duration: 59, Octets: 1,
			Event: 2, At: noon.Add(time.Minute).UTC()}},
		Restart: ptr(noon.Add(time.Hour).UTC()),
		Evidence: onboarding.ConnectionEvidence{
			Counted: 5, Loose: true, StartReceived: 6, Clock: 7, ClockEnd: 8,
			Owner: onboarding.Progress{At: noon.UTC()}, Address: onboarding.Progress{Duration: 1, Octets: 2, Event: 3},
		},
	}
}

// testConnections checks that a connection is stored with every field and replaced as a whole.
func testConnections(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	full := newFullConnection()
	bare := &onboarding.Connection{UniqueID: "bare", Key: "bare", AccessPoint: "mac ", Implied: noon.UTC(),
		Progress: onboarding.Progress{At: noon.UTC()}, Anonymous: true}
	for _, session := range []*onboarding.Connection{full, bare} {
		for range 2 { // again replaces it with the same
			write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutConnection(ctx, session) })
		}
		equal(t, session.UniqueID, must(s.Connection(ctx, session.UniqueID))(t), session)
	}
	changed := *bare
	changed.UniqueID = full.UniqueID
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutConnection(ctx, &changed) })
	equal(t, "replaced", must(s.Connection(ctx, full.UniqueID))(t), &changed)
	_, err := s.Connection(ctx, strings.ToUpper(full.UniqueID))
	notFound(t, "another session", err)
}

// testConnectionPages checks that the pages of a customer contain each connection once, newest
// first.
func testConnectionPages(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	var want []string
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		want = nil
		for i := range 7 {
			one := newConnection("c1")
			one.UniqueID = string(rune('a'+i)) + "-session"
			one.Key = one.UniqueID
			begun := noon.Add(time.Duration(i/3) * time.Hour).UTC() // some begin at the same instant
			one.Started, one.Implied, one.Progress.At = &begun, begun, begun
			want = append([]string{one.UniqueID}, want...)
			if err := tx.PutConnection(ctx, one); err != nil {
				return err
			}
		}
		return tx.PutConnection(ctx, newConnection("c2"))
	})
	var got []string
	q := onboarding.ConnectionQuery{CustomerID: "c1", Limit: 2}
	for {
		page := must(s.Connections(ctx, q))(t)
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

// testConnectionQueries checks the queries for open, located, restarted and expired connections.
func testConnectionQueries(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, k := storedWithCredential(t, s, nil)
	open, stopped, restarted, elsewhere := newConnection(c.ID), newConnection(c.ID), newConnection(c.ID),
		newConnection(c.ID)
	stopped.Reported = &onboarding.Stop{Progress: onboarding.Progress{At: noon.Add(time.Hour).UTC()}}
	restarted.Restart = ptr(noon.Add(time.Hour).UTC())
	elsewhere.AccessPoint, elsewhere.LocationID = "nas 2", "l2"
	open.OrganizationID = c.OrganizationID
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, one := range []*onboarding.Connection{open, stopped, restarted, elsewhere} {
			if err := tx.PutConnection(ctx, one); err != nil {
				return err
			}
		}
		return nil
	})
	same := func(what string, got []*onboarding.Connection, err error, want ...*onboarding.Connection) {
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
	got, err := s.OpenConnections(ctx, c.ID)
	same("open", got, err, open, elsewhere)
	equal(t, "open ones counted", must(s.CountOpenConnections(ctx, noon, 10))(t), 2)
	equal(t, "open ones counted, up to one", must(s.CountOpenConnections(ctx, noon, 1))(t), 1)
	equal(t, "open ones that began later", must(s.CountOpenConnections(ctx, noon.Add(time.Microsecond), 10))(t), 0)
	connected := func(organizationID string, since time.Time, most int) int {
		return must(s.CountConnected(ctx, organizationID, since, most))(t)
	}
	equal(t, "connected people", connected(c.OrganizationID, noon, 10), 1)
	equal(t, "connected since later", connected(c.OrganizationID, noon.Add(time.Microsecond), 10), 0)
	equal(t, "connected people of nobody", connected(onboarding.NewID(), noon, 10), 0)
	equal(t, "connected people within none", connected(c.OrganizationID, noon, 0), 0)
	got, err = s.ConnectionsAt(ctx, c.ID, "l1", noon, noon)
	same("at the location", got, err, open, stopped, restarted)
	got, err = s.ConnectionsAt(ctx, c.ID, "l1", noon.Add(time.Microsecond), noon.Add(time.Hour))
	same("at the location, later", got, err)
	got, err = s.ConnectionsBefore(ctx, onboarding.Restarting{AccessPoints: [2]string{"nas 1", "nas 1"}},
		noon.Add(2*time.Hour), 10)
	same("before a restart", got, err, open)
	got, err = s.ConnectionsBefore(ctx, onboarding.Restarting{AccessPoints: [2]string{"nas 1", "nas 1"}},
		noon.Add(30*time.Minute), 10)
	same("before an earlier restart", got, err, open, restarted)
	got, err = s.ConnectionsBefore(ctx, onboarding.Restarting{AccessPoints: [2]string{"nas 1", "nas 1"}},
		noon.Add(-time.Microsecond), 10)
	same("before they began", got, err)

	past := func() ([]*onboarding.Connection, error) {
		return s.ConnectionsPastExpiry(ctx, k.Expires.Add(-time.Hour), k.Expires, "expired", 10)
	}
	got, err = past()
	same("past expiry", got, err, open, elsewhere)
	got, err = s.ConnectionsPastExpiry(ctx, k.Expires.Add(-time.Hour), k.Expires.Add(-time.Microsecond), "expired", 10)
	same("before expiry", got, err)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.InsertDisconnect(ctx, newDisconnect(open, "expired"))
	})
	got, err = past()
	same("past expiry, one ordered", got, err, elsewhere)
}

// testConnectionRace checks that concurrent transactions which read a missing connection and then
// write it each see the write of the one before.
func testConnectionRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	first := newConnection("c1")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := s.Write(ctx, func(tx onboarding.Tx) error {
				is, err := tx.Connection(ctx, first.UniqueID)
				if onboarding.KindOf(err) == onboarding.NotFound {
					fresh := *first
					is, err = &fresh, nil
				}
				if err != nil {
					return err
				}
				is.Duration++
				return tx.PutConnection(ctx, is)
			})
			if err != nil {
				t.Errorf("Write: %v", err)
			}
		})
	}
	wg.Wait()
	equal(t, "increments", must(s.Connection(ctx, first.UniqueID))(t).Duration, int64(8))
}

// testDeletedCustomersConnections checks that DeleteCustomer keeps the customer's connections
// without any link to the person, and deletes visits and stations.
func testDeletedCustomersConnections(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, _ := storedWithCredential(t, s, nil)
	session := newFullConnection()
	session.CustomerID = c.ID
	other := newConnection("c2")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, one := range []*onboarding.Connection{session, other} {
			if err := tx.PutConnection(ctx, one); err != nil {
				return err
			}
		}
		if err := tx.PutVisit(ctx, newVisit(c.ID, noon, noon.Add(time.Hour))); err != nil {
			return err
		}
		return tx.PutStation(ctx, &onboarding.Station{CustomerID: c.ID, MAC: session.MAC, FirstSeen: noon,
			LastSeen: noon, Connections: 1})
	})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.DeleteCustomer(ctx, c.OrganizationID, c.ID, onboarding.NewID())
	})
	want := *session
	want.CustomerID, want.SessionID, want.CallingStation, want.MAC, want.Address = "", "", "", "", ""
	want.Anonymous, want.Proven = true, false
	equal(t, "forgotten", must(s.Connection(ctx, session.UniqueID))(t), &want)
	equal(t, "another's", must(s.Connection(ctx, other.UniqueID))(t), other)
	equal(t, "visits", len(must(s.Visits(ctx, c.ID))(t)), 0)
	equal(t, "stations", len(must(s.Stations(ctx, c.ID))(t)), 0)
}

var stationParts = []part{{"Stations", testStations}}

// testStations checks that a station's times widen and its connections add up, and that
// TightenStation recomputes both.
func testStations(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	put := func(mac string, first, last time.Duration, connections int64) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutStation(ctx, &onboarding.Station{
				CustomerID:  c.ID,
				MAC:         mac,
				Randomised:  mac[1] == '2',
				FirstSeen:   noon.Add(first),
				LastSeen:    noon.Add(last),
				Connections: connections,
			})
		})
	}
	put("02:00:00:00:00:01", time.Hour, 2*time.Hour, 1)
	put("02:00:00:00:00:01", 0, time.Hour, 1)
	put("02:00:00:00:00:01", time.Hour, 3*time.Hour, 0)
	put("00:00:00:00:00:02", 0, 4*time.Hour, 1)
	station := onboarding.Station{
		CustomerID:  c.ID,
		MAC:         "02:00:00:00:00:01",
		Randomised:  true,
		FirstSeen:   noon.UTC(),
		LastSeen:    noon.Add(3 * time.Hour).UTC(),
		Connections: 2,
	}
	other := onboarding.Station{CustomerID: c.ID, MAC: "00:00:00:00:00:02", FirstSeen: noon.UTC(),
		LastSeen: noon.Add(4 * time.Hour).UTC(), Connections: 1}
	equal(t, "stations", must(s.Stations(ctx, c.ID))(t), []onboarding.Station{other, station})

	session := newConnection(c.ID)
	session.MAC, session.Progress.At = station.MAC, noon.Add(time.Minute).UTC()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.TightenStation(ctx, c.ID, other.MAC); err != nil { // no session: it goes
			return err
		}
		if err := tx.PutConnection(ctx, session); err != nil {
			return err
		}
		return tx.TightenStation(ctx, c.ID, station.MAC)
	})
	station.LastSeen, station.Connections = session.Progress.At, 1
	equal(t, "tightened", must(s.Stations(ctx, c.ID))(t), []onboarding.Station{station})
}

// testReadAhead checks that reads return the same after ReadAhead as without it, and once only: a
// repeated read returns the rows that the transaction has written meanwhile.
func testReadAhead(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := newOrganization()
	c, _ := storedWithCredential(t, s, func(c *onboarding.Customer, k *onboarding.Credential) {
		c.OrganizationID, k.OrganizationID = o.ID, o.ID
	})
	one, tally := newFullConnection(), newTally(c)
	one.CustomerID, one.OrganizationID, one.Key, one.UniqueID = c.ID, o.ID, "ahead", "ahead"
	names, restart := [2]string{"nas ahead", "address 192.0.2.7"}, noon.Add(time.Hour).UTC()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return errors.Join(tx.PutOrganization(ctx, o), tx.PutConnection(ctx, one), tx.PutTally(ctx, tally),
			tx.PutRestart(ctx, names[1], restart))
	})
	login := must(s.LoginByID(ctx, c.ID))(t)
	reads := &onboarding.RecordReads{
		Key: one.Key, At: noon.Add(time.Hour), CustomerID: c.ID, OrganizationID: o.ID, AccessPoints: names,
		RestartFrom: noon,
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.ReadAhead(ctx, reads); err != nil {
			return err
		}
		equal(t, "connections", must(tx.ConnectionsOfKey(ctx, reads.Key, reads.At))(t), []*onboarding.Connection{one})
		equal(t, "login", must(tx.LoginByID(ctx, c.ID))(t), login)
		equal(t, "metrics", must(tx.MetricsOf(ctx, []string{c.ID}))(t), map[string]*onboarding.Tally{c.ID: tally})
		equal(t, "organization", must(tx.Organization(ctx, o.ID))(t).Name, o.Name)
		equal(t, "restart", must(tx.FirstRestart(ctx, names, noon))(t), restart)
		one.Address, tally.Visits = "192.0.2.9", 8
		if err := errors.Join(tx.PutConnection(ctx, one), tx.PutTally(ctx, tally)); err != nil {
			return err
		}
		equal(t, "changed connections", must(tx.ConnectionsOfKey(ctx, reads.Key, reads.At))(t),
			[]*onboarding.Connection{one})
		equal(t, "changed metrics", must(tx.MetricsOf(ctx, []string{c.ID}))(t),
			map[string]*onboarding.Tally{c.ID: tally})
		return nil
	})
	missing := &onboarding.RecordReads{
		Key: "none", At: noon, CustomerID: onboarding.NewID(), OrganizationID: onboarding.NewID(),
		AccessPoints: names, RestartFrom: restart.Add(time.Second),
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.ReadAhead(ctx, missing); err != nil {
			return err
		}
		equal(t, "no connections", len(must(tx.ConnectionsOfKey(ctx, "none", noon))(t)), 0)
		_, login := tx.LoginByID(ctx, missing.CustomerID)
		_, organization := tx.Organization(ctx, missing.OrganizationID)
		_, restart := tx.FirstRestart(ctx, names, missing.RestartFrom)
		for what, err := range map[string]error{"login": login, "organization": organization, "restart": restart} {
			if !errors.Is(err, onboarding.ErrNotFound) {
				t.Errorf("no %s: %v", what, err)
			}
		}
		equal(t, "other arguments", must(tx.ConnectionsOfKey(ctx, reads.Key, noon))(t), []*onboarding.Connection{one})
		return nil
	})
}
