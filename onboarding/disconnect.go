package onboarding

import (
	"time"
)

// Disconnect is an order to an access point to end one connection now (Disconnect-Request, RFC
// 5176). Its queue survives restarts.
type Disconnect struct {
	ID             string
	OrganizationID string
	CustomerID     string
	UniqueID       string // of the connection
	HotspotID      string
	Reason         string // locked, rotated, deleted, expired
	// The attributes that identify the connection to the access point. They are dropped when the
	// order is finished.
	SessionID      string
	CallingStation string
	NASIdentifier  string

	Created  time.Time
	Due      time.Time // of the next attempt
	Attempts int
	// Outcome is empty until the first attempt. While the order waits, it is the result of the
	// last attempt.
	Outcome    DisconnectOutcome
	ErrorCause int // Error-Cause, RFC 5176 section 3.5; 0 when none was given
	Finished   *time.Time
}

// DisconnectOutcome is the result of an order.
type DisconnectOutcome string

const (
	DisconnectAcknowledged DisconnectOutcome = "acknowledged" // Disconnect-ACK
	DisconnectRefused      DisconnectOutcome = "refused"      // Disconnect-NAK
	DisconnectUnanswered   DisconnectOutcome = "unanswered"   // no valid answer to any attempt
	DisconnectEnded        DisconnectOutcome = "ended"        // the connection had ended by itself
	DisconnectNoAddress    DisconnectOutcome = "no-address"   // no address is declared for the access point
)
