package onboarding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// EventType is the type of an event, as named by the API.
type EventType string

const (
	EventVisit      EventType = "visit"
	EventSignup     EventType = "signup"
	EventLogin      EventType = "login"
	EventConnection EventType = "connection"
	EventConsent    EventType = "consent"
	EventInstall    EventType = "install"
	EventUninstall  EventType = "uninstall"
	EventCredential EventType = "credential"
)

// Event is one entry in the history of a customer and an organization.
type Event struct {
	ID             string
	OrganizationID string
	CustomerID     string
	Type           EventType
	LocationID     string
	HotspotID      string
	At             time.Time
	Duration       *int64     // seconds, of visits and connections that have ended
	Stop           *time.Time // of visits and connections that have ended
	Station        string     // the MAC address of a connection's device
	// Business is the local time at the location, stored as if it were UTC. The store sets it.
	Business time.Time
	Detail   map[string]string // never personal data: policy keys, platform, outcome
}

// Position returns the event's position in an order.
func (e *Event) Position(by EventOrder) EventPosition {
	if by == ByBusiness {
		return EventPosition{At: e.Business, ID: e.ID}
	}
	return EventPosition{At: e.At, ID: e.ID}
}

// PublicID returns the event's ID as 32 hex digits. The IDs of some events have another form,
// because access servers name connections freely.
func (e *Event) PublicID() string {
	if ValidID(e.ID) {
		return e.ID
	}
	sum := sha256.Sum256([]byte(e.ID))
	return hex.EncodeToString(sum[:16])
}

// NewEvent returns an event of the customer at the customer's own location.
func NewEvent(c *Customer, t EventType, at time.Time, detail map[string]string) Event {
	return Event{
		ID: NewID(), OrganizationID: c.OrganizationID, CustomerID: c.ID, Type: t,
		LocationID: c.LocationID, HotspotID: c.HotspotID, At: at, Detail: detail,
	}
}

// EventOrder is the time by which events are ordered. Events with equal times are ordered by ID.
type EventOrder string

const (
	ByUTC      EventOrder = "utcTime"
	ByBusiness EventOrder = "businessTime" // local time at the location of each event
)

// EventPosition is the end of a page of events.
type EventPosition struct {
	At time.Time // in the order's time; a business time as if it were UTC
	ID string
}

// EventQuery selects a page of events of an organization or of one customer.
type EventQuery struct {
	OrganizationID string
	CustomerID     string      // empty: all customers
	CustomersOf    string      // a location: only events of its customers; empty: all
	Types          []EventType // empty: all
	// From and To bound Event.At, both inclusive.
	From, To    *time.Time
	Order       EventOrder     // empty: ByUTC
	OldestFirst bool           // else newest first
	After       *EventPosition // nil: the first page
	Limit       int
}

// EventReader reads events.
type EventReader interface {
	// Events returns a page. It includes visits, computed from the customer's current visits: at
	// their start, with a Duration once none of their connections is open. Visits and logins of a
	// customer who is not profiled are omitted, even if stored.
	Events(ctx context.Context, q EventQuery) ([]Event, error)
}
