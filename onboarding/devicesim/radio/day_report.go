package radio

import "time"

// A DayReport describes the records sent of a Day, and the connections that a server must know
// afterwards.
type DayReport struct {
	Seed  uint64    `json:"seed"`
	Begin time.Time `json:"begin"`
	End   time.Time `json:"end"`
	// Authenticated reports whether each device authenticated first. The records then have the
	// outer identity and the Class of its Access-Accept, otherwise the inner user name.
	Authenticated bool `json:"authenticated"`

	// Sessions is the number of connections. Of them, Roamed continue one at another access point,
	// Cut ended by its restart, Gigawords exceed 32-bit counters, and WithoutStop and WithoutStart
	// lost a record.
	Sessions     int `json:"sessions"`
	Roamed       int `json:"roamed"`
	Cut          int `json:"cutOff"`
	Gigawords    int `json:"withGigawords"`
	WithoutStop  int `json:"withoutStop"`
	WithoutStart int `json:"withoutStart"`
	Restarts     int `json:"restarts"`

	// Records is the number of records sent. Late, OutOfOrder and Doubled count their faults,
	// Acknowledged the responses.
	Records      int `json:"records"`
	Late         int `json:"late"`
	OutOfOrder   int `json:"outOfOrder"`
	Doubled      int `json:"doubled"`
	Acknowledged int `json:"acknowledged"`
	// PerSecond is the rate of acknowledged records.
	PerSecond float64 `json:"recordsPerSecond"`

	// Octets and Seconds are totals of Connections.
	Octets  int64 `json:"octets"`
	Seconds int64 `json:"seconds"`
	// Connections are sorted by start.
	Connections []DayConnection `json:"connections"`
}

// A DayConnection is a connection as its records describe it. Members with a name of the API's
// accountings must be equal there; times may be one or two seconds later on a server that derives
// them from Acct-Delay-Time.
type DayConnection struct {
	Start time.Time  `json:"start"`
	Stop  *time.Time `json:"stop"` // nil until its end is known
	// Duration is in seconds, Traffic in octets of both directions.
	Duration       int64   `json:"duration"`
	Traffic        int64   `json:"traffic"`
	MAC            string  `json:"macAddressClient"`
	Address        string  `json:"ipAddressClient"`
	TerminateCause *string `json:"terminateCause"`

	Username      string `json:"username"`
	SessionID     string `json:"acctSessionId"`
	NASIdentifier string `json:"nasIdentifier"`
	CalledStation string `json:"calledStationId"`
	// Records is the number of distinct records.
	Records int `json:"records"`
}

// causeRestart is the terminate cause of a session that ended with its access point (RFC 2866).
const causeRestart = "NAS-Reboot"

// Expected returns the report of the day after all records have arrived, in any order. Counts of
// sent and acknowledged records are zero.
func (p *Plan) Expected() *DayReport {
	report := p.report
	report.Connections = make([]DayConnection, 0, len(p.sessions))
	for _, s := range p.sessions {
		ap := p.day.AccessPoints[s.ap]
		in, out := s.octets(s.counted)
		c := DayConnection{
			Start: p.day.Begin.Add(s.start), Duration: int64(s.counted / time.Second), Traffic: in + out,
			MAC: s.mac, Address: s.address, Username: s.network.Username, SessionID: s.id,
			NASIdentifier: ap.NASIdentifier, CalledStation: ap.calledStation(s.network), Records: s.records,
		}
		ended := func(at time.Duration, cause string) {
			stop := p.day.Begin.Add(at)
			c.Stop, c.TerminateCause = &stop, &cause
			c.Duration = int64((at - s.start) / time.Second)
		}
		switch {
		case s.reported:
			ended(s.end, s.cause)
		case s.restartedAt > 0:
			ended(s.restartedAt, causeRestart)
		}
		report.Octets += c.Traffic
		report.Seconds += c.Duration
		report.Connections = append(report.Connections, c)
	}
	return &report
}
