package onboarding

import (
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
