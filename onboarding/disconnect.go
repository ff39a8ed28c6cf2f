package onboarding

import (
	"time"
)

// Disconnect is an order to an access point to end one connection now (Disconnect-Request, RFC 5176), in a queue that survives
// restarts.
type Disconnect struct {
	ID             string
	OrganizationID string
	CustomerID     string
	UniqueID       string // the session's
	HotspotID      string
	Reason         string // locked, rotated, deleted, expired
	// What identifies the connection to the access point; dropped when the order is finished.
	SessionID      string
	CallingStation string
	NASIdentifier  string

	Created  time.Time
	Due      time.Time // of the next attempt
	Attempts int
	// Outcome is empty until the first attempt; of an order that waits it is what the last attempt came to.
	Outcome    DisconnectOutcome
	ErrorCause int // RFC 5176 section 3.5, 0 when none was given
	Finished   *time.Time
}

// DisconnectOutcome is what came of an order.
type DisconnectOutcome string

const (
	DisconnectAcknowledged DisconnectOutcome = "acknowledged" // Disconnect-ACK
	DisconnectRefused      DisconnectOutcome = "refused"      // Disconnect-NAK
	DisconnectUnanswered   DisconnectOutcome = "unanswered"   // no valid answer to any attempt
	DisconnectEnded        DisconnectOutcome = "ended"        // the connection ended by itself before
	DisconnectNoAddress    DisconnectOutcome = "no-address"   // the access point has none declared
)
