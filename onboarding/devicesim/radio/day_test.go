package radio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
	"pgregory.net/rapid"

	"onramp/onboarding/devicesim/judge"
)

// accountant is an accounting server that keeps every packet in order of arrival.
type accountant struct {
	address string
	mu      sync.Mutex
	packets []*radius.Packet
	silent  func(int) bool // indexes of packets to leave unanswered
}

const accountantSecret = "venue-secret"

func newAccountant(t *testing.T, silent func(int) bool) *accountant {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &accountant{address: conn.LocalAddr().String(), silent: silent}
	server := radius.PacketServer{
		SecretSource: radius.StaticSecretSource([]byte(accountantSecret)),
		Handler:      radius.HandlerFunc(a.serve),
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(conn)
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return a
}

func (a *accountant) serve(w radius.ResponseWriter, r *radius.Request) {
	a.mu.Lock()
	n := len(a.packets)
	a.packets = append(a.packets, r.Packet)
	a.mu.Unlock()
	if !a.silent(n) {
		_ = w.Write(r.Response(radius.CodeAccountingResponse))
	}
}

func answerAll(int) bool { return false }

func (a *accountant) received() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.packets)
}

// kept returns the sessions of all packets as RFC 2866 defines them, by access point, device and
// session ID: the longest duration, the largest counters; a session without a Stop ends with the
// restart of its access point.
func (a *accountant) kept(t *testing.T) map[string]DayConnection {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	sessions := map[string]DayConnection{}
	last := map[string]time.Time{}
	restarts := map[string]time.Time{}
	for _, k := range a.packets {
		nas, made := rfc2865.NASIdentifier_GetString(k), rfc2869.EventTimestamp_Get(k).UTC()
		status := rfc2866.AcctStatusType_Get(k)
		if status == rfc2866.AcctStatusType_Value_AccountingOn {
			if was, twice := restarts[nas]; twice && !was.Equal(made) {
				t.Errorf("%s restarts at %v and at %v", nas, was, made)
			}
			restarts[nas] = made
			continue
		}
		calling := rfc2865.CallingStationID_GetString(k)
		mac := strings.ToLower(strings.NewReplacer("-", "", ":", "", ".", "").Replace(calling))
		key := nas + " " + mac + " " + rfc2866.AcctSessionID_GetString(k)
		seconds := int64(rfc2866.AcctSessionTime_Get(k))
		traffic := int64(rfc2866.AcctInputOctets_Get(k)) + int64(rfc2866.AcctOutputOctets_Get(k)) +
			int64(rfc2869.AcctInputGigawords_Get(k))<<32 + int64(rfc2869.AcctOutputGigawords_Get(k))<<32
		s, seen := sessions[key]
		if !seen {
			s = DayConnection{
				Start:         made.Add(-time.Duration(seconds) * time.Second),
				MAC:           mac,
				Address:       rfc2865.FramedIPAddress_Get(k).String(),
				Username:      rfc2865.UserName_GetString(k),
				SessionID:     rfc2866.AcctSessionID_GetString(k),
				NASIdentifier: nas,
				CalledStation: rfc2865.CalledStationID_GetString(k),
			}
		}
		if start := made.Add(-time.Duration(seconds) * time.Second); !start.Equal(s.Start) {
			t.Errorf("%s began at %v and at %v", key, s.Start, start)
		}
		s.Duration, s.Traffic = max(s.Duration, seconds), max(s.Traffic, traffic)
		if status == rfc2866.AcctStatusType_Value_Stop {
			cause := rfc2866.AcctTerminateCause_Get(k).String()
			s.Stop, s.TerminateCause = &made, &cause
		}
		if made.After(last[key]) {
			last[key] = made
		}
		sessions[key] = s
	}
	for key, s := range sessions {
		if at, ok := restarts[s.NASIdentifier]; ok && s.Stop == nil && last[key].Before(at) {
			cause := causeRestart
			s.Stop, s.TerminateCause, s.Duration = &at, &cause, int64(at.Sub(s.Start)/time.Second)
			sessions[key] = s
		}
	}
	return sessions
}

// dayGuest returns a guest with two networks.
func dayGuest(name string) Guest {
	passpoint := judge.Network{
		Type:          judge.Passpoint,
		Realm:         "venue.example",
		Username:      name,
		OuterIdentity: "anonymous@venue.example",
	}
	named := passpoint
	named.Type, named.SSID = judge.WPA2Enterprise, "Caffè: 1"
	return Guest{Networks: []judge.Network{passpoint, named}}
}

func testDay(sessions int) Day {
	return Day{
		Guests:   []Guest{dayGuest("anna")},
		Sessions: sessions,
		Seed:     7,
		Begin:    time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC),
	}
}

func mustPlan(t *testing.T, d Day) *Plan {
	t.Helper()
	p, err := d.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDay sends days to a server and compares its sessions with the report.
func TestDay(t *testing.T) {
	begin := time.Now().Add(-25 * time.Hour)
	for _, c := range []struct {
		name string
		day  Day
	}{
		{"one connection", Day{Sessions: 1, Guests: []Guest{dayGuest("anna")}}},
		{"three", Day{Sessions: 3, Guests: []Guest{dayGuest("anna")}}},
		{"forty", Day{Sessions: 40, Guests: []Guest{dayGuest("anna")}}},
		{"of three people",
			Day{Sessions: 60, Seed: 5, Guests: []Guest{dayGuest("anna"), dayGuest("josé"), dayGuest("bea")}}},
		{"at one access point",
			Day{Sessions: 40, Seed: 6, Guests: []Guest{dayGuest("anna")},
				AccessPoints: []AccessPoint{{NASIdentifier: "only.example"}}}},
		{"at three",
			Day{Sessions: 40, Seed: 6, Guests: []Guest{dayGuest("anna")},
				AccessPoints: []AccessPoint{{"a", "02-00-00-00-00-0A", ""}, {"b", "", ""},
					{"c", "02-00-00-00-00-0C", "x"}}}},
		{"of five minutes", Day{Sessions: 30, Length: 5 * time.Minute, Guests: []Guest{dayGuest("anna")}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newAccountant(t, answerAll)
			c.day.Begin = begin
			report, err := mustPlan(t,
				c.day).Account(context.Background(), RADIUS{Address: server.address, Secret: accountantSecret})
			if err != nil {
				t.Fatal(err)
			}
			if report.Records != server.received() || report.Acknowledged != report.Records ||
				len(report.Connections) != c.day.Sessions ||
				report.Authenticated {
				t.Errorf("%d records, %d acknowledged, %d received, %d connections", report.Records,
					report.Acknowledged, server.received(), len(report.Connections))
			}
			got := server.kept(t)
			if len(got) != c.day.Sessions {
				t.Errorf("%d sessions can be told apart, want %d", len(got), c.day.Sessions)
			}
			var octets, seconds int64
			for _, want := range report.Connections {
				octets, seconds = octets+want.Traffic, seconds+want.Duration
				want.Records = 0
				want.MAC = strings.ReplaceAll(want.MAC, ":", "")
				key := want.NASIdentifier + " " + want.MAC + " " + want.SessionID
				if diff := cmp.Diff(want, got[key]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", key, diff)
				}
			}
			if octets != report.Octets || seconds != report.Seconds {
				t.Errorf("octets %d, seconds %d; reported %d, %d", octets, seconds, report.Octets, report.Seconds)
			}
		})
	}
}

// TestDayHasEverything checks that a day of forty connections has every fault.
func TestDayHasEverything(t *testing.T) {
	p := mustPlan(t, testDay(40))
	r := p.Expected()
	if r.Roamed == 0 || r.Cut == 0 || r.Gigawords == 0 || r.WithoutStop == 0 || r.WithoutStart == 0 ||
		r.Restarts != 1 ||
		r.Late == 0 ||
		r.OutOfOrder == 0 ||
		r.Doubled == 0 {
		t.Errorf("%+v", r)
	}
	kinds, causes, macs, ids := map[uint32]int{}, map[string]int{}, map[string]bool{}, map[string]map[string]bool{}
	big, open := 0, 0
	for _, c := range r.Connections {
		macs[c.MAC] = true
		if ids[c.NASIdentifier+c.SessionID] == nil {
			ids[c.NASIdentifier+c.SessionID] = map[string]bool{}
		}
		ids[c.NASIdentifier+c.SessionID][c.MAC] = true
		if c.Traffic > 1<<32 {
			big++
		}
		if c.Stop == nil {
			open++
			continue
		}
		causes[*c.TerminateCause]++
	}
	again := 0
	for _, devices := range ids {
		if len(devices) > 1 {
			again++
		}
	}
	for _, k := range p.records {
		kinds[k.kind]++
	}
	if kinds[kindStart] == 0 || kinds[kindStop] == 0 || kinds[kindInterim] < 100 || kinds[kindOn] == 0 {
		t.Errorf("kinds of record %v", kinds)
	}
	if causes[causeRestart] == 0 || causes["User-Request"] == 0 || len(causes) < 4 || big == 0 || open == 0 {
		t.Errorf("causes %v, %d with gigawords, %d open", causes, big, open)
	}
	if again == 0 {
		t.Error("no session ID is used again after the restart")
	}
	random, factory := 0, 0
	for mac := range macs {
		var first byte
		if _, err := fmt.Sscanf(mac, "%02x:", &first); err != nil || first&1 != 0 {
			t.Errorf("address %s", mac)
		}
		if first&2 != 0 {
			random++
		} else {
			factory++
		}
	}
	if random != 5 || factory != 1 {
		t.Errorf("%d randomised addresses, %d others", random, factory)
	}
}

// TestDayIsPossible checks properties of every day: a device's connections do not overlap, nothing
// is outside the day, and equal seeds give equal days.
func TestDayIsPossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := testDay(rapid.IntRange(1, 300).Draw(t, "sessions"))
		day.Seed = rapid.Uint64().Draw(t, "seed")
		day.Length = time.Duration(rapid.IntRange(2000, 172800).Draw(t, "seconds")) * time.Second
		for range rapid.IntRange(0, 2).Draw(t, "more guests") {
			day.Guests = append(day.Guests, dayGuest("bea"))
		}
		p, err := day.Plan()
		if err != nil {
			t.Fatal(err)
		}
		report := p.Expected()
		if len(report.Connections) != day.Sessions || len(p.sessions) != day.Sessions {
			t.Fatalf("%d connections, want %d", len(report.Connections), day.Sessions)
		}
		until := map[*device]time.Duration{}
		for _, s := range p.sessions {
			if s.start < until[s.device] || s.end <= s.start || s.end > day.Length || s.start < 0 {
				t.Fatalf("a device connects from %v to %v, after a connection until %v", s.start, s.end,
					until[s.device])
			}
			until[s.device] = s.end
			if s.records == 0 {
				t.Fatalf("a session without a record")
			}
		}
		for i, c := range report.Connections {
			if i > 0 && c.Start.Before(report.Connections[i-1].Start) || c.Duration < 0 ||
				c.Stop != nil && int64(c.Stop.Sub(c.Start)/time.Second) != c.Duration {
				t.Fatalf("connection %+v", c)
			}
		}
		twin, err := day.Plan()
		if err != nil {
			t.Fatal(err)
		}
		if len(twin.records) != len(p.records) {
			t.Fatal("the same seed makes another day")
		}
		sent := time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)
		octets := func(p *Plan, i int) []byte {
			k, err := p.packet(p.records[i], []byte("s"), sent)
			if err != nil {
				t.Fatal(err)
			}
			k.Identifier = 0
			wire, err := k.Encode()
			if err != nil {
				t.Fatal(err)
			}
			return wire
		}
		for i := 0; i < len(p.records); i += 1 + len(p.records)/50 {
			if !bytes.Equal(octets(p, i), octets(twin, i)) {
				t.Fatalf("record %d differs", i)
			}
		}
	})
}

// TestDaySaysWhatTheAccessPointWasTold checks the packets of a device that authenticated.
func TestDaySaysWhatTheAccessPointWasTold(t *testing.T) {
	p := mustPlan(t, testDay(4))
	for _, d := range p.devices {
		d.username, d.classes = "anonymous@venue.example", [][]byte{{1, 2}, []byte("o1.x")}
	}
	sent := p.day.Begin.Add(48 * time.Hour)
	for _, record := range p.records {
		k, err := p.packet(record, []byte("s"), sent)
		if err != nil {
			t.Fatal(err)
		}
		if delay := time.Duration(rfc2866.AcctDelayTime_Get(k)) * time.Second; !sent.Add(-delay).
			Equal(rfc2869.EventTimestamp_Get(k)) {
			t.Errorf("a delay of %v", delay)
		}
		if record.session == nil {
			continue
		}
		if classes, err := rfc2865.Class_Gets(k); err != nil || len(classes) != 2 || string(classes[1]) != "o1.x" {
			t.Errorf("classes %q, %v", classes, err)
		}
		if name := rfc2865.UserName_GetString(k); name != "anonymous@venue.example" {
			t.Errorf("user name %q", name)
		}
	}
	for _, c := range p.Expected().Connections {
		if c.Username != "anna" {
			t.Errorf("a connection of %q", c.Username)
		}
	}
}

func TestDayThatCannotBe(t *testing.T) {
	for name, change := range map[string]func(*Day){
		"no sessions":         func(d *Day) { d.Sessions = 0 },
		"no guests":           func(d *Day) { d.Guests = nil },
		"no network":          func(d *Day) { d.Guests = []Guest{{}} },
		"no beginning":        func(d *Day) { d.Begin = time.Time{} },
		"too many":            func(d *Day) { d.Length = time.Hour; d.Sessions = 541 },
		"far too many":        func(d *Day) { d.Sessions = 1 << 40 },
		"a day of no length":  func(d *Day) { d.Length = -time.Hour },
		"a day of one moment": func(d *Day) { d.Length = time.Millisecond },
	} {
		day := testDay(4)
		change(&day)
		if _, err := day.Plan(); err == nil {
			t.Errorf("%s: a plan", name)
		}
	}
	tomorrow := testDay(4)
	tomorrow.Begin = time.Now()
	if _, err := mustPlan(t,
		tomorrow).Account(context.Background(), RADIUS{Address: "127.0.0.1:1", Secret: "s"}); err == nil ||
		!strings.Contains(err.Error(), "in the future") {
		t.Errorf("tomorrow: %v", err)
	}
	if _, err := mustPlan(t,
		testDay(4)).Account(context.Background(), RADIUS{Address: "nowhere", Secret: "s"}); err == nil {
		t.Error("no address, no error")
	}
}

// TestDayUnanswered loses single responses, then all of them.
func TestDayUnanswered(t *testing.T) {
	server := newAccountant(t, func(n int) bool { return n == 2 || n == 5 })
	day := testDay(4)
	day.Begin = time.Now().Add(-25 * time.Hour)
	report, err := mustPlan(t,
		day).Account(context.Background(), RADIUS{Address: server.address, Secret: accountantSecret,
		Patience: 300 * time.Millisecond})
	if !errors.Is(err, ErrNoAnswer) || report == nil || report.Acknowledged != report.Records-2 {
		t.Errorf("two answers lost: %+v, %v", report, err)
	}
	for name, secret := range map[string]string{"silence": accountantSecret, "another secret": "guess"} {
		server := newAccountant(t, func(int) bool { return name == "silence" })
		report, err := mustPlan(t,
			day).Account(context.Background(), RADIUS{Address: server.address, Secret: secret,
			Patience: 100 * time.Millisecond})
		if !errors.Is(err, ErrNoAnswer) || report == nil || report.Records != patienceForMany ||
			report.Acknowledged != 0 {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := mustPlan(t, day).Account(ctx, RADIUS{Address: server.address, Secret: accountantSecret}); !errors.Is(
		err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
