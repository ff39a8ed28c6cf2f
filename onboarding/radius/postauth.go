package radius

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

// LoginOutcome is the result of an authentication.
type LoginOutcome struct {
	Username    string
	AccessPoint AccessPointIdentity
	// CallingStation is the station's MAC address as the access point formats it.
	CallingStation string
	Accepted       bool
	// Handshake marks a failure before the device sent a user name within the tunnel; Username is
	// empty then.
	Handshake bool
}

// RecordLogin counts an accepted login for the customer, and a failure by hotspot and reason.
func (s *AAA) RecordLogin(ctx context.Context, r LoginOutcome) error {
	from, err := s.originOf(ctx, &r.AccessPoint)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	var login *onboarding.Login
	var reason onboarding.Reason
	if !r.Handshake {
		if login, reason, err = s.login(ctx, r.Username); err != nil {
			return err
		}
	}
	if r.Accepted {
		if reason != "" {
			return nil // deleted since
		}
		station, err := s.stationKey(ctx, &from, onboarding.StationMAC(r.CallingStation))
		if err != nil {
			return err
		}
		return s.settled(ctx, &from, login, "", s.store.Write(ctx, func(tx onboarding.Tx) error {
			return s.putLogin(ctx, tx, login, &from, station, now)
		}))
	}
	failure := onboarding.LoginFailure{
		OrganizationID: from.OrganizationID, HotspotID: from.HotspotID, AccessPoint: from.key,
	}
	switch {
	case r.Handshake:
		failure.Reason = onboarding.ReasonHandshake
	case reason != "":
		failure.Reason = reason
	default:
		if failure.Reason, err = s.refusal(ctx, login, &from, now); err != nil {
			return err
		}
		if failure.Reason == "" {
			failure.Reason = onboarding.ReasonWrongPassword
		}
		if failure.OrganizationID == "" {
			failure.OrganizationID = login.OrganizationID
		}
	}
	return s.settled(ctx, &from, login, failure.Reason, s.store.Write(ctx, func(tx onboarding.Tx) error {
		if !from.declared() {
			if err := tx.PutAccessPoint(ctx, from.accessPoint(now)); err != nil {
				return err
			}
		}
		return tx.CountFailure(ctx, failure, now)
	}))
}

// putLogin counts the login and stores the Access-Accept of the station. Only for customers who
// agreed to profiling, it also appends an event with the time and the hotspot.
func (s *AAA) putLogin(
	ctx context.Context, tx onboarding.Tx, login *onboarding.Login, from *origin, station string, now time.Time,
) error {
	if !from.declared() {
		if err := tx.PutAccessPoint(ctx, from.accessPoint(now)); err != nil {
			return err
		}
	}
	accepted := ""
	if !login.Minimised {
		if err := tx.CountLogin(ctx, login.CustomerID, now); err != nil {
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
