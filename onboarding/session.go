package onboarding

import "time"

// Session is one connection of a device, from its accounting. It is made of records that come late, twice and in any order; merge says how, and
// the same records in another order make the same session.
type Session struct {
	UniqueID       string // Acct-Unique-Session-Id
	OrganizationID string // of the customer, or else of the hotspot; empty when neither is known
	CustomerID     string
	LocationID     string
	HotspotID      string
	AccessPoint    string // what names the box; see AccessPoint.Key
	// Proven is whether the customer is known by a Class, and not only by a user name.
	Proven bool

	SessionID      string // Acct-Session-Id, which the access point may use again after a restart
	CallingStation string // the device's address in the access point's own notation
	NASIdentifier  string
	MAC            string // the same as 02:00:00:aa:bb:cc
	Address        string // the device's IP address
	SSID           string

	Started  *time.Time // the earliest Start record
	Implied  time.Time  // the earliest "time of the record - Acct-Session-Time" of any record
	Progress Progress   // of the record that is furthest on
	Duration int64      // seconds: the longest Acct-Session-Time
	Input    int64      // octets from the device
	Output   int64      // octets to the device

	Reported *Stop      // from a Stop record
	Restart  *time.Time // the access point's first restart after Progress
	// Anonymous sessions are of a customer who is deleted or refused the processing of personal data: merge keeps their times and counters and
	// nothing that tells whose they are.
	Anonymous bool
}

// Progress orders the records of a session: one that counts more seconds or octets was made later, whenever it came.
type Progress struct {
	Duration int64
	Octets   int64
	Event    int64     // its Event-Timestamp in microseconds since 1970, 0 without one
	At       time.Time // its time by our reckoning; of two records that are otherwise equal, the earlier
}

func (p Progress) compare(q Progress) int {
	for _, d := range []int64{p.Duration - q.Duration, p.Octets - q.Octets, p.Event - q.Event} {
		if d != 0 {
			return int(max(-1, min(1, d)))
		}
	}
	return 0
}

// later returns the one that is further on.
func (p Progress) later(q Progress) Progress {
	switch c := p.compare(q); {
	case c > 0:
		return p
	case c < 0:
		return q
	}
	if q.At.Before(p.At) {
		return q
	}
	return p
}

// Stop is the end that an access point reported.
type Stop struct {
	Progress
	Cause string // Acct-Terminate-Cause
}

func (s *Stop) later(t *Stop) *Stop {
	switch {
	case s == nil:
		return t
	case t == nil:
		return s
	}
	c := s.compare(t.Progress)
	if c < 0 || c == 0 && (t.At.Before(s.At) || t.At.Equal(s.At) && t.Cause > s.Cause) {
		return t
	}
	return s
}

// CauseRestart is the terminate cause of a session that ended because its access point said that it starts or stops
// working (Accounting-On, Accounting-Off). The word is RFC 2866's.
const CauseRestart = "NAS-Reboot"

// startSlack is how far a Start record may lie after what the other records imply. Beyond it, its time is that of a late arrival.
const startSlack = time.Minute

// Start is when the connection began.
func (s *Session) Start() time.Time {
	if s.Started != nil && !s.Started.After(s.Implied.Add(startSlack)) {
		return *s.Started
	}
	return s.Implied
}

// Seen is when the connection was last known to be there.
func (s *Session) Seen() time.Time {
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
func (s *Session) Stop() *time.Time {
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
func (s *Session) TerminateCause() string {
	switch {
	case s.Reported != nil:
		return s.Reported.Cause
	case s.Restart != nil:
		return CauseRestart
	default:
		return ""
	}
}

// Seconds is the connection's duration: what the access point counted, or the time until it restarted.
func (s *Session) Seconds() int64 {
	if stop := s.Stop(); stop != nil && (s.Reported == nil || s.Duration == 0) {
		return max(s.Duration, int64(stop.Sub(s.Start())/time.Second))
	}
	return s.Duration
}

// Traffic is the octets of both directions.
func (s *Session) Traffic() int64 { return s.Input + s.Output }

// merge returns what both tell of one session. It is commutative, associative and idempotent, which is why the order of records does not
// matter: earliest start, largest counters, the last stop.
func (s Session) merge(t Session) Session {
	m := s
	m.Anonymous = s.Anonymous || t.Anonymous
	if t.Proven && !s.Proven {
		m.CustomerID, m.Proven = t.CustomerID, true
	} else if t.Proven == s.Proven {
		m.CustomerID = max(s.CustomerID, t.CustomerID)
	}
	m.OrganizationID = max(s.OrganizationID, t.OrganizationID)
	m.LocationID = max(s.LocationID, t.LocationID)
	m.HotspotID = max(s.HotspotID, t.HotspotID)
	m.AccessPoint = max(s.AccessPoint, t.AccessPoint)
	m.SessionID = max(s.SessionID, t.SessionID)
	m.CallingStation = max(s.CallingStation, t.CallingStation)
	m.NASIdentifier = max(s.NASIdentifier, t.NASIdentifier)
	m.MAC = max(s.MAC, t.MAC)
	m.Address = max(s.Address, t.Address)
	m.SSID = max(s.SSID, t.SSID)

	m.Started = earlier(s.Started, t.Started)
	if t.Implied.Before(s.Implied) {
		m.Implied = t.Implied
	}
	m.Progress = s.Progress.later(t.Progress)
	m.Duration, m.Input, m.Output = max(s.Duration, t.Duration), max(s.Input, t.Input), max(s.Output, t.Output)
	m.Reported = s.Reported.later(t.Reported)
	m.Restart = nil // depends on the whole; see restarted
	if m.Anonymous {
		m.forget()
	}
	return m
}

// restarted sets the restart that ended the session. first answers the access point's first restart at or after an instant, or nil.
func (s *Session) restarted(first func(time.Time) (*time.Time, error)) error {
	s.Restart = nil
	if s.Reported != nil {
		return nil
	}
	from := s.Progress.At
	if start := s.Start(); start.After(from) {
		from = start
	}
	at, err := first(from)
	s.Restart = at
	return err
}

// forget drops whose session it was.
func (s *Session) forget() {
	s.Anonymous, s.Proven = true, false
	s.CustomerID, s.SessionID, s.CallingStation, s.MAC, s.Address = "", "", "", "", ""
}

func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}
