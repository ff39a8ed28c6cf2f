package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
)

// The history merges three tables: visits, sessions (the connections), and events for all other
// types. Each table is read for a whole page, by an index in the page's order, and the pages are
// merged.

// eventSource is one of the tables, with e as its alias.
type eventSource struct {
	query  string // up to the conditions of the page
	at, id string // the columns of instant and ID
	scan   func(row rows) (onboarding.Event, error)
}

const ofProfiled = "EXISTS (SELECT 1 FROM customers c WHERE c.id = e.customer_id AND c.profiling AND c.ppd)"

var (
	storedEvents = eventSource{at: "at", id: "id", scan: scanEvent,
		query: `SELECT id, organization_id, customer_id, type, location_id, hotspot_id,
			at, duration, NULL, detail, business_at
		FROM events e WHERE type NOT IN ('visit', 'connection') AND (type <> 'login' OR ` + ofProfiled + ")"}
	visitEvents = eventSource{at: "begun", id: "id", scan: scanEvent,
		query: `SELECT id, organization_id, customer_id, 'visit', location_id, hotspot_id, begun,
			CASE WHEN ` + visitOpen + ` THEN NULL ELSE (until - begun) / 1000000 END,
			CASE WHEN ` + visitOpen + ` THEN NULL ELSE until END, NULL, business_at FROM visits e
		WHERE ` + ofProfiled}
	connectionEvents = eventSource{at: "begun", id: "unique_id", scan: scanConnectionEvent,
		query: "SELECT " + connectionKey + ", " + connectionColumns +
			", business_at FROM sessions e WHERE profiled AND " + ofProfiled}
)

const visitOpen = `EXISTS (SELECT 1 FROM sessions s WHERE s.customer_id = e.customer_id AND s.stopped IS NULL
				AND s.location_id = e.location_id AND s.begun >= e.begun AND s.begun <= e.until)`

func scanEvent(row rows) (onboarding.Event, error) {
	var e onboarding.Event
	err := row.Scan(&e.ID, &e.OrganizationID, textInto(&e.CustomerID), textInto(&e.Type),
		textInto(&e.LocationID), textInto(&e.HotspotID),
		instant{&e.At}, &e.Duration, maybeInstant{&e.Stop}, jsonText{&e.Detail}, instant{&e.Business})
	return e, err
}

// scanConnectionEvent scans a connection as an event.
func scanConnectionEvent(row rows) (onboarding.Event, error) {
	e := onboarding.Event{Type: onboarding.EventConnection}
	s, err := scanConnection(longerRow{row, []any{instant{&e.Business}}})
	if err != nil {
		return e, err
	}
	e.ID, e.OrganizationID, e.CustomerID = s.UniqueID, s.OrganizationID, s.CustomerID
	e.LocationID, e.HotspotID = s.LocationID, s.HotspotID
	e.At, e.Stop, e.Station = s.Start(), s.Stop(), s.MAC
	if e.Stop != nil {
		e.Duration = ref(s.Seconds())
	}
	return e, nil
}

// longerRow is a row with more columns than its scan function reads.
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
		page := source.page(&q, source.types)
		found, err := collect(ctx, r.db, source.scan, page.String(), page.args...)
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

// widestZone exceeds the offset of every time zone from UTC.
const widestZone = 24 * time.Hour

// page returns the query of a page from the table.
func (e *eventSource) page(q *onboarding.EventQuery, types []onboarding.EventType) *statement {
	s := &statement{}
	s.WriteString(e.query)
	and := func(parts ...string) { s.WriteString(" AND " + strings.Join(parts, "")) }
	if q.CustomerID != "" { // the expression excludes the index on the organization
		and("customer_id = ", s.arg(q.CustomerID), " AND (organization_id || '') = ", s.arg(q.OrganizationID))
	} else {
		and("organization_id = ", s.arg(q.OrganizationID))
	}
	if q.CustomersOf != "" {
		and("EXISTS (SELECT 1 FROM customers c WHERE c.id = e.customer_id AND c.location_id = ",
			s.arg(q.CustomersOf), ")")
	}
	if len(types) > 0 {
		and("type IN ", list(s, types))
	}
	by, after, direction := e.at, " > ", " ASC"
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
		and(e.at, operator, s.arg(micros(*t)))
		if by != e.at { // bounds the search in the index on by
			and(by, operator, s.arg(micros(t.Add(slack))))
		}
	}
	bound(" >= ", q.From, -widestZone)
	bound(" <= ", q.To, widestZone)
	if p := q.After; p != nil {
		and("(", by, ", ", e.id, ")", after, "(", s.arg(micros(p.At)), ", ", s.arg(p.ID), ")")
	}
	s.WriteString(" ORDER BY " + by + direction + ", " + e.id + direction + " LIMIT " + s.arg(q.Limit))
	return s
}
