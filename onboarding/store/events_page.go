package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
)

// An event comes from one of three tables: a visit is its row in visits, a connection its row in sessions, everything else is a row in
// events. Each is asked for a whole page, by an index in the page's order, and the pages are merged.

// eventSource is a table of events.
type eventSource struct {
	query  string // up to its conditions; the table is e
	at, id string // the columns of the instant and the ID
	scan   func(row rows) (onboarding.Event, error)
}

const ofProfiled = "EXISTS (SELECT 1 FROM customers c WHERE c.id = e.customer_id AND c.profiling AND c.ppd)"

var (
	storedEvents = eventSource{at: "at", id: "id", scan: scanEvent,
		query: `SELECT id, organization_id, customer_id, type, location_id, hotspot_id, at, duration, NULL, detail, business_at FROM events e
		WHERE type NOT IN ('visit', 'connection') AND (type <> 'login' OR ` + ofProfiled + ")"}
	visitEvents = eventSource{at: "begun", id: "id", scan: scanEvent,
		query: `SELECT id, organization_id, customer_id, 'visit', location_id, hotspot_id, begun,
			CASE WHEN ` + visitOpen + ` THEN NULL ELSE (until - begun) / 1000000 END,
			CASE WHEN ` + visitOpen + ` THEN NULL ELSE until END, NULL, business_at FROM visits e
		WHERE ` + ofProfiled}
	connectionEvents = eventSource{at: "begun", id: "unique_id", scan: scanConnection,
		query: "SELECT " + sessionKey + ", " + sessionColumns + ", business_at FROM sessions e WHERE profiled AND " + ofProfiled}
)

const visitOpen = `EXISTS (SELECT 1 FROM sessions s WHERE s.customer_id = e.customer_id AND s.stopped IS NULL
				AND s.location_id = e.location_id AND s.begun >= e.begun AND s.begun <= e.until)`

func scanEvent(row rows) (onboarding.Event, error) {
	var e onboarding.Event
	err := row.Scan(&e.ID, &e.OrganizationID, textInto(&e.CustomerID), textInto(&e.Type), textInto(&e.LocationID), textInto(&e.HotspotID),
		instant{&e.At}, &e.Duration, maybeInstant{&e.Stop}, document{&e.Detail}, instant{&e.Business})
	return e, err
}

// scanConnection reads a session as an event.
func scanConnection(row rows) (onboarding.Event, error) {
	e := onboarding.Event{Type: onboarding.EventConnection}
	s, err := scanSession(longerRow{row, []any{instant{&e.Business}}})
	if err != nil {
		return e, err
	}
	e.ID, e.OrganizationID, e.CustomerID, e.LocationID, e.HotspotID = s.UniqueID, s.OrganizationID, s.CustomerID, s.LocationID, s.HotspotID
	e.At, e.Stop, e.Station = s.Start(), s.Stop(), s.MAC
	if e.Stop != nil {
		e.Duration = ref(s.Seconds())
	}
	return e, nil
}

// longerRow is a row with more columns than its reader knows of.
type longerRow struct {
	rows
	more []any
}

// Scan implements rows.
func (r longerRow) Scan(into ...any) error { return r.rows.Scan(append(into, r.more...)...) }

func (r *reader) Events(ctx context.Context, q onboarding.EventQuery) ([]onboarding.Event, error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	ask := func(t onboarding.EventType) bool { return len(q.Types) == 0 || slices.Contains(q.Types, t) }
	others := slices.DeleteFunc(slices.Clone(q.Types), func(t onboarding.EventType) bool {
		return t == onboarding.EventVisit || t == onboarding.EventConnection
	})
	var all []onboarding.Event
	for _, source := range []struct {
		*eventSource
		asked bool
		types []onboarding.EventType
	}{
		{&storedEvents, len(q.Types) == 0 || len(others) > 0, others},
		{&visitEvents, ask(onboarding.EventVisit), nil},
		{&connectionEvents, ask(onboarding.EventConnection), nil},
	} {
		if !source.asked {
			continue
		}
		text, args := source.page(&q, source.types)
		found, err := collect(ctx, r.db, source.scan, text, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b onboarding.Event) int {
		s, t := a.Position(q.Order), b.Position(q.Order)
		c := s.At.Compare(t.At)
		if c == 0 {
			c = strings.Compare(s.ID, t.ID)
		}
		if !q.OldestFirst {
			c = -c
		}
		return c
	})
	return all[:min(len(all), q.Limit)], nil
}

// widestZone is more than any clock differs from UTC.
const widestZone = 24 * time.Hour

// page returns a page's query of the table.
func (e *eventSource) page(q *onboarding.EventQuery, types []onboarding.EventType) (text string, args []any) {
	value := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	at := e.at
	text = e.query
	if q.CustomerID != "" { // the index on the customer is meant, not that on the organization
		text += " AND customer_id = " + value(q.CustomerID) + " AND (organization_id || '') = " + value(q.OrganizationID)
	} else {
		text += " AND organization_id = " + value(q.OrganizationID)
	}
	if len(types) > 0 {
		places := make([]string, len(types))
		for i, t := range types {
			places[i] = value(string(t))
		}
		text += " AND type IN (" + strings.Join(places, ", ") + ")"
	}
	by, after, direction := at, " > ", " ASC"
	if q.Order == onboarding.ByBusiness {
		by = "business_at"
	}
	if !q.OldestFirst {
		after, direction = " < ", " DESC"
	}
	bound := func(operator string, t *time.Time, slack time.Duration) {
		if t == nil {
			return
		}
		text += " AND " + at + operator + value(micros(*t))
		if by != at { // what the index in use can be searched by
			text += " AND " + by + operator + value(micros(t.Add(slack)))
		}
	}
	bound(" >= ", q.From, -widestZone)
	bound(" <= ", q.To, widestZone)
	if p := q.After; p != nil {
		text += " AND (" + by + ", " + e.id + ")" + after + "(" + value(micros(p.At)) + ", " + value(p.ID) + ")"
	}
	text += " ORDER BY " + by + direction + ", " + e.id + direction + " LIMIT " + value(int64(q.Limit))
	return text, args
}
