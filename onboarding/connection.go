package onboarding

import (
	"cmp"
	"strings"
	"time"
)

// Connection is one connection of a station, assembled from accounting records that arrive late,
// repeatedly and in any order. Its values do not depend on that order: package radius merges the
// records and decides which connection a record belongs to.
type Connection struct {
	// UniqueID identifies the connection; Key is its Acct-Unique-Session-Id. They are equal for
	// the first connection with that Key. Later ones get a UniqueID of their own, because an
	// access point may reuse a session ID.
	UniqueID string
	Key      string

	OrganizationID string // of the customer, or else of the hotspot; empty when neither is known
	CustomerID     string
	// Proven reports whether a Class, or a name that we issued, identifies the customer.
	// Otherwise only the station's last Access-Accept does.
	Proven bool

	SessionID      string // Acct-Session-Id
	CallingStation string // Calling-Station-Id in the access point's own notation
	MAC            string // the same address as 02:00:00:aa:bb:cc
	// Platform is that of the customer's latest profile when the connection was first attributed to
	// the customer, for statistics; empty if unknown.
	Platform string
	Address  string // the device's IP address

	// The place of the connection. All these fields come from one record.
	LocationID    string
	HotspotID     string
	HostID        string // the hotspot's organization; not the customer's when the customer is abroad
	AccessPoint   string // identifies the access point; see AccessPoint.Key
	NASIdentifier string
	NASAddress    string
	SSID          string

	Started  *time.Time // the earliest Start record
	Implied  time.Time  // the earliest "time of the record - Acct-Session-Time" of all records
	Progress Progress   // of the most advanced record
	Duration int64      // seconds: the longest Acct-Session-Time
	Input    int64      // octets from the device
	Output   int64      // octets to the device

	Reported *Stop      // from a Stop record
	Restart  *time.Time // the access point's first restart after Progress
	// Anonymous marks a connection whose customer is deleted or refused the processing of
	// personal data. It keeps its times and counters and nothing that identifies a person; the
	// schema enforces this too.
	Anonymous bool

	Evidence ConnectionEvidence
}

// historyKey begins the key of a connection that was imported. No access point can send it:
// FreeRADIUS computes an Acct-Unique-Session-Id.
const historyKey = "history "

// HistoryKey returns the key of an imported connection with a name of its own.
func HistoryKey(name string) string { return historyKey + name }

// Imported reports whether the connection comes from the accounting of another deployment. It
// proves nothing about this one: neither an authentication nor that an access point sends
// accounting.
func (s *Connection) Imported() bool { return strings.HasPrefix(s.Key, historyKey) }

// ConnectionEvidence names the records from which a connection's values come. Times are
// microseconds since 1970, 0 for none. The json tags are its stored form.
type ConnectionEvidence struct {
	// Counted is the earliest start computed from a record with an Acct-Session-Time.
	Counted int64 `json:"counted,omitempty"`
	// Loose is set when a start was computed with our clock instead of the access point's.
	Loose bool `json:"loose,omitempty"`
	// StartReceived is the time at which the first Start record was received, less its
	// Acct-Delay-Time.
	StartReceived int64 `json:"startReceived,omitempty"`
	// Clock is the earliest start by the access point's own clock, right or wrong, and ClockEnd
	// the Event-Timestamp of the Stop record. The records of one connection agree on these even
	// where that clock is wrong.
	Clock    int64 `json:"clock,omitempty"`
	ClockEnd int64 `json:"clockEnd,omitempty"`
	// Owner, Place and Address are the progress of the records that gave the customer, the place
	// and the device's IP address.
	Owner   Progress `json:"owner,omitzero"`
	Place   Progress `json:"place,omitzero"`
	Address Progress `json:"address,omitzero"`
	// Later holds the Start records received while the connection was open. A Stop record earlier
	// than one of them, or a record that counts from one of them, belongs to another connection.
	Later LaterStarts `json:"later,omitzero"`
}

// LaterStart is a Start record received while the connection was open: its time, and the time by
// the access point's own clock.
type LaterStart struct {
	At    int64 `json:"at"`
	Clock int64 `json:"clock,omitempty"`
}

type LaterStarts [maxLater]LaterStart

// maxLater is the number of such Start records kept; the earliest are kept.
const maxLater = 4

// Progress orders the records of a connection: of two records, the one with more seconds or
// octets was made later, whatever the order of arrival.
type Progress struct {
	Duration int64 `json:"d,omitempty"`
	Octets   int64 `json:"o,omitempty"`
	Event    int64 `json:"e,omitempty"` // Event-Timestamp in microseconds since 1970, 0 without one
	// At is the record's time, corrected as package radius describes. Of two otherwise equal
	// records, the earlier one is used.
	At time.Time `json:"at,omitzero"`
}

func (p Progress) compare(q Progress) int {
	return cmp.Or(cmp.Compare(p.Duration, q.Duration), cmp.Compare(p.Octets, q.Octets), cmp.Compare(p.Event, q.Event))
}

// CompareAll is compare with a final criterion: of otherwise equal records, the one with the
// earlier time compares greater.
func (p Progress) CompareAll(q Progress) int { return cmp.Or(p.compare(q), q.At.Compare(p.At)) }

// Later returns the more advanced of the two.
func (p Progress) Later(q Progress) Progress {
	if p.CompareAll(q) < 0 {
		return q
	}
	return p
}

// Stop is the end of a connection as reported by an access point.
type Stop struct {
	Progress
	Cause string // Acct-Terminate-Cause
}

func (s *Stop) Later(t *Stop) *Stop {
	switch {
	case s == nil:
		return t
	case t == nil:
		return s
	}
	if cmp.Or(s.CompareAll(t.Progress), cmp.Compare(s.Cause, t.Cause)) < 0 {
		return t
	}
	return s
}

// CauseRestart is the terminate cause of a connection that was ended by a restart of its access
// point (Accounting-On, Accounting-Off). RFC 2866 defines the word.
const CauseRestart = "NAS-Reboot"

// startSlack is the largest accepted distance between the time of a Start record and the start
// computed from the counted time. Beyond it, the Start record arrived late, or the clock was
// wrong.
const startSlack = time.Minute

// Start returns the start of the connection: the time of its Start record, unless the time
// counted by the access point contradicts it.
func (s *Connection) Start() time.Time {
	if s.Evidence.Counted != 0 {
		counted := time.UnixMicro(s.Evidence.Counted).UTC()
		if s.Started != nil && s.Started.Sub(counted).Abs() <= startSlack {
			return *s.Started
		}
		return counted
	}
	if s.Started != nil && !s.Started.After(s.Implied.Add(startSlack)) {
		return *s.Started
	}
	return s.Implied
}

// Abroad reports whether the customer connected at another organization's access point.
func (s *Connection) Abroad() bool {
	return s.CustomerID != "" && s.HostID != "" && s.HostID != s.OrganizationID
}

// Seen returns the last instant at which the connection was known to exist.
func (s *Connection) Seen() time.Time {
	end := s.Progress.At
	if stop := s.Stop(); stop != nil {
		end = *stop
	}
	if start := s.Start(); end.Before(start) {
		return start
	}
	return end
}

// Stop returns the end of the connection, nil while it is open.
func (s *Connection) Stop() *time.Time {
	var at time.Time
	switch {
	case s.Reported != nil:
		at = s.Reported.At
	case s.Restart != nil:
		at = *s.Restart
	default:
		return nil
	}
	if start := s.Start(); at.Before(start) {
		at = start
	}
	return &at
}

// TerminateCause returns the Acct-Terminate-Cause; empty while the connection is open, and when
// the access point reported none.
func (s *Connection) TerminateCause() string {
	switch {
	case s.Reported != nil:
		return s.Reported.Cause
	case s.Restart != nil:
		return CauseRestart
	default:
		return ""
	}
}

// Seconds returns the duration: the Acct-Session-Time of the Stop record, or else the time until
// the restart or until the last record.
func (s *Connection) Seconds() int64 {
	if s.Reported != nil && s.Reported.Duration > 0 {
		return s.Reported.Duration
	}
	if stop := s.Stop(); stop != nil {
		return int64(stop.Sub(s.Start()) / time.Second)
	}
	return s.Duration
}

// Traffic returns the octets of both directions: those of the Stop record, if it has any.
func (s *Connection) Traffic() int64 {
	if s.Reported != nil && s.Reported.Octets > 0 {
		return s.Reported.Octets
	}
	return s.Input + s.Output
}

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
