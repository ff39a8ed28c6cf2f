package onboarding

import (
	"cmp"
	"time"
)

// Connection is one connection of a device, made of accounting records that come late, twice and in any order. merge joins the
// records of one connection, and the same records in another order make the same session; session_connections.go decides which
// connection a record belongs to.
type Connection struct {
	// UniqueID identifies the connection, Key is its Acct-Unique-Session-Id. They are equal for the first connection with
	// that Key: an access point may give a session's ID again.
	UniqueID string
	Key      string

	OrganizationID string // of the customer, or else of the hotspot; empty when neither is known
	CustomerID     string
	// Proven is whether a Class, or a name that we issued, identifies the customer, and not only the station's last
	// Access-Accept.
	Proven bool

	SessionID      string // Acct-Session-Id
	CallingStation string // the device's address in the access point's own notation
	MAC            string // the same as 02:00:00:aa:bb:cc
	Address        string // the device's IP address

	// Where the connection is: all of these come from one record.
	LocationID    string
	HotspotID     string
	HostID        string // the organization of the hotspot; not the customer's when the customer is abroad
	AccessPoint   string // identifies the box; see AccessPoint.Key
	NASIdentifier string
	NASAddress    string
	SSID          string

	Started  *time.Time // the earliest Start record
	Implied  time.Time  // the earliest "time of the record - Acct-Session-Time" of any record
	Progress Progress   // of the record that is furthest on
	Duration int64      // seconds: the longest Acct-Session-Time
	Input    int64      // octets from the device
	Output   int64      // octets to the device

	Reported *Stop      // from a Stop record
	Restart  *time.Time // the access point's first restart after Progress
	// Anonymous sessions are of a customer who is deleted or refused the processing of personal data: merge keeps their times
	// and counters and nothing that identifies anybody. The schema holds this too.
	Anonymous bool

	Evidence ConnectionEvidence
}

// ConnectionEvidence names the records that a session's values come from. Times are microseconds since 1970, 0 for none. The json tags are
// the form in which a store keeps it.
type ConnectionEvidence struct {
	// Counted is the earliest beginning by a record that has an Acct-Session-Time.
	Counted int64 `json:"counted,omitempty"`
	// Loose is set when a beginning comes from our clock instead of the access point's.
	Loose bool `json:"loose,omitempty"`
	// StartReceived is when the first Start record was received, less the delay that it admits.
	StartReceived int64 `json:"startReceived,omitempty"`
	// Clock is the earliest beginning by the access point's own clock, whether it is right or not, and ClockEnd the Event-Timestamp
	// of the Stop record: one connection's records agree on these even where the clock is wrong.
	Clock    int64 `json:"clock,omitempty"`
	ClockEnd int64 `json:"clockEnd,omitempty"`
	// Owner, Place and Address are of the records that gave the customer, the place and the device's address.
	Owner   Progress `json:"owner,omitzero"`
	Place   Progress `json:"place,omitzero"`
	Address Progress `json:"address,omitzero"`
	// Later are the times of Start records that came while the connection was open. A Stop before one of them, or a record
	// that counts from it, makes it another connection's.
	Later LaterStarts `json:"later,omitzero"`
}

// laterStart is such a Start record: its time, and that of the access point's own clock.
type LaterStart struct {
	At    int64 `json:"at"`
	Clock int64 `json:"clock,omitempty"`
}

type LaterStarts [maxLater]LaterStart

// maxLater is how many such Start records are remembered: the earliest.
const maxLater = 4

// Progress orders the records of a session: one that counts more seconds or octets was made later, whenever it came.
type Progress struct {
	Duration int64     `json:"d,omitempty"`
	Octets   int64     `json:"o,omitempty"`
	Event    int64     `json:"e,omitempty"` // its Event-Timestamp in microseconds since 1970, 0 without one
	At       time.Time `json:"at,omitzero"` // its time by our reckoning; of two records that are otherwise equal, the earlier
}

func (p Progress) compare(q Progress) int {
	return cmp.Or(cmp.Compare(p.Duration, q.Duration), cmp.Compare(p.Octets, q.Octets), cmp.Compare(p.Event, q.Event))
}

// compareAll is compare with a last word for records that are otherwise equal: the earlier one counts as further on.
func (p Progress) CompareAll(q Progress) int { return cmp.Or(p.compare(q), q.At.Compare(p.At)) }

// later returns the one that is further on.
func (p Progress) Later(q Progress) Progress {
	if p.CompareAll(q) < 0 {
		return q
	}
	return p
}

// Stop is the end that an access point reported.
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

// CauseRestart is the terminate cause of a session that ended because its access point said that it starts or stops
// working (Accounting-On, Accounting-Off). The word is RFC 2866's.
const CauseRestart = "NAS-Reboot"

// startSlack is how far a Start record may lie from the beginning that the counted time implies. Beyond it, its time is that of a
// late arrival, or of a clock that was wrong.
const startSlack = time.Minute

// Start is when the connection began: by its Start record, unless the time that the access point counted contradicts it.
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

// Seen is when the connection was last known to be there.
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

// Stop is when it ended; nil while it is open.
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

// TerminateCause says why it ended; empty while it is open, and when the access point did not say.
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

// Seconds is the connection's duration: the time that the access point counted when it stopped, or until it restarted.
func (s *Connection) Seconds() int64 {
	if s.Reported != nil && s.Reported.Duration > 0 {
		return s.Reported.Duration
	}
	if stop := s.Stop(); stop != nil {
		return int64(stop.Sub(s.Start()) / time.Second)
	}
	return s.Duration
}

// Traffic is the octets of both directions: those of the Stop record, if it has any.
func (s *Connection) Traffic() int64 {
	if s.Reported != nil && s.Reported.Octets > 0 {
		return s.Reported.Octets
	}
	return s.Input + s.Output
}
