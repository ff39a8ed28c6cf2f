package radio

import "time"

// A DayReport is what was sent of a Day, and what whoever kept it must know afterwards.
type DayReport struct {
	Seed  uint64    `json:"seed"`
	Begin time.Time `json:"begin"`
	End   time.Time `json:"end"`
	// Authenticated is whether each device authenticated first: then the records carry the outer identity and the Class of its Access-Accept, otherwise the
	// inner user name.
	Authenticated bool `json:"authenticated"`

	// Sessions is how many connections there were. Roamed of them took over from another access point, Cut were cut off by its restart, Gigawords count beyond
	// 32 bits, and of some the Stop or the Start is lost.
	Sessions     int `json:"sessions"`
	Roamed       int `json:"roamed"`
	Cut          int `json:"cutOff"`
	Gigawords    int `json:"withGigawords"`
	WithoutStop  int `json:"withoutStop"`
	WithoutStart int `json:"withoutStart"`
	Restarts     int `json:"restarts"`

	// Records were sent, so many of them Late, OutOfOrder or Doubled, and Acknowledged were answered.
	Records      int `json:"records"`
	Late         int `json:"late"`
	OutOfOrder   int `json:"outOfOrder"`
	Doubled      int `json:"doubled"`
	Acknowledged int `json:"acknowledged"`
	// PerSecond counts the acknowledged records over the whole time of sending.
	PerSecond float64 `json:"recordsPerSecond"`

	// Octets and Seconds add up Connections.
	Octets  int64 `json:"octets"`
	Seconds int64 `json:"seconds"`
	// Connections are in the order of their beginnings.
	Connections []DayConnection `json:"connections"`
}

// A DayConnection is a connection as it is known from its records. Where its members have the names of the API's accountings they mean the same and
// must be equal; times may be later by a second or two where a server reckons them from Acct-Delay-Time.
type DayConnection struct {
	Start time.Time  `json:"start"`
	Stop  *time.Time `json:"stop"` // nil while nothing says that it ended
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
	// Records is how many different ones were made of it.
	Records int `json:"records"`
}

// causeRestart is RFC 2866's word for a session that ended with its access point.
const causeRestart = "NAS-Reboot"

// Expected says what must be known of the day when all its records have arrived, in whatever order. What is sent and acknowledged is not counted
// yet.
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
