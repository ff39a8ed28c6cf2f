package radius

import (
	"context"
	"errors"
	"slices"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/visits"
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
	UniqueID    string // Acct-Unique-Session-Id, which covers the access point, the device and Acct-Session-Id
	SessionID   string // Acct-Session-Id
	Username    string
	Pseudonym   string // Chargeable-User-Identity
	Classes     [][]byte
	AccessPoint AccessPointIdentity

	CallingStation string
	Address        string     // Framed-IP-Address or Framed-IPv6-Address; see BestAddress
	Event          *time.Time // Event-Timestamp: the access point's clock
	Received       *time.Time // when FreeRADIUS got it; nil: now
	Delay          time.Duration
	Duration       int64 // Acct-Session-Time, seconds
	Input, Output  int64 // octets, gigawords added
	Cause          string
}

// Limits on values accepted from access points.
const (
	maxClockAhead     = 2 * time.Minute      // how far its clock may be ahead of ours
	maxClockBehind    = 31 * 24 * time.Hour  // how old a record may be when it comes, unless Acct-Delay-Time says so
	maxDelay          = 7 * 24 * time.Hour   // Acct-Delay-Time
	maxDuration       = 400 * 24 * time.Hour // Acct-Session-Time
	maxRestartDelay   = time.Hour            // how old an Accounting-On may be: its sender's clock is often not set yet
	maxTraffic        = int64(1) << 60
	maxAccountingText = 253
	classSlack        = 5 * time.Minute
)

// oldestEvent is before any record of ours: an access point that names an earlier time has no clock.
var oldestEvent = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

// received returns when FreeRADIUS received the record, and when that is less the delay that the access point admits.
func (r *AccountingRecord) received(now time.Time) (received, made time.Time) {
	received = now
	if r.Received != nil && r.Received.Before(now) && r.Received.After(oldestEvent) {
		received = r.Received.UTC().Truncate(time.Microsecond)
	}
	return received, received.Add(-max(0, min(r.Delay, maxDelay)))
}

// at returns when the record was made. The access point's clock counts (then stamped is true) if its time is possible: neither in
// the future nor long before the record was received, and not before notBefore, when its customer became one or
// authenticated. Otherwise it is when FreeRADIUS received the record, less the delay that the access point admits.
func (r *AccountingRecord) at(now, notBefore time.Time) (at time.Time, stamped bool) {
	received, made := r.received(now)
	if r.Event == nil || r.Event.After(received.Add(maxClockAhead)) || r.Event.Before(oldestEvent) ||
		r.Event.Before(made.Add(-maxClockBehind)) || r.Event.Before(notBefore) {
		return made, false
	}
	return onboarding.MinTime(r.Event.UTC().Truncate(time.Microsecond), received), true
}

// soundText is an attribute that can be kept as it is: one that cannot be text, or is longer than an attribute can be, counts for nothing. What else
// the record says is kept.
func soundText(text string) string {
	if onboarding.CheckText("", text, maxAccountingText) != nil {
		return ""
	}
	return text
}

// Account keeps one accounting record. The same record again changes nothing, and records may come in any order. A record of
// a kind that says nothing about connections is ignored.
func (s *AAA) Account(ctx context.Context, r *AccountingRecord) error {
	switch r.Type {
	case AccountingStart, AccountingInterim, AccountingStop:
		return s.accountConnection(ctx, r)
	case AccountingOn, AccountingOff:
		return s.accountRestart(ctx, r)
	}
	return nil
}

func (s *AAA) accountConnection(ctx context.Context, r *AccountingRecord) error {
	if r.UniqueID == "" {
		return onboarding.InvalidField("Acct-Unique-Session-Id", "missing")
	}
	if err := onboarding.CheckText("Acct-Unique-Session-Id", r.UniqueID, maxAccountingText); err != nil {
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
	ordered := false
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		var err error
		ordered, err = s.putRecord(ctx, tx, r, &at, &who)
		return err
	})
	if ordered {
		s.aaa.wake()
	}
	return err
}

// session returns what this record alone tells of its session.
func (r *AccountingRecord) session(at *place, who *accounted, now time.Time) record {
	t, stamped := r.at(now, who.notBefore)
	duration := r.Duration
	if duration < 0 || time.Duration(duration) > maxDuration/time.Second {
		duration = 0
	}
	mac := onboarding.StationMAC(r.CallingStation)
	s := onboarding.Connection{
		UniqueID: r.UniqueID, Key: r.UniqueID, OrganizationID: at.OrganizationID, CustomerID: who.customerID, Proven: who.proven,
		LocationID: at.LocationID, HotspotID: at.HotspotID, HostID: at.OrganizationID, AccessPoint: at.key,
		NASIdentifier: at.claim.NASIdentifier, NASAddress: at.claim.Address, SSID: at.ssid,
		SessionID: soundText(r.SessionID), CallingStation: soundText(r.CallingStation), MAC: mac, Address: BestAddress(r.Address),
		Implied:  t.Add(-time.Duration(duration) * time.Second),
		Duration: duration, Input: max(0, min(r.Input, maxTraffic)), Output: max(0, min(r.Output, maxTraffic)),
	}
	if who.customerID != "" {
		s.OrganizationID = who.organizationID
	}
	s.Progress = onboarding.Progress{Duration: duration, Octets: s.Input + s.Output, At: t}
	if stamped {
		s.Progress.Event = r.Event.UnixMicro()
	}
	s.Evidence = onboarding.ConnectionEvidence{Loose: !stamped, Place: s.Progress}
	if s.CustomerID != "" {
		s.Evidence.Owner = s.Progress
	}
	if s.Address != "" {
		s.Evidence.Address = s.Progress
	}
	_, made := r.received(now)
	switch r.Type {
	case AccountingStart:
		s.Started, s.Evidence.StartReceived = &t, made.UnixMicro()
		s.Implied, s.Duration, s.Progress.Duration = t, 0, 0 // a Start record has no time to count
	case AccountingStop:
		s.Reported = &onboarding.Stop{Progress: s.Progress, Cause: soundText(r.Cause)}
	}
	if s.Duration > 0 {
		s.Evidence.Counted = s.Implied.UnixMicro()
	}
	if r.Event != nil && r.Event.After(oldestEvent) {
		s.Evidence.Clock = r.Event.Add(-time.Duration(s.Duration) * time.Second).UnixMicro()
		if s.Reported != nil {
			s.Evidence.ClockEnd = r.Event.UnixMicro()
		}
		if s.Reported != nil && s.Duration == 0 || r.Type == AccountingInterim && s.Duration == 0 {
			s.Evidence.Clock = 0 // it does not say when the connection began
		}
	}
	if who.gone {
		forget(&s)
	}
	return record{s, made}
}

// putRecord adds the record to its connection and stores what changed. It reports whether a disconnect was ordered.
func (s *AAA) putRecord(ctx context.Context, tx onboarding.Tx, r *AccountingRecord, at *place, who *accounted) (ordered bool, err error) {
	now := s.clock.Now()
	one := r.session(at, who, now)
	known, err := tx.ConnectionsOfKey(ctx, r.UniqueID, one.Progress.At.Add(looseSlack))
	if err != nil {
		return false, err
	}
	if one.CustomerID == "" && slices.ContainsFunc(known, func(s *onboarding.Connection) bool { return s.Anonymous }) {
		forget(&one.Connection) // of the same device at the same access point
	}
	k := connectionsOf(r.UniqueID, known)
	target := k.put(one)
	if err := k.close(ctx, tx, ""); err != nil {
		return false, err
	}
	if target.was == nil && !at.known() {
		if err := tx.PutAccessPoint(ctx, at.accessPoint(now)); err != nil {
			return false, err
		}
	}
	for _, c := range k.all {
		if c != target && c.was != nil && equal(c.was, &c.is) {
			continue
		}
		login, err := s.putConnection(ctx, tx, c.was, &c.is)
		if err != nil {
			return false, err
		}
		if c == target {
			if ordered, err = s.endRefused(ctx, tx, r, who, login, &c.is, now); err != nil {
				return false, err
			}
		}
	}
	return ordered, nil
}

// close looks for restarts that ended the connections that changed, or the one with the ID, and begins those whose Start came after one.
func (k *connections) close(ctx context.Context, r onboarding.AccessPointReader, uniqueID string) error {
	for i := 0; i < len(k.all); i++ { // it may grow
		c := k.all[i]
		if c.was != nil && equal(c.was, &c.is) && c.is.UniqueID != uniqueID {
			continue
		}
		if err := restarted(&c.is, func(from time.Time) (*time.Time, error) { return firstRestart(ctx, r, &c.is, from) }); err != nil {
			return err
		}
		k.release(c)
	}
	return nil
}

func firstRestart(ctx context.Context, r onboarding.AccessPointReader, s *onboarding.Connection, from time.Time) (*time.Time, error) {
	at, err := r.FirstRestart(ctx, restartNames(s), from)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	return &at, err
}

// putConnection stores what became of a session, and what follows from it: the device's row, the customer's visits and metrics. was is the session before, nil for
// a new one. It returns the customer, nil when there is none.
func (s *AAA) putConnection(ctx context.Context, tx onboarding.Tx, was, is *onboarding.Connection) (*onboarding.Login, error) {
	var login *onboarding.Login
	if is.CustomerID != "" {
		var err error
		login, err = tx.LoginByID(ctx, is.CustomerID)
		switch {
		case errors.Is(err, onboarding.ErrNotFound):
			login = nil
			forget(is)
		case err != nil:
			return nil, err
		case login.Minimised:
			minimise(is)
		default:
			is.OrganizationID = login.OrganizationID
		}
	}
	if was != nil && equal(was, is) {
		return login, nil
	}
	if err := tx.PutConnection(ctx, is); err != nil {
		return nil, err
	}
	if was != nil && was.CustomerID != "" && was.CustomerID != is.CustomerID {
		if err := s.withdrawConnection(ctx, tx, was, is); err != nil {
			return nil, err
		}
	}
	if is.CustomerID == "" || login.Minimised {
		return login, nil
	}
	if err := putStation(ctx, tx, was, is); err != nil {
		return nil, err
	}
	if !login.Profiled {
		return login, nil
	}
	return login, s.countVisit(ctx, tx, login, was, is)
}

// countVisit brings a profiled customer's visits and metrics up to date with a session.
func (s *AAA) countVisit(ctx context.Context, tx onboarding.Tx, login *onboarding.Login, was, is *onboarding.Connection) error {
	moved := was != nil && was.CustomerID == is.CustomerID && was.LocationID != "" && was.LocationID != is.LocationID
	if is.LocationID == "" && !moved {
		return nil
	}
	o, err := tx.Organization(ctx, login.OrganizationID)
	if err != nil {
		return err
	}
	if moved {
		change, err := visits.WithdrawVisit(ctx, tx, o, was)
		if err == nil {
			err = s.visits.UpdateMetrics(ctx, tx, o, login.CustomerID, change)
		}
		if err != nil || is.LocationID == "" {
			return err
		}
		was = nil
	}
	change, err := visits.UpdateVisits(ctx, tx, o, was, is)
	if err != nil {
		return err
	}
	return s.visits.UpdateMetrics(ctx, tx, o, login.CustomerID, change)
}

// withdrawConnection takes a session that turned out to be another customer's out of the history of the one that it was counted for.
func (s *AAA) withdrawConnection(ctx context.Context, tx onboarding.Tx, was, is *onboarding.Connection) error {
	login, err := tx.LoginByID(ctx, was.CustomerID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil // the schema and the deletion have removed it all
	}
	if err != nil {
		return err
	}
	if was.MAC != "" {
		if err := tx.TightenStation(ctx, was.CustomerID, was.MAC); err != nil {
			return err
		}
	}
	if !login.Profiled || was.LocationID == "" {
		return nil
	}
	o, err := tx.Organization(ctx, login.OrganizationID)
	if err != nil {
		return err
	}
	change, err := visits.WithdrawVisit(ctx, tx, o, was)
	if err != nil {
		return err
	}
	return s.visits.UpdateMetrics(ctx, tx, o, login.CustomerID, change)
}

// minimise leaves, of a customer who refused the processing of personal data, only what a Disconnect-Request needs while the device is
// connected.
func minimise(s *onboarding.Connection) {
	if s.Stop() != nil {
		forget(s)
	}
	s.MAC, s.Address = "", ""
}

// putStation counts a session once for its device, and widens the time in which the device was seen.
func putStation(ctx context.Context, tx onboarding.Tx, was, is *onboarding.Connection) error {
	if is.MAC == "" {
		return nil
	}
	station := &onboarding.Station{
		CustomerID: is.CustomerID, MAC: is.MAC, Randomised: onboarding.RandomisedMAC(is.MAC),
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
