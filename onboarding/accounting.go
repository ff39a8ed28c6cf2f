package onboarding

import (
	"context"
	"errors"
	"time"
)

// AccountingType is an Acct-Status-Type (RFC 2866 section 5.1).
type AccountingType string

const (
	AccountingStart   AccountingType = "Start"
	AccountingInterim AccountingType = "Interim-Update"
	AccountingStop    AccountingType = "Stop"
	AccountingOn      AccountingType = "Accounting-On"
	AccountingOff     AccountingType = "Accounting-Off"
)

// AccountingRecord is one accounting request.
type AccountingRecord struct {
	Type        AccountingType
	UniqueID    string // Acct-Unique-Session-Id
	SessionID   string // Acct-Session-Id
	Username    string
	Classes     [][]byte
	AccessPoint AccessPointClaim

	CallingStation string
	Address        string     // Framed-IP-Address
	Event          *time.Time // Event-Timestamp: the access point's clock
	Received       *time.Time // when FreeRADIUS got it; nil: now
	Delay          time.Duration
	Duration       int64 // Acct-Session-Time, seconds
	Input, Output  int64 // octets, gigawords added
	Cause          string
}

// The bounds of what an access point is believed.
const (
	maxClockAhead     = 2 * time.Minute      // how far its clock may be ahead of ours
	maxDelay          = 7 * 24 * time.Hour   // Acct-Delay-Time
	maxDuration       = 400 * 24 * time.Hour // Acct-Session-Time
	maxRestartDelay   = time.Hour            // how old an Accounting-On may be: its sender's clock is often not set yet
	maxTraffic        = int64(1) << 60
	maxAccountingText = 253
	classSlack        = 5 * time.Minute
)

// oldestEvent is before any record of ours: an access point that names an earlier time has no clock.
var oldestEvent = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

// at is when the record was made. The access point's clock counts (then stamped is true) if it says a possible time: not in the future, not before
// its owner authenticated (notBefore). Else it is when FreeRADIUS received the record, less the delay that the access point admits.
func (r *AccountingRecord) at(now, notBefore time.Time) (at time.Time, stamped bool) {
	received := now
	if r.Received != nil && r.Received.Before(now) && r.Received.After(oldestEvent) {
		received = *r.Received
	}
	if r.Event != nil && !r.Event.After(received.Add(maxClockAhead)) && r.Event.After(oldestEvent) && !r.Event.Before(notBefore) {
		return minTime(*r.Event, received), true
	}
	return received.Add(-max(0, min(r.Delay, maxDelay))), false
}

// soundText is an attribute that can be kept as it is: one that cannot be text, or is longer than an attribute can be, counts for nothing. What else
// the record says is kept.
func soundText(text string) string {
	if checkText("", text, maxAccountingText) != nil {
		return ""
	}
	return text
}

// Account keeps one accounting record. The same record again changes nothing, and records may come in any order. A record of
// a kind that says nothing about connections is ignored.
func (s *Service) Account(ctx context.Context, r *AccountingRecord) error {
	switch r.Type {
	case AccountingStart, AccountingInterim, AccountingStop:
		return s.accountSession(ctx, r)
	case AccountingOn, AccountingOff:
		return s.accountRestart(ctx, r)
	}
	return nil
}

func (s *Service) accountSession(ctx context.Context, r *AccountingRecord) error {
	if r.UniqueID == "" {
		return InvalidField("Acct-Unique-Session-Id", "missing")
	}
	if err := checkText("Acct-Unique-Session-Id", r.UniqueID, maxAccountingText); err != nil {
		return err
	}
	at, err := s.place(ctx, s.store, &r.AccessPoint)
	if err != nil {
		return err
	}
	who, err := s.accountedCustomer(ctx, r, &at)
	if err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx Tx) error { return s.keepRecord(ctx, tx, r, &at, who) })
}

// accounted is whom a record is about.
type accounted struct {
	customerID string
	proven     bool
	gone       bool // the customer is deleted
	notBefore  time.Time
}

// accountedCustomer tells by the Class or, where none is ours, by the user name. At another organization's access point it is nobody: that one has no
// business with the customer.
func (s *Service) accountedCustomer(ctx context.Context, r *AccountingRecord, at *place) (accounted, error) {
	elsewhere := func(l *Login) bool { return at.known() && at.OrganizationID != l.OrganizationID }
	for _, class := range r.Classes {
		id, made, err := s.openClass(ctx, class)
		if errors.Is(err, errForeignClass) {
			continue
		}
		if err != nil {
			return accounted{}, err
		}
		login, err := s.store.LoginByID(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			return accounted{gone: true, notBefore: made.Add(-classSlack)}, nil
		case err != nil:
			return accounted{}, err
		case elsewhere(login):
			return accounted{}, nil
		}
		return accounted{customerID: id, proven: true, notBefore: made.Add(-classSlack)}, nil
	}
	login, reason, err := s.login(ctx, r.Username)
	if err != nil || reason != "" || elsewhere(login) {
		return accounted{}, err
	}
	return accounted{customerID: login.CustomerID}, nil
}

// session is what this record alone tells of its session.
func (r *AccountingRecord) session(at *place, who accounted, now time.Time) Session {
	t, stamped := r.at(now, who.notBefore)
	duration := r.Duration
	if duration < 0 || time.Duration(duration) > maxDuration/time.Second {
		duration = 0
	}
	mac, _ := ParseMAC(r.CallingStation)
	s := Session{
		UniqueID: r.UniqueID, OrganizationID: at.OrganizationID, CustomerID: who.customerID,
		LocationID: at.LocationID, HotspotID: at.HotspotID, AccessPoint: at.key, Proven: who.proven,
		SessionID: soundText(r.SessionID), CallingStation: soundText(r.CallingStation), NASIdentifier: at.claim.NASIdentifier,
		MAC: mac, Address: soundText(r.Address), SSID: at.ssid,
		Implied:  t.Add(-time.Duration(duration) * time.Second),
		Duration: duration, Input: max(0, min(r.Input, maxTraffic)), Output: max(0, min(r.Output, maxTraffic)),
		Anonymous: who.gone,
	}
	s.Progress = Progress{Duration: duration, Octets: s.Input + s.Output, At: t}
	if stamped {
		s.Progress.Event = r.Event.UnixMicro()
	}
	switch r.Type {
	case AccountingStart:
		s.Started = &t
	case AccountingStop:
		s.Reported = &Stop{Progress: s.Progress, Cause: soundText(r.Cause)}
	}
	return s
}

func (s *Service) keepRecord(ctx context.Context, tx Tx, r *AccountingRecord, at *place, who accounted) error {
	now := s.now()
	is := r.session(at, who, now)
	was, err := tx.Session(ctx, is.UniqueID)
	if errors.Is(err, ErrNotFound) {
		was, err = nil, nil
	}
	if err != nil {
		return err
	}
	if was != nil {
		is = was.merge(is)
	}
	if err := is.restarted(func(from time.Time) (*time.Time, error) { return firstRestart(ctx, tx, is.AccessPoint, from) }); err != nil {
		return err
	}
	if was == nil && !at.known() {
		if err := tx.PutAccessPoint(ctx, at.accessPoint(now)); err != nil {
			return err
		}
	}
	return s.keepSession(ctx, tx, was, &is)
}

func firstRestart(ctx context.Context, r AccessPointReader, accessPoint string, from time.Time) (*time.Time, error) {
	at, err := r.FirstRestart(ctx, accessPoint, from)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return &at, err
}

// keepSession stores what became of a session, and what follows from it: the device's row, the customer's visits and metrics. was is the session before, nil for
// a new one.
func (s *Service) keepSession(ctx context.Context, tx Tx, was, is *Session) error {
	var login *Login
	if is.CustomerID != "" {
		var err error
		login, err = tx.LoginByID(ctx, is.CustomerID)
		switch {
		case errors.Is(err, ErrNotFound):
			is.forget()
		case err != nil:
			return err
		case login.Minimised:
			is.minimise()
		default:
			is.OrganizationID = login.OrganizationID
		}
	}
	if was != nil && was.equal(is) {
		return nil
	}
	if err := tx.PutSession(ctx, is); err != nil || is.CustomerID == "" || login.Minimised {
		return err
	}
	if err := keepStation(ctx, tx, was, is); err != nil {
		return err
	}
	if !login.Profiled || is.LocationID == "" {
		return nil
	}
	o, err := tx.Organization(ctx, login.OrganizationID)
	if err != nil {
		return err
	}
	change, err := keepVisits(ctx, tx, o, was, is)
	if err != nil {
		return err
	}
	return s.keepMetrics(ctx, tx, o, login.CustomerID, change)
}

// minimise leaves, of a customer who refused the processing of personal data, only what a Disconnect-Request needs while the device is
// connected.
func (s *Session) minimise() {
	if s.Stop() != nil {
		s.forget()
	}
	s.MAC, s.Address = "", ""
}

// keepStation counts a session once for its device, and widens the time in which the device was seen.
func keepStation(ctx context.Context, tx Tx, was, is *Session) error {
	if is.MAC == "" {
		return nil
	}
	station := &Station{
		CustomerID: is.CustomerID, MAC: is.MAC, Randomised: RandomisedMAC(is.MAC),
		FirstSeen: is.Start(), LastSeen: is.Seen(), Connections: 1,
	}
	if was != nil && was.CustomerID == is.CustomerID && was.MAC == is.MAC {
		if is.Start().After(was.Start()) || is.Seen().Before(was.Seen()) {
			return tx.TightenStation(ctx, is.CustomerID, is.MAC)
		}
		if is.Start().Equal(was.Start()) && is.Seen().Equal(was.Seen()) {
			return nil
		}
		station.Connections = 0
	}
	return tx.PutStation(ctx, station)
}

// equal reports whether nothing differs.
func (s *Session) equal(t *Session) bool {
	a, b := *s, *t
	a.Started, b.Started, a.Restart, b.Restart, a.Reported, b.Reported = nil, nil, nil, nil, nil, nil
	return a == b && sameInstant(s.Started, t.Started) && sameInstant(s.Restart, t.Restart) &&
		(s.Reported == nil) == (t.Reported == nil) && (s.Reported == nil || *s.Reported == *t.Reported)
}

func sameInstant(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}
