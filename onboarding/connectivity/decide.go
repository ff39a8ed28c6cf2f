package connectivity

import (
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// verdict reads the records about a customer and decides.
func (s *Connectivity) verdict(ctx context.Context, c *onboarding.Customer, operator bool) (*Verdict, error) {
	f, err := s.facts(ctx, c, operator, probeWait)
	if err != nil {
		return nil, err
	}
	return f.decide(), nil
}

// decide derives the state of every station, and from them that of the person.
func (f *facts) decide() *Verdict {
	v := &Verdict{
		Generated: f.now, CustomerID: f.customer.ID, OrganizationID: f.organization.ID, Zone: time.UTC,
	}
	for _, st := range f.stations {
		f.derive(st)
		f.applyUnnamed(st)
	}
	shown := f.connected()
	if shown != nil {
		v.State, v.Since, v.Detail, v.Confidence = Connected, shown.Since, shown.Detail, f.personConfidence(shown)
	} else {
		shown = f.latest()
		v.State, v.Confidence = f.notConnected(), Possible
		r := f.rule(shown)
		v.Cause, v.Detail, v.Confidence = r.cause, r.detail, r.sure
		if shown != nil && v.State == NotConnected {
			v.Since = shown.Since
		}
		f.blameStations(r)
	}
	f.locate(v, shown)
	for _, st := range f.stations {
		if st.mac != "" {
			st.complete(v)
			v.Stations = append(v.Stations, st.StationVerdict)
		}
	}
	v.setSteps()
	v.Evidence = f.evidence(v)
	return v
}

// complete gives a station without a cause of its own that of the person.
func (st *station) complete(v *Verdict) {
	if st.State == Connected || st.Cause != "" {
		return
	}
	st.Cause, st.Detail, st.Confidence = v.Cause, v.Detail, Possible
	if v.State == Connected {
		st.Cause, st.Detail = CauseOtherDevice, ""
	}
}

// locate sets the last record's time and place. A place of another organization is not shown.
func (f *facts) locate(v *Verdict, shown *station) {
	v.Zone = f.organization.Location(f.customer.LocationID).Zone()
	for _, st := range f.stations {
		if st.claimed == nil && !st.seen.IsZero() && (v.LastSeen == nil || st.seen.After(*v.LastSeen)) {
			v.LastSeen = &st.seen
		}
	}
	if shown == nil {
		return
	}
	v.Location = f.organization.Location(shown.place.locationID)
	if l, h := f.organization.Hotspot(shown.place.hotspotID); h != nil {
		v.Location, v.Hotspot = l, h
	}
	if v.Location != nil {
		v.Zone = v.Location.Zone()
	}
}

// connected returns the connected station with the best evidence, or nil.
func (f *facts) connected() *station {
	var best *station
	for _, st := range f.stations {
		if st.State != Connected {
			continue
		}
		if best == nil || weaker(best.Confidence, st.Confidence) != st.Confidence {
			best = st
		}
	}
	return best
}

// personConfidence returns the confidence that a person with a connected station is connected. A
// phone may change its MAC address: a later failure of another address weakens an accept without
// accounting.
func (f *facts) personConfidence(on *station) Confidence {
	if on.Confidence != Likely || on.covering() != nil {
		return on.Confidence
	}
	for _, st := range f.stations {
		if st == on || st.failed == nil || !st.failed.Last.After(on.authenticated()) {
			continue
		}
		if st.mac == "" || onboarding.RandomisedMAC(st.mac) && onboarding.RandomisedMAC(on.mac) {
			return Possible
		}
	}
	return Likely
}

// notConnected returns the state of a person without a connected station.
func (f *facts) notConnected() State {
	if f.customer.LastLogin != nil {
		return NotConnected
	}
	for _, st := range f.stations {
		if st.State == NotConnected {
			return NotConnected
		}
	}
	return NeverConnected
}

// latest returns the station whose records explain why the person is not connected: the last seen
// one, or one that failed after the last seen one was accepted. It is nil if only claims are
// known.
func (f *facts) latest() *station {
	var latest *station
	for _, st := range f.stations {
		switch {
		case st.claimed != nil:
		case latest == nil:
			latest = st
		case latest.foreign() && st.failed != nil: // anyone may send the user name there
			return st
		case latest.failed == nil && st.failed != nil &&
			st.failed.Last.After(latest.authenticated().Add(-time.Second)): // accounting counts seconds
			return st
		}
	}
	return latest
}

// foreign reports whether the station is known by attempts at other organizations' access points
// alone.
func (st *station) foreign() bool {
	return st.mac == "" && st.failed != nil && st.failed.Reason == onboarding.ReasonElsewhere
}

// lastAccept returns the time of the person's last Access-Accept, zero if there was none.
func (f *facts) lastAccept() time.Time {
	var at time.Time
	for _, st := range f.stations {
		at = onboarding.MaxTime(at, st.authenticated())
	}
	return at
}

// rule returns the cause for a person without a connected station. latest may be nil.
func (f *facts) rule(latest *station) ruling {
	switch {
	case f.customer.Locked:
		return ruling{CauseLocked, "", Certain}
	case !f.now.Before(f.credential.Expires) && f.consentDue != nil:
		return ruling{CausePolicyWithdrawn, DetailConsent, Certain}
	case !f.now.Before(f.credential.Expires):
		return ruling{CauseExpired, "", Certain}
	case f.customer.Minimised():
		return ruling{CausePolicyWithdrawn, "", Possible}
	case latest != nil && latest.failed != nil:
		return ruling{latest.Cause, latest.Detail, latest.Confidence}
	}
	accepted := f.lastAccept()
	if accepted.IsZero() {
		if r, ok := f.withoutProfile(); ok {
			return r
		}
	}
	if accepted.Before(f.credential.Created) {
		if r, ok := f.outdatedProfile(); ok {
			return r
		}
	} else if r, ok := f.outdatedProfile(); ok && r.cause == CauseExpired {
		return r
	}
	if f.serverSilent() {
		return ruling{CauseRADIUSUnreachable, "", Likely}
	}
	if f.unavailable() {
		return ruling{CauseUnavailable, "", Likely}
	}
	if r, ok := f.dropped(latest); ok {
		return r
	}
	if r, ok := f.claimed(latest); ok {
		return r
	}
	switch {
	case f.removedAll():
		return ruling{CauseNotInstalled, DetailRemoved, Likely}
	case latest != nil && accepted.Before(f.credential.Created) && f.rotated():
		return f.uninstalled()
	case latest != nil && latest.undeclared():
		return ruling{CauseAccessPointUnknown, "", Likely}
	case latest != nil && latest.Cause != "":
		return ruling{latest.Cause, latest.Detail, latest.Confidence}
	}
	if accepted.IsZero() {
		if r, ok := f.forecast(); ok {
			return r
		}
	}
	if f.stranger() != nil {
		return ruling{CauseAccessPointUnknown, "", Possible}
	}
	if f.answered() {
		return f.uninstalled()
	}
	return ruling{CauseUnknown, "", Possible}
}

// claimed rules on stations that only claims name, if they were seen after the person's own.
func (f *facts) claimed(latest *station) (ruling, bool) {
	for _, st := range f.stations {
		if st.claimed != nil && st.Cause != "" && (latest == nil || st.seen.After(latest.seen)) {
			return ruling{st.Cause, st.Detail, st.Confidence}, true
		}
	}
	return ruling{}, false
}

// dropped rules on packets that the RADIUS server drops because of a wrong secret.
func (f *facts) dropped(latest *station) (ruling, bool) {
	after := time.Time{}
	if latest != nil {
		after = latest.seen
	}
	d := f.dropOf(after)
	switch {
	case d == nil:
		return ruling{}, false
	case latest != nil && d.HotspotID == latest.place.hotspotID:
		return ruling{CauseRADIUSSecret, "", Likely}, true
	}
	return ruling{CauseRADIUSSecret, "", Possible}, true
}

// undeclared reports whether the last record of a station that left without a reported end comes
// from an undeclared access point.
func (st *station) undeclared() bool {
	return !st.place.declared() && st.Cause == CauseOutOfRange && st.Detail == DetailSilent
}

// applyUnnamed makes a failed attempt with an unknown user name the end of a known station's
// connection.
func (f *facts) applyUnnamed(st *station) {
	a := f.unnamedFailure(st)
	if a == nil || st.failed != nil && st.failed.Last.After(a.Last) {
		return
	}
	st.State, st.Since, st.failed = NotConnected, &a.First, a
	st.Cause, st.Detail, _ = f.causeOfReason(st, a)
	st.Confidence = Likely
	st.saw(a.Last, placeOf(a))
}

// blameStations sets the person's cause for stations that left and could not return because of it.
func (f *facts) blameStations(r ruling) {
	if r.detail != DetailConsent && !slices.Contains([]Cause{
		CauseLocked, CauseExpired, CauseRotated, CauseRADIUSUnreachable, CauseUnavailable,
	}, r.cause) {
		return
	}
	for _, st := range f.stations {
		if st.claimed == nil && st.failed == nil {
			st.Cause, st.Detail, st.Confidence = r.cause, r.detail, r.sure
		}
	}
}
