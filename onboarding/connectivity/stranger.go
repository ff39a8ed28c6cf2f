package connectivity

import (
	"context"
	"time"

	"onramp/onboarding"
)

// stranger returns the verdict on a MAC address of no known customer, from its attempts.
func (s *Connectivity) stranger(ctx context.Context, mac string) (*Verdict, error) {
	now := s.clock.Now()
	attempts, err := s.store.Attempts(ctx, onboarding.AttemptQuery{
		Station: mac, Unattributed: true, From: now.Add(-onboarding.AttemptsKept), Limit: maxOfStation,
	})
	if err != nil {
		return nil, err
	}
	f := &facts{
		now: now, customer: &onboarding.Customer{}, credential: &onboarding.Credential{},
		organization: &onboarding.Organization{},
	}
	st := &station{mac: mac, unattributed: attempts, StationVerdict: StationVerdict{MAC: mac, State: NeverConnected}}
	v := &Verdict{
		Generated: now, State: NeverConnected, Cause: CauseUnknown, Confidence: Possible, Zone: time.UTC,
	}
	e := &timeline{now: now}
	for _, a := range attempts {
		if !a.Accepted() && st.failed == nil {
			st.failed = a
		}
		st.saw(a.Last, placeOf(a))
	}
	if st.place.hostID != "" {
		o, err := s.store.Organization(ctx, st.place.hostID)
		if err != nil {
			return nil, err
		}
		f.organization, v.OrganizationID = o, o.ID
	}
	if f.chain, err = s.recordedChain(ctx); err != nil {
		return nil, err
	}
	if st.failed != nil {
		v.Cause, v.Detail, v.Confidence = f.causeOfStranger(st.failed)
		if v.Cause == CauseUnknownUser && s.gone != nil {
			gone, err := s.gone(ctx, st.failed.AccessPoint, mac)
			if err != nil {
				return nil, err
			}
			if gone {
				v.Cause, v.Detail, v.Confidence = CauseDeleted, "", Likely
				v.State, st.State = NotConnected, NotConnected
			}
		}
	}
	for _, a := range attempts {
		e.add(a.Last, SourceRADIUS, "%s", f.attemptText(a))
	}
	f.health = s.probe.health(ctx, probeTimeout)
	f.addServer(e, v)
	st.Cause, st.Detail, st.Confidence = v.Cause, v.Detail, v.Confidence
	f.stations = []*station{st}
	f.locate(v, st)
	v.Stations = []StationVerdict{st.StationVerdict}
	v.Evidence = e.last(MaxEvidence)
	v.setSteps()
	return v, nil
}

// causeOfStranger returns the cause of a failed attempt without a customer.
func (f *facts) causeOfStranger(a *onboarding.Attempt) (Cause, Detail, Confidence) {
	switch a.Reason {
	case onboarding.ReasonWrongPassword, onboarding.ReasonLocked, onboarding.ReasonExpired:
		return Cause(a.Reason), "", Likely // of a customer who was deleted since
	}
	return f.causeOfReason(nil, a)
}
