package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"onramp/onboarding"
)

var eventParts = []part{
	{"Events", testEvents},
	{"History", testHistory},
	{"HistoryPages", testHistoryPages},
	{"HistoryOfVisits", testHistoryOfVisits},
	{"HistoryOfConnections", testHistoryOfConnections},
	{"HistoryOfConsent", testHistoryOfConsent},
}

// storedProfiled inserts a customer who agrees to be profiled.
func storedProfiled(t *testing.T, s onboarding.Store, organizationID string) *onboarding.Customer {
	t.Helper()
	c := newCustomer(organizationID)
	c.Profiling, c.PPD = ptr(true), ptr(true)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) })
	return c
}

// newEvent is an event as it comes back; at an unknown location the clock shows UTC.
func newEvent(c *onboarding.Customer, kind onboarding.EventType, at time.Time) onboarding.Event {
	return onboarding.Event{
		ID:             onboarding.NewID(),
		OrganizationID: c.OrganizationID,
		CustomerID:     c.ID,
		Type:           kind,
		At:             at.UTC(),
		Business:       at.UTC(),
	}
}

// testHistory checks every condition of an event query.
func testHistory(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedProfiled(t, s, onboarding.NewID())
	full := newEvent(c, onboarding.EventInstall, noon)
	full.LocationID, full.HotspotID, full.Duration, full.Detail = "l1", "h1", ptr(int64(0)),
		map[string]string{"platform": `"ios"`}
	bare := newEvent(c, onboarding.EventSignup, noon.Add(-time.Microsecond))
	bare.CustomerID = ""
	other := newEvent(c, onboarding.EventConsent, noon)
	other.OrganizationID = onboarding.NewID()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.AppendEvents(ctx, []onboarding.Event{bare, full, other})
	})
	ask := func(change func(*onboarding.EventQuery)) []onboarding.Event {
		t.Helper()
		q := onboarding.EventQuery{OrganizationID: c.OrganizationID, Limit: 10}
		change(&q)
		got := must(s.Events(ctx, q))(t)
		for _, e := range got {
			utc(t, "an event", e.At)
			utc(t, "an event's business time", e.Business)
		}
		return got
	}
	both := []onboarding.Event{full, bare}
	for _, q := range []struct {
		name   string
		change func(*onboarding.EventQuery)
		want   []onboarding.Event
	}{
		{"newest first", func(*onboarding.EventQuery) {}, both},
		{"oldest first", func(q *onboarding.EventQuery) { q.OldestFirst = true }, []onboarding.Event{bare, full}},
		{"the first", func(q *onboarding.EventQuery) { q.Limit = 1 }, both[:1]},
		{"none at all", func(q *onboarding.EventQuery) { q.Limit = 0 }, nil},
		{"one customer's", func(q *onboarding.EventQuery) { q.CustomerID = c.ID }, both[:1]},
		{"one location's customers", func(q *onboarding.EventQuery) { q.CustomersOf = c.LocationID }, both[:1]},
		{"no customers of a location", func(q *onboarding.EventQuery) { q.CustomersOf = "l1" }, nil},
		{"nobody's", func(q *onboarding.EventQuery) { q.CustomerID = "nobody" }, nil},
		{"some types", func(q *onboarding.EventQuery) {
			q.Types = []onboarding.EventType{onboarding.EventSignup, onboarding.EventLogin}
		}, both[1:]},
		{"types of which there is none",
			func(q *onboarding.EventQuery) { q.Types = []onboarding.EventType{onboarding.EventVisit} }, nil},
		{"from", func(q *onboarding.EventQuery) { q.From = ptr(noon) }, both[:1]},
		{"until", func(q *onboarding.EventQuery) { q.To = ptr(noon.Add(-time.Microsecond)) }, both[1:]},
		{"from and until", func(q *onboarding.EventQuery) {
			q.From, q.To = ptr(noon.Add(-time.Microsecond)),
				ptr(noon)
		}, both},
		{"until before from", func(q *onboarding.EventQuery) {
			q.To, q.From = ptr(noon.Add(-time.Microsecond)),
				ptr(noon)
		}, nil},
		{"from by business time", func(q *onboarding.EventQuery) { q.From, q.Order = ptr(noon), onboarding.ByBusiness },
			both[:1]},
	} {
		equal(t, q.name, ask(q.change), q.want)
	}
}

// testHistoryPages checks pages of random queries against a sorted list of all events. The
// locations are in distant time zones whose clocks change on the days in question.
func testHistoryPages(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := newOrganization()
	o.Locations = append(o.Locations, onboarding.Location{ID: onboarding.NewID(), Name: "Kiritimati",
		Timezone: "Pacific/Kiritimati"},
		onboarding.Location{ID: onboarding.NewID(), Name: "Los Angeles", Timezone: "America/Los_Angeles"})
	o.Locations[0].Timezone = "Europe/Rome"
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) })
	customers := []*onboarding.Customer{storedProfiled(t, s, o.ID), storedProfiled(t, s, o.ID)}
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC) // Rome's clock goes back at 01:00 UTC on the 25th
	var all []onboarding.Event
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		all = nil
		for range 300 {
			c, location := customers[random.IntN(2)], &o.Locations[random.IntN(len(o.Locations))]
			e := newEvent(c, []onboarding.EventType{onboarding.EventVisit, onboarding.EventVisit,
				onboarding.EventConnection, onboarding.EventLogin, onboarding.EventSignup}[random.IntN(5)],
				start.Add(time.Duration(random.IntN(20))*30*time.Minute))
			e.LocationID = location.ID
			_, offset := e.At.In(location.Zone()).Zone()
			e.Business = e.At.Add(time.Duration(offset) * time.Second)
			switch e.Type {
			case onboarding.EventVisit:
				e.HotspotID, e.Duration, e.Stop = "h1", ptr(int64(3600)), ptr(e.At.Add(time.Hour))
				v := newVisit(c.ID, e.At, e.At.Add(time.Hour))
				v.ID, v.OrganizationID, v.LocationID = e.ID, o.ID, e.LocationID
				if err := tx.PutVisit(ctx, v); err != nil {
					return err
				}
			case onboarding.EventConnection:
				e.Duration, e.Stop, e.Station = ptr(int64(1800)), ptr(e.At.Add(30*time.Minute)), "02:00:00:00:00:01"
				p := onboarding.Progress{Duration: 1800, At: *e.Stop}
				if err := tx.PutConnection(ctx, &onboarding.Connection{
					UniqueID:       e.ID,
					OrganizationID: o.ID,
					CustomerID:     c.ID,
					LocationID:     e.LocationID,
					AccessPoint:    "nas",
					MAC:            e.Station,
					Implied:        e.At, Progress: p, Duration: 1800, Reported: &onboarding.Stop{Progress: p},
				}); err != nil {
					return err
				}
			default:
				if err := tx.AppendEvents(ctx, []onboarding.Event{e}); err != nil {
					return err
				}
			}
			all = append(all, e)
		}
		return nil
	})
	for range 60 {
		q := onboarding.EventQuery{
			OrganizationID: o.ID,
			OldestFirst:    random.IntN(2) == 0,
			Order:          []onboarding.EventOrder{"", onboarding.ByUTC, onboarding.ByBusiness}[random.IntN(3)],
		}
		if random.IntN(3) == 0 {
			q.CustomerID = customers[0].ID
		}
		if random.IntN(2) == 0 {
			q.Types = [][]onboarding.EventType{{onboarding.EventVisit}, {onboarding.EventConnection},
				{onboarding.EventLogin, onboarding.EventVisit}, {onboarding.EventSignup}}[random.IntN(4)]
		}
		if random.IntN(3) == 0 {
			q.From = ptr(start.Add(time.Duration(random.IntN(600)) * time.Minute))
		}
		if random.IntN(3) == 0 {
			q.To = ptr(start.Add(time.Duration(random.IntN(600)) * time.Minute))
		}
		var got []onboarding.Event
		for q.Limit = 1 + random.IntN(99); ; {
			page := must(s.Events(ctx, q))(t)
			got = append(got, page...)
			if len(page) < q.Limit || len(got) > len(all) {
				break
			}
			position := page[len(page)-1].Position(q.Order)
			q.After = &position
		}
		equal(t, fmt.Sprintf("%+v", q), got, expected(all, &q))
	}
}

// expected returns the events on all pages of a query.
func expected(all []onboarding.Event, q *onboarding.EventQuery) []onboarding.Event {
	want := slices.DeleteFunc(slices.Clone(all), func(e onboarding.Event) bool {
		return q.CustomerID != "" && e.CustomerID != q.CustomerID || len(q.Types) > 0 &&
			!slices.Contains(q.Types, e.Type) ||
			q.From != nil && e.At.Before(*q.From) || q.To != nil && e.At.After(*q.To)
	})
	slices.SortFunc(want, func(a, b onboarding.Event) int {
		s, t := a.Position(q.Order), b.Position(q.Order)
		return cmp.Or(s.At.Compare(t.At), cmp.Compare(s.ID, t.ID))
	})
	if !q.OldestFirst {
		slices.Reverse(want)
	}
	return want
}

// testHistoryOfVisits checks that the history contains a visit once, in its current state, with a
// duration once it is over.
func testHistoryOfVisits(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedProfiled(t, s, "o1")
	history := func() []onboarding.Event {
		t.Helper()
		return must(
			s.Events(ctx, onboarding.EventQuery{OrganizationID: "o1",
				Types: []onboarding.EventType{onboarding.EventVisit}, Limit: 10}))(t)
	}
	v := newVisit(c.ID, noon, noon.Add(90*time.Minute+999*time.Millisecond))
	open := &onboarding.Connection{
		UniqueID:       "u1",
		OrganizationID: "o1",
		CustomerID:     c.ID,
		LocationID:     v.LocationID,
		AccessPoint:    "nas",
		Implied:        v.Start.Add(time.Minute),
		Progress:       onboarding.Progress{At: v.Start.Add(time.Minute)},
	}
	later, elsewhere := *open, *open
	later.UniqueID, later.Implied, later.Progress.At = "u2", v.End.Add(time.Hour), v.End.Add(time.Hour)
	elsewhere.UniqueID, elsewhere.LocationID = "u3", "l9"
	put := func(sessions ...*onboarding.Connection) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			for _, one := range sessions {
				if err := tx.PutConnection(ctx, one); err != nil {
					return err
				}
			}
			return tx.PutVisit(ctx, v)
		})
	}
	put(open, &later, &elsewhere)
	want := newEvent(c, onboarding.EventVisit, v.Start)
	want.ID, want.LocationID, want.HotspotID = v.ID, v.LocationID, v.HotspotID
	equal(t, "under way", history(), []onboarding.Event{want})
	open.Reported = &onboarding.Stop{Progress: open.Progress}
	put(open)
	want.Duration, want.Stop = ptr(int64(5400)), &v.End
	equal(t, "over", history(), []onboarding.Event{want})
	v.Start = v.Start.Add(-time.Hour)
	put()
	want.At, want.Business, want.Duration = v.Start, v.Start, ptr(int64(9000))
	equal(t, "begun earlier, as a late record told", history(), []onboarding.Event{want})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.DeleteVisit(ctx, v.ID) })
	equal(t, "taken back", history(), []onboarding.Event{})
}

// testHistoryOfConsent checks that visits and logins are returned only for customers who agree to
// profiling, and all other events for every customer.
func testHistoryOfConsent(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedProfiled(t, s, "o1")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.PutVisit(ctx, newVisit(c.ID, noon, noon)); err != nil {
			return err
		}
		gone := newEvent(c, onboarding.EventLogin, noon)
		gone.CustomerID = ""
		return tx.AppendEvents(ctx, []onboarding.Event{newEvent(c, onboarding.EventLogin, noon),
			newEvent(c, onboarding.EventSignup, noon), gone})
	})
	for _, consent := range []struct {
		profiling, ppd *bool
		want           int
	}{{ptr(true), ptr(true), 3}, {ptr(true), ptr(false), 1}, {ptr(false), ptr(true), 1}, {nil, ptr(true), 1},
		{ptr(true), nil, 1}, {nil, nil, 1}} {
		c.Profiling, c.PPD = consent.profiling, consent.ppd
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCustomer(ctx, c) })
		for _, customer := range []string{"", c.ID} {
			if got := must(s.Events(ctx, onboarding.EventQuery{OrganizationID: "o1", CustomerID: customer, Limit: 10}))(
				t); len(got) != consent.want {
				t.Errorf("profiling %v, ppd %v: %d events, want %d", c.Profiling, c.PPD, len(got), consent.want)
			}
		}
	}
}

// testHistoryOfConnections checks that the history contains a connection once, in its current
// state, while its customer agrees to profiling and if it was attributed to the customer after the
// agreement.
func testHistoryOfConnections(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, shy := storedProfiled(t, s, "o1"), newCustomer("o1")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, shy) })
	session := func(id, customer string, start time.Time) *onboarding.Connection {
		return &onboarding.Connection{
			UniqueID:       id,
			OrganizationID: "o1",
			CustomerID:     customer,
			AccessPoint:    "nas",
			MAC:            "02:00:00:00:00:01",
			Implied:        start,
			Progress:       onboarding.Progress{At: start},
		}
	}
	history := func() []onboarding.Event {
		t.Helper()
		return must(
			s.Events(ctx, onboarding.EventQuery{OrganizationID: "o1",
				Types: []onboarding.EventType{onboarding.EventConnection}, Limit: 10}))(t)
	}
	put := func(sessions ...*onboarding.Connection) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			for _, one := range sessions {
				if err := tx.PutConnection(ctx, one); err != nil {
					return err
				}
			}
			return nil
		})
	}
	open, unknown := session("u1", c.ID, noon), session("u3", "", noon)
	put(open, session("u2", shy.ID, noon), unknown)
	want := newEvent(c, onboarding.EventConnection, noon)
	want.ID, want.Station = "u1", open.MAC
	equal(t, "open, at no known location", history(), []onboarding.Event{want})
	open.Duration = 1800
	open.Progress = onboarding.Progress{Duration: 1800, At: noon.Add(30 * time.Minute)}
	open.Reported = &onboarding.Stop{Progress: open.Progress}
	put(open)
	want.Duration, want.Stop = ptr(int64(1800)), ptr(noon.Add(30*time.Minute))
	equal(t, "over", history(), []onboarding.Event{want})
	shy.Profiling, shy.PPD = ptr(true), ptr(true)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCustomer(ctx, shy) })
	put(session("u2", shy.ID, noon.Add(-time.Minute)))
	equal(t, "one agreed afterwards", history(), []onboarding.Event{want})
	unknown.CustomerID = c.ID
	put(unknown)
	if got := history(); len(got) != 2 {
		t.Errorf("a session that became the customer's: %+v", got)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.ForgetBehaviour(ctx, c.ID) })
	equal(t, "withdrawn and agreed again", history(), []onboarding.Event{})
}

// testEvents checks that an event is stored once.
func testEvents(t *testing.T, s onboarding.Store) {
	c := storedCustomer(t, s)
	e := onboarding.Event{
		ID:             onboarding.NewID(),
		OrganizationID: c.OrganizationID,
		CustomerID:     c.ID,
		Type:           onboarding.EventVisit,
		LocationID:     c.LocationID,
		HotspotID:      onboarding.NewID(),
		At:             noon,
		Duration:       ptr(int64(60)),
		Detail:         map[string]string{"platform": "ios"},
	}
	bare := onboarding.Event{ID: onboarding.NewID(), OrganizationID: c.OrganizationID, Type: onboarding.EventSignup,
		At: noon}
	add := func(events ...onboarding.Event) error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.AppendEvents(ctx, events) })
	}
	if err := add(e, bare); err != nil {
		t.Fatal(err)
	}
	if err := add(); err != nil {
		t.Fatal(err)
	}
	conflict(t, "an event twice", "id", add(e))
}
