package radio

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// A Day is a day in a venue: guests' devices connect, roam and leave, and the access points report
// that in RADIUS accounting (RFC 2866), with typical faults. Some Start and Stop records are
// missing; some records are sent twice, late or out of order; one access point restarts and reuses
// its session IDs. Equal Days produce equal records, except for Acct-Delay-Time.
type Day struct {
	// Guests are the guests of the day, at least one.
	Guests []Guest
	// Sessions is the total number of connections.
	Sessions int
	// Seed selects one of all possible days.
	Seed uint64
	// Begin is the start of the day, in whole seconds. The devices depend on guests and seed only,
	// not on the day.
	Begin time.Time
	// Length is the duration in whole seconds; zero means 24 hours.
	Length time.Duration
	// Interim is the time between two records of a connection; zero means 1/144 of the day, which
	// is ten minutes of 24 hours.
	Interim time.Duration
	// AccessPoints are the venue's access points; empty means the two of Onramp's demo
	// organization.
	AccessPoints []AccessPoint
}

// A Guest is a person with three devices and one credential: a phone with a persistent randomised
// MAC address, a computer with a universal one, and a tablet with a new randomised one every
// quarter of the day.
type Guest struct {
	// Networks are the networks of the guest's profile. The devices use them in turn.
	Networks []judge.Network
}

// An AccessPoint is an access point's identity in RADIUS.
type AccessPoint struct {
	// NASIdentifier is its NAS-Identifier.
	NASIdentifier string
	// BSSID is the MAC address of its radio in the notation of RFC 3580, 02-00-00-00-00-01.
	BSSID string
	// SSID is the name of its Passpoint network. A network with an SSID in the profile uses that.
	SSID string
}

// calledStation returns the Called-Station-Id for a network (RFC 3580 section 3.20).
func (a AccessPoint) calledStation(n judge.Network) string {
	ssid := n.SSID
	if ssid == "" {
		ssid = a.SSID
	}
	switch {
	case a.BSSID == "":
		return ""
	case ssid == "":
		return a.BSSID
	}
	return a.BSSID + ":" + ssid
}

// demoAccessPoints are the hotspots of the demo organization that the first `onramp serve` creates.
var demoAccessPoints = []AccessPoint{
	{NASIdentifier: "ap1.demo.onramp.example", BSSID: "02-00-00-00-00-01", SSID: "Passpoint"},
	{NASIdentifier: "ap2.demo.onramp.example", BSSID: "02-00-00-00-00-02", SSID: "Passpoint"},
}

const (
	devicesEach = 3
	// shortestSlot is the minimum time for one connection and the pause after it.
	shortestSlot = 20 * time.Second
	// restartMargin is the minimum time between a record and an access point's restart, so that
	// their order is certain even if times are derived from Acct-Delay-Time. A short day uses
	// leastMargin.
	restartMargin, leastMargin = 5 * time.Second, 2 * time.Second
	maxSession                 = 100_000
)

// A Plan is the list of a Day's connections and records. Its methods are not safe for concurrent
// use.
type Plan struct {
	day     Day
	devices []*device
	// sessions are sorted by start.
	sessions []*daySession
	records  []dayRecord   // in the order of sending
	margin   time.Duration // of the restart
	report   DayReport
}

// device is a device of a guest.
type device struct {
	guest   int
	network judge.Network
	macs    []string // 02:00:00:aa:bb:cc; one for each part of the day
	address string   // IPv4
	// From the Access-Accept: values that the access point sends in accounting.
	username string
	classes  [][]byte
}

// daySession is one connection of a device. Times are offsets from the start of the day.
type daySession struct {
	*device
	id          string // Acct-Session-Id
	mac         string
	ap          int
	start, end  time.Duration
	cause       string
	in, out     int64 // octets at the end
	cut         bool  // by the restart
	noStart     bool  // the Start record is lost
	noStop      bool
	roamed      bool // from the other access point, a moment before
	counted     time.Duration
	reported    bool // a Stop was sent
	records     int
	restartedAt time.Duration // the restart after its last record, if it has no Stop; 0: none
}

// Plan plans the day. It returns an error if the day is invalid or too short for its sessions.
func (d Day) Plan() (*Plan, error) {
	if d.Length == 0 {
		d.Length = 24 * time.Hour
	}
	d.Begin, d.Length = d.Begin.Truncate(time.Second).UTC(), d.Length.Truncate(time.Second)
	if d.Interim == 0 {
		d.Interim = d.Length / 144
	}
	d.Interim = max(d.Interim.Truncate(time.Second), time.Second)
	if len(d.AccessPoints) == 0 {
		d.AccessPoints = demoAccessPoints
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	p := &Plan{day: d, margin: min(max(d.Length/(100*time.Duration(d.Sessions)), leastMargin), restartMargin)}
	// Other guests have another day and other devices.
	guests := fnv.New64a()
	for _, g := range d.Guests {
		_, _ = fmt.Fprintf(guests, "%q", g.Networks[0].Username) // never fails
	}
	r := rand.New(rand.NewPCG(d.Seed, guests.Sum64()))
	p.report = DayReport{Seed: d.Seed, Begin: d.Begin, End: d.Begin.Add(d.Length), Sessions: d.Sessions}
	p.people(r)
	p.connections(r)
	reboot := p.restart(r)
	p.numbers(r, reboot)
	p.faults(r)
	p.write(r, reboot)
	return p, nil
}

func (d Day) check() error {
	devices := len(d.Guests) * devicesEach
	switch {
	case d.Sessions < 1 || d.Sessions > maxSession:
		return fmt.Errorf("sessions must be between 1 and %d", maxSession)
	case devices == 0:
		return errors.New("the day has no guests")
	case d.Begin.IsZero():
		return errors.New("the day has no start")
	case d.Length < 0:
		return errors.New("the length of the day must not be negative")
	}
	for _, g := range d.Guests {
		if len(g.Networks) == 0 {
			return errors.New("a guest has no network")
		}
	}
	if each := (d.Sessions + devices - 1) / devices; d.Length/time.Duration(each) < shortestSlot {
		return fmt.Errorf("%d sessions of %d devices do not fit into %v: the maximum is %d",
			d.Sessions, devices, d.Length, devices*int(d.Length/shortestSlot))
	}
	return nil
}

// people creates the devices of each guest.
func (p *Plan) people(r *rand.Rand) {
	for g, guest := range p.day.Guests {
		random := func() string {
			// Locally administered unicast address (IEEE 802).
			return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", r.IntN(64)<<2|2, r.IntN(256), r.IntN(256), r.IntN(256),
				g>>8&255, g&255)
		}
		// The computer's address is reserved for documentation (RFC 9542).
		for i, macs := range [devicesEach][]string{
			{random()},
			{fmt.Sprintf("00:00:5e:00:53:%02x", (r.IntN(256)+g)&255)},
			{random(), random(), random(), random()},
		} {
			d := len(p.devices)
			network := guest.Networks[i%len(guest.Networks)]
			p.devices = append(p.devices, &device{
				guest: g, network: network, macs: macs, username: network.Username,
				address: fmt.Sprintf("198.18.%d.%d", (d+1)>>8&255, (d+1)&255), // RFC 2544's own network
			})
		}
	}
}

// connections distributes the sessions over the devices. Each has its own slot of the day, so
// connections of a device do not overlap.
func (p *Plan) connections(r *rand.Rand) {
	for i, d := range p.devices {
		n := p.day.Sessions / len(p.devices)
		if i < p.day.Sessions%len(p.devices) {
			n++
		}
		if n == 0 {
			continue
		}
		slot := int64(p.day.Length/time.Second) / int64(n)
		between := func(from, to int64) time.Duration {
			return time.Duration(from+r.Int64N(max(to-from, 1))) * time.Second
		}
		var last *daySession
		for k := range n {
			s := &daySession{device: d, mac: d.macs[k*len(d.macs)/n], ap: r.IntN(len(p.day.AccessPoints))}
			s.start = time.Duration(int64(k)*slot)*time.Second + between(0, slot/4)
			length := between(slot/8, slot/2)
			if last != nil && len(p.day.AccessPoints) > 1 && r.IntN(4) == 0 {
				s.roamed, s.mac = true, last.mac
				s.start = last.end + between(1, 3)
				s.ap = (last.ap + 1) % len(p.day.AccessPoints)
				last.cause = "User-Request"
				p.report.Roamed++
			}
			s.end = s.start + length
			s.cause = []string{"User-Request", "Lost-Carrier", "Idle-Timeout", "Session-Timeout"}[r.IntN(4)]
			s.in, s.out = r.Int64N(20<<20), r.Int64N(200<<20)
			p.sessions = append(p.sessions, s)
			last = s
		}
	}
}
