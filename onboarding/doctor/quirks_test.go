package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// scene is a venue whose hall's access point accepted Ada's phone.
type scene struct {
	*testkit.Venue
	phone string // Calling-Station-Id
	ssid  string // after the BSSID in Called-Station-Id
	clock time.Duration
}

func newScene(t *testing.T) *scene {
	s := &scene{Venue: testkit.NewVenue(t), phone: "02-00-00-00-AA-01", ssid: ":venue"}
	s.AddCustomer(s.Here, "ada", "correct horse battery")
	return s
}

func (s *scene) accept() radius.AccessPointIdentity {
	s.Helper()
	door := radius.AccessPointIdentity{
		NASIdentifier: testkit.Hall, CalledStation: "02-00-00-00-01-01" + s.ssid, Address: "10.0.0.1",
	}
	if err := s.RADIUS.RecordLogin(s.Context(), radius.LoginOutcome{
		Username: "ada", Accepted: true, AccessPoint: door, CallingStation: s.phone,
	}); err != nil {
		s.Fatal(err)
	}
	return door
}

// record sends an accounting record of Ada's phone.
func (s *scene) record(
	door radius.AccessPointIdentity, kind radius.AccountingType, unique string, length time.Duration,
) {
	s.Helper()
	event := s.Now().Add(s.clock)
	s.AccountRecord(radius.AccountingRecord{
		Type: kind, UniqueID: unique, SessionID: unique, Username: s.IssuedName("ada"), AccessPoint: door,
		CallingStation: "02-00-00-00-AA-01", Event: &event, Duration: int64(length / time.Second),
	})
}

func (s *scene) hints() string {
	s.Helper()
	var out strings.Builder
	Run(s.Context(), &out, Quirks(s.Store, s.Now()))
	return out.String()
}

const sound = "ok    access point settings: the last records of declared access points show no wrong setting\n"

// TestQuirks causes each quirk by the packets of an access point, and requires its hint alone. An
// access point without a quirk has no hint.
func TestQuirks(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(s *scene)
		want string
	}{
		{"nothing happened", func(*scene) {}, ""},
		{"a short visit", func(s *scene) {
			door := s.accept()
			s.record(door, radius.AccountingStart, "a", 0)
			s.Advance(2 * time.Hour)
			s.record(door, radius.AccountingStop, "a", 2*time.Hour)
		}, ""},
		{"interim updates", func(s *scene) {
			door := s.accept()
			s.record(door, radius.AccountingStart, "a", 0)
			s.Advance(2 * time.Hour)
			s.record(door, radius.AccountingInterim, "a", 2*time.Hour)
		}, ""},
		{"accepted just now", func(s *scene) { s.accept() }, ""},
		{"no accounting", func(s *scene) {
			s.accept()
			s.Advance(20 * time.Minute)
		}, "accepted a device at 2026-11-23T09:00:00Z, and no accounting record followed"},
		{"accepted long ago", func(s *scene) {
			s.accept()
			s.Advance(8 * 24 * time.Hour)
		}, ""},
		{"no interim updates", func(s *scene) {
			s.record(s.accept(), radius.AccountingStart, "a", 0)
			s.Advance(90 * time.Minute)
		}, "sent no accounting record about an open connection for 1h30m"},
		{"no SSID", func(s *scene) {
			s.ssid = ""
			door := s.accept()
			s.record(door, radius.AccountingStart, "a", 0)
		}, "its Called-Station-Id has no SSID"},
		{"no Calling-Station-Id", func(s *scene) {
			s.phone = ""
			s.record(s.accept(), radius.AccountingStart, "a", 0)
		}, "its requests have no Calling-Station-Id"},
		{"a Calling-Station-Id that is no address", func(s *scene) {
			s.phone = "ada@venue1.example"
			s.record(s.accept(), radius.AccountingStart, "a", 0)
		}, "its requests have no Calling-Station-Id"},
		{"a wrong clock", func(s *scene) {
			s.clock = -3 * time.Hour
			for i := range 2 {
				door := s.accept()
				s.record(door, radius.AccountingStart, fmt.Sprint(i), 0)
				s.Advance(10 * time.Minute)
				s.record(door, radius.AccountingStop, fmt.Sprint(i), 10*time.Minute)
			}
		}, "its clock is wrong by about -3h0m0s"},
		{"one late record", func(s *scene) {
			s.clock = -3 * time.Hour
			door := s.accept()
			s.record(door, radius.AccountingStart, "a", 0)
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			tt.do(s)
			got := s.hints()
			if tt.want == "" {
				if got != sound {
					t.Errorf("got %s", got)
				}
				return
			}
			if strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "warn  access point settings: ") ||
				!strings.Contains(got, tt.want) {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestDroppedRequests checks the lines about dropped requests.
func TestDroppedRequests(t *testing.T) {
	read := func(r *Requests, err error) Check {
		return DroppedRequests(func(context.Context) (*Requests, error) { return r, err })
	}
	contains(t, lines(t, true, read(nil, nil)), "ok    radius requests: FreeRADIUS has no status port")
	contains(t, lines(t, true, read(&Requests{}, nil)), "ok    radius requests: FreeRADIUS dropped none")
	contains(t, lines(t, true, read(nil, errors.New("no answer"))), "warn  radius requests", "no answer")
	contains(t, lines(t, true, read(&Requests{Unknown: 3, Clients: []ClientRequests{
		{Client: "Door 192.0.2.1", Malformed: 7}, {Client: "Roof 192.0.2.2", Invalid: 9}, {Client: "Hall 192.0.2.3"},
	}}, nil)),
		"3 requests of undeclared senders", "Door 192.0.2.1: 7 requests without Message-Authenticator",
		"Roof 192.0.2.2: 9 requests with another secret")
}

var _ QuirkSource = onboarding.Store(nil)
