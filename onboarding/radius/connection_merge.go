package radius

import (
	"cmp"
	"slices"
	"time"

	"onramp/onboarding"
)

// equal reports whether nothing differs.
func equal(s *onboarding.Connection, t *onboarding.Connection) bool {
	a, b := *s, *t
	a.Started, b.Started, a.Restart, b.Restart, a.Reported, b.Reported = nil, nil, nil, nil, nil, nil
	return a == b && onboarding.SameInstant(s.Started, t.Started) && onboarding.SameInstant(s.Restart, t.Restart) &&
		(s.Reported == nil) == (t.Reported == nil) && (s.Reported == nil || *s.Reported == *t.Reported)
}

func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// merge returns what both tell of one session. It is commutative, associative and idempotent, which is why the order of records
// does not matter: the earliest start, the largest counters, the last stop, and each other value from the record that is
// furthest on. The identity of the connection is s's.
func merge(s onboarding.Connection, t onboarding.Connection) onboarding.Connection {
	m := s
	m.Anonymous = s.Anonymous || t.Anonymous
	takeOwner(&m, &t)
	takePlace(&m, &t)
	takeDevice(&m, &t)
	if m.CustomerID == "" && m.HostID != "" {
		m.OrganizationID = m.HostID
	}

	m.Started = earlier(s.Started, t.Started)
	if t.Implied.Before(s.Implied) {
		m.Implied = t.Implied
	}
	m.Progress = s.Progress.Later(t.Progress)
	m.Duration, m.Input, m.Output = max(s.Duration, t.Duration), max(s.Input, t.Input), max(s.Output, t.Output)
	m.Reported = s.Reported.Later(t.Reported)
	m.Restart = nil // depends on the whole; see restarted
	m.Evidence.Counted = earliest(s.Evidence.Counted, t.Evidence.Counted)
	m.Evidence.StartReceived = earliest(s.Evidence.StartReceived, t.Evidence.StartReceived)
	m.Evidence.Clock = earliest(s.Evidence.Clock, t.Evidence.Clock)
	m.Evidence.ClockEnd = max(s.Evidence.ClockEnd, t.Evidence.ClockEnd)
	m.Evidence.Loose = s.Evidence.Loose || t.Evidence.Loose
	m.Evidence.Later = s.Evidence.Later
	for _, later := range t.Evidence.Later {
		addLater(&m.Evidence, later)
	}
	if m.Anonymous {
		forget(&m)
	}
	return m
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// takeOwner takes t's customer: a proven one rather than another, then the one of the record that is furthest on.
func takeOwner(s *onboarding.Connection, t *onboarding.Connection) {
	if cmp.Or(
		compareBool(t.CustomerID != "", s.CustomerID != ""), compareBool(t.Proven, s.Proven),
		t.Evidence.Owner.CompareAll(s.Evidence.Owner), cmp.Compare(t.CustomerID, s.CustomerID), cmp.Compare(t.OrganizationID, s.OrganizationID),
	) > 0 {
		s.CustomerID, s.Proven, s.OrganizationID, s.Evidence.Owner = t.CustomerID, t.Proven, t.OrganizationID, t.Evidence.Owner
	}
}

// takePlace takes t's place if it is better known, or else further on.
func takePlace(s *onboarding.Connection, t *onboarding.Connection) {
	order := cmp.Or(
		compareBool(t.HotspotID != "", s.HotspotID != ""), compareBool(t.LocationID != "", s.LocationID != ""),
		compareBool(t.HostID != "", s.HostID != ""), t.Evidence.Place.CompareAll(s.Evidence.Place),
	)
	if order == 0 {
		order = slices.Compare(placeValues(t), placeValues(s))
	}
	if order > 0 {
		s.LocationID, s.HotspotID, s.HostID, s.AccessPoint = t.LocationID, t.HotspotID, t.HostID, t.AccessPoint
		s.NASIdentifier, s.NASAddress, s.SSID = t.NASIdentifier, t.NASAddress, t.SSID
		s.Evidence.Place = t.Evidence.Place
	}
}

func placeValues(s *onboarding.Connection) []string {
	return []string{s.HotspotID, s.LocationID, s.HostID, s.AccessPoint, s.NASIdentifier, s.NASAddress, s.SSID}
}

// takeDevice takes what t tells of the device.
func takeDevice(s *onboarding.Connection, t *onboarding.Connection) {
	s.SessionID = max(s.SessionID, t.SessionID)
	if cmp.Or(cmp.Compare(t.MAC, s.MAC), cmp.Compare(t.CallingStation, s.CallingStation)) > 0 {
		s.MAC, s.CallingStation = t.MAC, t.CallingStation
	}
	if cmp.Or(
		cmp.Compare(addressQuality(t.Address), addressQuality(s.Address)), t.Evidence.Address.CompareAll(s.Evidence.Address),
		cmp.Compare(t.Address, s.Address),
	) > 0 {
		s.Address, s.Evidence.Address = t.Address, t.Evidence.Address
	}
}

// earliest returns the smaller one that is not 0.
func earliest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// addLater remembers a Start record that came while the connection was open.
func addLater(e *onboarding.ConnectionEvidence, one onboarding.LaterStart) {
	if one.At == 0 || slices.Contains(e.Later[:], one) {
		return
	}
	keepLater(e, append(slices.Clone(e.Later[:]), one))
}

// dropLater forgets one.
func dropLater(e *onboarding.ConnectionEvidence, one onboarding.LaterStart) {
	keepLater(e, slices.DeleteFunc(slices.Clone(e.Later[:]), func(l onboarding.LaterStart) bool { return l == one }))
}

// keepLater keeps the earliest.
func keepLater(e *onboarding.ConnectionEvidence, all []onboarding.LaterStart) {
	all = slices.DeleteFunc(all, func(l onboarding.LaterStart) bool { return l.At == 0 })
	slices.SortFunc(all, func(a, b onboarding.LaterStart) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Clock, b.Clock))
	})
	e.Later = onboarding.LaterStarts{}
	copy(e.Later[:], all)
}
