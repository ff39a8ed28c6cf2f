package radius

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

// Failure is the stage at which an authentication failed.
type Failure string

const (
	// FailureRejected: the device sent a user name within the tunnel and was rejected.
	FailureRejected Failure = ""
	// FailureHandshake: the TLS handshake failed.
	FailureHandshake Failure = "handshake"
	// FailureStopped: the device did not answer any more.
	FailureStopped Failure = "stopped"
	// FailureUnavailable: FreeRADIUS received no answer from Onramp.
	FailureUnavailable Failure = "unavailable"
)

// LoginOutcome is the result of an authentication.
type LoginOutcome struct {
	Username    string // within the tunnel; empty if the device sent none
	AccessPoint AccessPointIdentity
	// CallingStation is the station's MAC address as the access point formats it.
	CallingStation string
	Accepted       bool
	Failure        Failure // of a rejected authentication

	// Received is the time of FreeRADIUS; nil: now. A Delayed report comes from FreeRADIUS's
	// backlog, possibly more than once.
	Received *time.Time
	Delayed  bool

	// OuterMethod and InnerMethod are names of FreeRADIUS, such as "TTLS" and "PAP". NoInnerMethod
	// means that FreeRADIUS offers none of those that the device requested.
	OuterMethod, InnerMethod string
	TLSVersion               string // such as "TLS 1.2"
	VLAN                     int    // assigned by the Access-Accept; 0: none
	Cause                    string // FreeRADIUS's messages about a failed handshake
	LastSent                 []byte // beginning of the last EAP packet to a device that stopped
}

// NoInnerMethod is the InnerMethod of a device that requests none of the offered ones.
const NoInnerMethod = "none"

// maxReportAge is the greatest age of a report that FreeRADIUS did not delay. An older one was
// stamped by a clock that is behind.
const maxReportAge = time.Minute

// at returns the time of the authentication.
func (r *LoginOutcome) at(now time.Time) time.Time {
	if r.Received == nil || r.Received.After(now) ||
		!r.Delayed && r.Failure != FailureStopped && now.Sub(*r.Received) > maxReportAge {
		return now
	}
	return r.Received.UTC().Truncate(time.Microsecond)
}

// RecordLogin records an authentication as an attempt. It counts an accepted one for the customer,
// and a failure by hotspot and reason. It has no effect for a Delayed report that was recorded
// before, or that is older than attempts are kept. It records nothing of a probe (see
// ProbeIdentifier).
func (s *AAA) RecordLogin(ctx context.Context, r LoginOutcome) error {
	now := s.clock.Now()
	at := r.at(now)
	if now.Sub(at) > onboarding.AttemptsKept {
		return nil
	}
	if probe, err := s.isProbe(ctx, &r.AccessPoint, at); err != nil || probe {
		return err
	}
	from, err := s.originOf(ctx, &r.AccessPoint)
	if err != nil {
		return err
	}
	if r.Accepted {
		login, reason, err := s.login(ctx, r.Username)
		if err != nil || reason != "" { // deleted since
			return err
		}
		return s.recordAccept(ctx, &r, &from, login, at)
	}
	return s.recordFailure(ctx, &r, &from, at)
}

func (s *AAA) recordAccept(
	ctx context.Context, r *LoginOutcome, from *origin, login *onboarding.Login, at time.Time,
) error {
	station, err := s.stationKey(ctx, from, onboarding.StationMAC(r.CallingStation))
	if err != nil {
		return err
	}
	attempt := r.attempt(from, at)
	attempt.VLAN = r.VLAN
	attribute(attempt, login, onboarding.AttributedByName)
	attempt.SetID()
	return s.record(ctx, r, from, login, attempt, func(tx onboarding.Tx) error {
		return s.putLogin(ctx, tx, login, from, station, attempt)
	})
}

func (s *AAA) recordFailure(ctx context.Context, r *LoginOutcome, from *origin, at time.Time) error {
	attempts, login, err := s.failed(ctx, r, from, at)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		a.SetID()
	}
	failure := onboarding.LoginFailure{
		OrganizationID: from.OrganizationID, HotspotID: from.HotspotID, AccessPoint: from.key,
		Reason: attempts[0].Reason,
	}
	if failure.OrganizationID == "" && login != nil {
		failure.OrganizationID = login.OrganizationID
	}
	return s.record(ctx, r, from, login, attempts[0], func(tx onboarding.Tx) error {
		if !from.declared() && s.limits.accessPoints.admit("", from.key, maxNewAccessPoints, at) {
			if err := tx.PutAccessPoint(ctx, from.accessPoint(at)); err != nil {
				return err
			}
		}
		for _, a := range attempts {
			if !s.limits.admitAttempt(a) {
				continue
			}
			if err := tx.CountAttempt(ctx, a); err != nil {
				return err
			}
		}
		if err := tx.CountFailure(ctx, s.limits.admitFailure(failure, at), at); err != nil {
			return err
		}
		return tx.AddStatistics(ctx, refusal(failure.OrganizationID, from, login, at))
	})
}

// refusal returns the statistic of a refused authentication.
func refusal(organizationID string, from *origin, login *onboarding.Login, at time.Time) onboarding.Statistic {
	s := onboarding.Statistic{OrganizationID: organizationID, At: at, Counts: onboarding.Counts{Refusals: 1}}
	if from.OrganizationID == organizationID {
		s.LocationID = from.LocationID
	}
	if login != nil && login.OrganizationID == organizationID {
		s.Platform = login.Platform
	}
	return s
}

// countFirstAccept counts the first connection of a customer who had none.
func (s *AAA) countFirstAccept(
	ctx context.Context, tx onboarding.Tx, login *onboarding.Login, from *origin, at time.Time,
) error {
	if login.Connected {
		return nil
	}
	f := onboarding.FirstConnection{CustomerID: login.CustomerID, OrganizationID: login.OrganizationID, At: at}
	if from.OrganizationID == login.OrganizationID {
		f.LocationID = from.LocationID
	}
	return s.countFirst(ctx, tx, login, f)
}

// record writes an authentication, and reports it to the observer and, if it failed, for the log.
// It has no effect for a delayed report that was recorded before: its time lies within that of the
// stored attempts with which a would be counted. login is nil if no customer is known.
func (s *AAA) record(
	ctx context.Context, r *LoginOutcome, from *origin, login *onboarding.Login, a *onboarding.Attempt,
	write func(onboarding.Tx) error,
) error {
	repeated := false
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		if r.Delayed {
			var err error
			if repeated, err = tx.AttemptCounted(ctx, a.ID, a.Last); err != nil || repeated {
				return err
			}
		}
		return write(tx)
	})
	if err != nil || repeated {
		return err
	}
	s.observer.Authenticated(a.Reason)
	if !a.Accepted() {
		s.noteRefusal(ctx, from, login, a.Reason)
	}
	return nil
}

// putLogin counts the login and stores the Access-Accept of the station. Only for customers who
// agreed to profiling, it also appends an event with the time and the hotspot.
func (s *AAA) putLogin(
	ctx context.Context, tx onboarding.Tx, login *onboarding.Login, from *origin, station string,
	attempt *onboarding.Attempt,
) error {
	now := attempt.Last
	if !from.declared() {
		if err := tx.PutAccessPoint(ctx, from.accessPoint(now)); err != nil {
			return err
		}
	}
	accepted := ""
	if !login.Minimised {
		if err := s.countFirstAccept(ctx, tx, login, from, now); err != nil {
			return err
		}
		if err := tx.CountLogin(ctx, login.CustomerID, now); err != nil {
			return err
		}
		if err := tx.CountAttempt(ctx, attempt); err != nil {
			return err
		}
		if err := tx.ConfirmInstallations(ctx, login.CustomerID, now); err != nil {
			return err
		}
		accepted = login.CustomerID
	}
	if station != "" { // after the count, which locks the customer
		if err := tx.PutStationAccept(ctx, station, accepted, now); err != nil {
			return err
		}
	}
	if login.Minimised || !login.Profiled {
		return nil
	}
	// The customer may have been deleted, or have withdrawn the consent, since the login was read.
	if still, err := tx.LoginByID(ctx, login.CustomerID); err != nil || !still.Profiled {
		if errors.Is(err, onboarding.ErrNotFound) {
			return nil
		}
		return err
	}
	return tx.AppendEvents(ctx, []onboarding.Event{{
		ID: onboarding.NewID(), OrganizationID: login.OrganizationID, CustomerID: login.CustomerID,
		Type: onboarding.EventLogin, LocationID: from.LocationID, HotspotID: from.HotspotID, At: now,
		Detail: map[string]string{"outcome": "accepted"},
	}})
}
