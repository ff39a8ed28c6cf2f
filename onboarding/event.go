package onboarding

import "time"

// EventType names what happened, in the API's words.
type EventType string

const (
	EventVisit      EventType = "visit"
	EventSignup     EventType = "signup"
	EventLogin      EventType = "login"
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
	Duration       *int64            // seconds, for visits
	Detail         map[string]string // never personal data: policy keys, platform, outcome
}
