package radius

import (
	"time"

	"onramp/onboarding"
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

// AccountingRecord holds the attributes of one accounting request, unchecked: Account drops or
// limits the values that cannot be right.
type AccountingRecord struct {
	Type AccountingType
	// UniqueID is Acct-Unique-Session-Id, which FreeRADIUS derives from the access point, the
	// station and Acct-Session-Id.
	UniqueID    string
	SessionID   string // Acct-Session-Id
	Username    string
	Pseudonym   string // Chargeable-User-Identity
	Classes     [][]byte
	AccessPoint AccessPointIdentity

	CallingStation string
	Addresses      []string   // Framed-IP-Address and Framed-IPv6-Address
	Event          *time.Time // Event-Timestamp, by the access point's clock
	Received       *time.Time // when FreeRADIUS received the request; nil: now
	Delay          time.Duration
	Duration       int64 // Acct-Session-Time in seconds
	Input, Output  int64 // octets, including gigawords
	Cause          string
}

// Limits on values accepted from access points.
const (
	maxClockAhead    = 2 * time.Minute      // of the access point's clock, compared with ours
	maxClockBehind   = 31 * 24 * time.Hour  // age of a record on arrival, beyond its Acct-Delay-Time
	maxDelay         = 7 * 24 * time.Hour   // Acct-Delay-Time
	maxDuration      = 400 * 24 * time.Hour // Acct-Session-Time
	maxRestartDelay  = time.Hour            // age of an Accounting-On, whose sender's clock is often not set yet
	maxTraffic       = int64(1) << 60
	maxAttributeText = 253
	classSlack       = 5 * time.Minute
)

// oldestEvent precedes all records; an access point that sends an earlier time has no clock.
var oldestEvent = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

// checkedRecord is an accounting record with values that can be stored.
type checkedRecord struct {
	AccountingRecord // with text that cannot be stored removed, and numbers limited

	mac     string // of CallingStation, normalized; "" if that is not a MAC address
	address string // the best of Addresses

	now      time.Time
	received time.Time // by FreeRADIUS
	made     time.Time // received, less the delay that the access point reports
}

// check returns the record with all its values checked, once for all later steps.
func (r *AccountingRecord) check(now time.Time) *checkedRecord {
	c := &checkedRecord{AccountingRecord: *r, now: now, received: now}
	c.mac = onboarding.StationMAC(r.CallingStation)
	c.address = bestAddress(r.Addresses...)
	c.SessionID, c.CallingStation = storableText(r.SessionID), storableText(r.CallingStation)
	c.Cause = storableText(r.Cause)
	if r.Duration < 0 || time.Duration(r.Duration) > maxDuration/time.Second {
		c.Duration = 0
	}
	c.Input, c.Output = max(0, min(r.Input, maxTraffic)), max(0, min(r.Output, maxTraffic))
	if r.Received != nil && r.Received.Before(now) && r.Received.After(oldestEvent) {
		c.received = r.Received.UTC().Truncate(time.Microsecond)
	}
	c.made = c.received.Add(-max(0, min(r.Delay, maxDelay)))
	return c
}

// at returns when the access point made the record. Its own clock counts (then stamped is true) if
// that time is possible: not in the future, not long before the record was received, and not before
// notBefore, when the customer registered or authenticated. Otherwise the result is the time at
// which FreeRADIUS received the record, less the delay that the access point reports.
func (r *checkedRecord) at(notBefore time.Time) (at time.Time, stamped bool) {
	if r.Event == nil || r.Event.After(r.received.Add(maxClockAhead)) || r.Event.Before(oldestEvent) ||
		r.Event.Before(r.made.Add(-maxClockBehind)) || r.Event.Before(notBefore) {
		return r.made, false
	}
	return onboarding.MinTime(r.Event.UTC().Truncate(time.Microsecond), r.received), true
}

// connection returns the connection as this record alone describes it.
func (r *checkedRecord) connection(from *origin, who *owner) record {
	at, stamped := r.at(who.notBefore)
	s := onboarding.Connection{
		UniqueID: r.UniqueID, Key: r.UniqueID, OrganizationID: from.OrganizationID, Proven: who.proven,
		LocationID: from.LocationID, HotspotID: from.HotspotID, HostID: from.OrganizationID, AccessPoint: from.key,
		NASIdentifier: from.identity.NASIdentifier, NASAddress: from.identity.Address, SSID: from.ssid,
		SessionID: r.SessionID, CallingStation: r.CallingStation, MAC: r.mac, Address: r.address,
		Implied:  at.Add(-time.Duration(r.Duration) * time.Second),
		Duration: r.Duration, Input: r.Input, Output: r.Output,
	}
	if who.login != nil {
		s.CustomerID, s.OrganizationID = who.login.CustomerID, who.login.OrganizationID
	}
	s.Progress = onboarding.Progress{Duration: r.Duration, Octets: s.Input + s.Output, At: at}
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
	switch r.Type {
	case AccountingStart:
		s.Started, s.Evidence.StartReceived = &at, r.made.UnixMicro()
		s.Implied, s.Duration, s.Progress.Duration = at, 0, 0 // a Start record has no session time
	case AccountingStop:
		s.Reported = &onboarding.Stop{Progress: s.Progress, Cause: r.Cause}
	}
	if s.Duration > 0 {
		s.Evidence.Counted = s.Implied.UnixMicro()
	}
	r.setClock(&s)
	if who.gone {
		forget(&s)
	}
	return record{s, r.made}
}

// setClock sets the beginning and the end of the connection by the access point's clock.
func (r *checkedRecord) setClock(s *onboarding.Connection) {
	if r.Event == nil || !r.Event.After(oldestEvent) {
		return
	}
	if s.Reported != nil {
		s.Evidence.ClockEnd = r.Event.UnixMicro()
	}
	if s.Duration == 0 && (s.Reported != nil || r.Type == AccountingInterim) {
		return // the record has no time of the beginning
	}
	s.Evidence.Clock = r.Event.Add(-time.Duration(s.Duration) * time.Second).UnixMicro()
}
