package contacts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// eventTypes lists all event types.
var eventTypes = []onboarding.EventType{onboarding.EventVisit, onboarding.EventConnection, onboarding.EventSignup,
	onboarding.EventLogin, onboarding.EventConsent, onboarding.EventInstall, onboarding.EventUninstall,
	onboarding.EventCredential}

// contactEvents lists the event types in a customer's history.
var contactEvents = []onboarding.EventType{onboarding.EventVisit, onboarding.EventConnection, onboarding.EventLogin}

// EventSearch is a search in an organization's history. A zero field was not sent; with a Scroll,
// each field that was sent must equal the first request of the scroll.
type EventSearch struct {
	From, To *time.Time // event time, both inclusive
	Types    []onboarding.EventType
	Size     int
	Order    onboarding.EventOrder
	Reverse  *bool // oldest first
	// Scrolling requests a Scroll to the next page; a Scroll implies it.
	Scrolling *bool
	Scroll    string
	// Unread holds the faults of parameters that could not be decoded.
	Unread onboarding.Faults
}

// EventAt is an event with its location.
type EventAt struct {
	onboarding.Event
	Location *onboarding.Location // nil when unknown, or no longer declared
}

// EventPage is a page of events. Scroll opens the next page; it is empty on the last.
type EventPage struct {
	Events []EventAt
	Scroll string
}

// eventsCursor is the state of a scroll: the search and the position after the last page.
type eventsCursor struct {
	OrganizationID string                   `json:"o"`
	CustomerID     string                   `json:"c,omitempty"`
	LocationID     string                   `json:"l"` // of the customers; empty: all
	From           *time.Time               `json:"f,omitempty"`
	To             *time.Time               `json:"t,omitempty"`
	Types          []onboarding.EventType   `json:"e,omitempty"`
	Size           int                      `json:"n"`
	Order          onboarding.EventOrder    `json:"b"`
	Reverse        bool                     `json:"r,omitempty"`
	After          onboarding.EventPosition `json:"p"`
}

const (
	purposeEvents        = "events of an organization"
	purposeContactEvents = "events of a contact"
)

// ContactEvents returns a page of the customer's visits, connections and logins, newest first. It
// is empty without profiling.
func (s *Contacts) ContactEvents(
	ctx context.Context, by *onboarding.Caller, customerID string, size int, scroll string,
) (*EventPage, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	q := EventSearch{Size: size, Scroll: scroll, Scrolling: new(true)}
	page, err := s.events(ctx, purposeContactEvents, eventsCursor{OrganizationID: c.OrganizationID, CustomerID: c.ID,
		Types: contactEvents}, &q)
	if err == nil && len(page.Events) == 0 {
		err = s.access.NotDeleted(ctx, by, c)
	}
	if err != nil {
		return nil, err
	}
	return page, s.recordRead(ctx, c, onboarding.AuditContactRead, len(page.Events), "events")
}

// OrganizationEvents returns a page of the organization's history, newest first unless reversed. A
// caller with a location sees the events of its people, wherever they took place.
func (s *Contacts) OrganizationEvents(
	ctx context.Context, by *onboarding.Caller, organizationID string, q EventSearch,
) (*EventPage, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	wrong := slices.Clone(q.Unread)
	for _, t := range q.Types {
		if !slices.Contains(eventTypes, t) {
			wrong.Refuse("events", fmt.Sprintf("%q is not a type of event", onboarding.CutText(string(t), 64)))
		}
	}
	slices.Sort(q.Types)
	q.Types = slices.Compact(q.Types)
	if q.Order != "" && q.Order != onboarding.ByUTC && q.Order != onboarding.ByBusiness {
		wrong.Refuse("sortBy", fmt.Sprintf("not %s or %s", onboarding.ByBusiness, onboarding.ByUTC))
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	page, err := s.events(ctx, purposeEvents, eventsCursor{OrganizationID: o.ID, LocationID: by.LocationID()}, &q)
	if err != nil {
		return nil, err
	}
	return page, s.access.RecordRead(ctx, onboarding.Act{
		OrganizationID: o.ID, Action: onboarding.AuditContactListed, Fields: []string{"events"},
		Count: len(page.Events),
	})
}

func (s *Contacts) events(ctx context.Context, purpose string, of eventsCursor, q *EventSearch) (*EventPage, error) {
	if q.Size < 0 || q.Size > MaxPageSize {
		return nil, onboarding.InvalidField("size", "not between 1 and %d", MaxPageSize)
	}
	at := of
	var after *onboarding.EventPosition
	if q.Scroll != "" {
		if err := s.access.OpenCursor(ctx, purpose, q.Scroll, &at); err != nil {
			return nil, err
		}
		if at.OrganizationID != of.OrganizationID || at.CustomerID != of.CustomerID || at.LocationID != of.LocationID {
			return nil, access.ErrCursor
		}
		if err := at.agrees(q); err != nil {
			return nil, err
		}
		after = &at.After
	} else {
		at.begin(q)
	}
	o, err := s.store.Organization(ctx, at.OrganizationID)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Events(ctx, onboarding.EventQuery{
		OrganizationID: at.OrganizationID, CustomerID: at.CustomerID, CustomersOf: at.LocationID,
		Types: at.Types, From: at.From, To: at.To,
		Order: at.Order, OldestFirst: at.Reverse, After: after, Limit: at.Size + 1,
	})
	if err != nil {
		return nil, err
	}
	page := &EventPage{Events: make([]EventAt, 0, min(len(found), at.Size))}
	scrolling := q.Scroll != "" || q.Scrolling != nil && *q.Scrolling
	if len(found) > at.Size {
		found = found[:at.Size]
		if scrolling {
			at.After = found[at.Size-1].Position(at.Order)
			if page.Scroll, err = s.access.SealCursor(ctx, purpose, &at); err != nil {
				return nil, err
			}
		}
	}
	for _, e := range found {
		page.Events = append(page.Events, EventAt{Event: e, Location: o.Location(e.LocationID)})
	}
	return page, nil
}

// begin sets the state from the search of a first page.
func (c *eventsCursor) begin(q *EventSearch) {
	c.From, c.To, c.Size, c.Order = q.From, q.To, q.Size, q.Order
	if len(q.Types) > 0 {
		c.Types = q.Types
	}
	if c.Size == 0 {
		c.Size = DefaultPageSize
	}
	if c.Order == "" {
		c.Order = onboarding.ByUTC
	}
	c.Reverse = q.Reverse != nil && *q.Reverse
}

// agrees returns an error for a field that differs from the first request of the scroll.
func (c *eventsCursor) agrees(q *EventSearch) error {
	for _, given := range []struct {
		field   string
		differs bool
	}{
		{"dateStart", q.From != nil && !onboarding.SameInstant(q.From, c.From)},
		{"dateEnd", q.To != nil && !onboarding.SameInstant(q.To, c.To)},
		{"events", len(q.Types) > 0 && !slices.Equal(q.Types, c.Types)},
		{"size", q.Size != 0 && q.Size != c.Size},
		{"sortBy", q.Order != "" && q.Order != c.Order},
		{"sortReverse", q.Reverse != nil && *q.Reverse != c.Reverse},
		{"enableScroll", q.Scrolling != nil && !*q.Scrolling},
	} {
		if given.differs {
			return onboarding.InvalidField(given.field, "must equal the first request of the scroll")
		}
	}
	return nil
}
