package onboarding

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// EventType names what happened, in the API's words.
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

// Event is one line of a customer's and an organization's history.
type Event struct {
	ID             string
	OrganizationID string
	CustomerID     string
	Type           EventType
	LocationID     string
	HotspotID      string
	At             time.Time
	Duration       *int64     // seconds, of visits and connections that are over
	Stop           *time.Time // of visits and connections that are over
	Station        string     // the MAC address of a connection's device
	// Business is what the clock at the location showed, as if that were UTC. The store sets it.
	Business time.Time
	Detail   map[string]string // never personal data: policy keys, platform, outcome
}

// Position is where the event stands in an order.
func (e *Event) Position(by EventOrder) EventPosition {
	if by == ByBusiness {
		return EventPosition{At: e.Business, ID: e.ID}
	}
	return EventPosition{At: e.At, ID: e.ID}
}

// PublicID returns the event's ID of 32 hex digits. Some access servers name connections otherwise.
func (e *Event) PublicID() string {
	if ValidID(e.ID) {
		return e.ID
	}
	sum := sha256.Sum256([]byte(e.ID))
	return hex.EncodeToString(sum[:16])
}

// newEvent is an event of the customer at the place where the customer belongs.
func NewEvent(c *Customer, t EventType, at time.Time, detail map[string]string) Event {
	return Event{
		ID: NewID(), OrganizationID: c.OrganizationID, CustomerID: c.ID, Type: t,
		LocationID: c.LocationID, HotspotID: c.HotspotID, At: at, Detail: detail,
	}
}
