package radius

import (
	"cmp"
	"slices"
	"time"

	"onramp/onboarding"
)

// equal reports whether the connections have equal values.
func equal(s, t *onboarding.Connection) bool {
	a, b := *s, *t
	a.Started, b.Started, a.Restart, b.Restart, a.Reported, b.Reported = nil, nil, nil, nil, nil, nil
	return a == b && onboarding.SameInstant(s.Started, t.Started) && onboarding.SameInstant(s.Restart, t.Restart) &&
		(s.Reported == nil) == (t.Reported == nil) && (s.Reported == nil || *s.Reported == *t.Reported)
}

// earlier returns the earlier instant; nil is later than any.
func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// merge combines two descriptions of one connection: the earliest start, the largest counters, the
// last stop, and each other value from the record with the greatest progress. It is commutative,
// associative and idempotent, so that the order of records does not matter; only the ID is always
// that of s.
func merge(s, t onboarding.Connection) onboarding.Connection {
	m := s
	m.Anonymous = s.Anonymous || t.Anonymous
	takeOwner(&m, &t)
	takeHotspot(&m, &t)
	takeStation(&m, &t)
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
	m.Restart = nil // depends on all records; see restarted
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

// takeOwner takes t's customer if it is better proven, or else from a record with more progress.
func takeOwner(s, t *onboarding.Connection) {
	if cmp.Or(
		compareBool(t.CustomerID != "", s.CustomerID != ""), compareBool(t.Proven, s.Proven),
		t.Evidence.Owner.CompareAll(s.Evidence.Owner),
		cmp.Compare(t.CustomerID, s.CustomerID), cmp.Compare(t.OrganizationID, s.OrganizationID),
	) > 0 {
		s.CustomerID, s.Proven, s.OrganizationID = t.CustomerID, t.Proven, t.OrganizationID
		s.Evidence.Owner = t.Evidence.Owner
	}
}

// takeHotspot takes t's hotspot and access point if they are more specific, or else from a record
// with more progress.
func takeHotspot(s, t *onboarding.Connection) {
	order := cmp.Or(
		compareBool(t.HotspotID != "", s.HotspotID != ""), compareBool(t.LocationID != "", s.LocationID != ""),
		compareBool(t.HostID != "", s.HostID != ""), t.Evidence.Place.CompareAll(s.Evidence.Place),
	)
	if order == 0 {
		order = slices.Compare(hotspotValues(t), hotspotValues(s))
	}
	if order > 0 {
		s.LocationID, s.HotspotID, s.HostID, s.AccessPoint = t.LocationID, t.HotspotID, t.HostID, t.AccessPoint
		s.NASIdentifier, s.NASAddress, s.SSID = t.NASIdentifier, t.NASAddress, t.SSID
		s.Evidence.Place = t.Evidence.Place
	}
}

func hotspotValues(s *onboarding.Connection) []string {
	return []string{s.HotspotID, s.LocationID, s.HostID, s.AccessPoint, s.NASIdentifier, s.NASAddress, s.SSID}
}

// takeStation takes t's values of the station where they take precedence.
func takeStation(s, t *onboarding.Connection) {
	s.SessionID = max(s.SessionID, t.SessionID)
	if cmp.Or(cmp.Compare(t.MAC, s.MAC), cmp.Compare(t.CallingStation, s.CallingStation)) > 0 {
		s.MAC, s.CallingStation = t.MAC, t.CallingStation
	}
	if cmp.Or(
		cmp.Compare(addressQuality(t.Address), addressQuality(s.Address)),
		t.Evidence.Address.CompareAll(s.Evidence.Address),
		cmp.Compare(t.Address, s.Address),
	) > 0 {
		s.Address, s.Evidence.Address = t.Address, t.Evidence.Address
	}
}

// earliest returns the smaller value; 0 is unknown.
func earliest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// addLater stores a Start record that came during the connection.
func addLater(e *onboarding.ConnectionEvidence, one onboarding.LaterStart) {
	if one.At == 0 || slices.Contains(e.Later[:], one) {
		return
	}
	keepLater(e, append(slices.Clone(e.Later[:]), one))
}

// dropLater removes a stored Start record.
func dropLater(e *onboarding.ConnectionEvidence, one onboarding.LaterStart) {
	keepLater(e, slices.DeleteFunc(slices.Clone(e.Later[:]), func(l onboarding.LaterStart) bool { return l == one }))
}

// keepLater stores the earliest Start records.
func keepLater(e *onboarding.ConnectionEvidence, all []onboarding.LaterStart) {
	all = slices.DeleteFunc(all, func(l onboarding.LaterStart) bool { return l.At == 0 })
	slices.SortFunc(all, func(a, b onboarding.LaterStart) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Clock, b.Clock))
	})
	e.Later = onboarding.LaterStarts{}
	copy(e.Later[:], all)
}
