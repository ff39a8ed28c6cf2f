package radius

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"onramp/onboarding"
)

// attempt returns the attempt of a report, without a customer.
func (r *LoginOutcome) attempt(from *origin, at time.Time) *onboarding.Attempt {
	a := &onboarding.Attempt{
		OrganizationID: from.OrganizationID, HostID: from.OrganizationID, LocationID: from.LocationID,
		HotspotID: from.HotspotID, AccessPoint: from.key, Station: onboarding.StationMAC(r.CallingStation),
		Method: r.method(), TLSVersion: r.tlsVersion(), First: at, Last: at, Count: 1,
	}
	a.SetID()
	return a
}

// attribute assigns an attempt to a customer.
func attribute(a *onboarding.Attempt, login *onboarding.Login, by onboarding.Attribution) {
	a.CustomerID, a.OrganizationID, a.Attribution = login.CustomerID, login.OrganizationID, by
	a.SetID()
}

var methodPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,20}$`)

// method returns the outer and inner EAP method.
func (r *LoginOutcome) method() string {
	outer, inner := r.OuterMethod, r.InnerMethod
	if outer == "" && len(r.LastSent) > eapType {
		outer = map[byte]string{typeTTLS: "TTLS", typePEAP: "PEAP"}[r.LastSent[eapType]]
	}
	if !methodPattern.MatchString(outer) {
		return ""
	}
	if inner == NoInnerMethod || !methodPattern.MatchString(inner) {
		return outer
	}
	if outer == "PEAP" {
		inner = strings.TrimPrefix(inner, "EAP-")
	}
	return outer + "/" + inner
}

var tlsVersionPattern = regexp.MustCompile(`^TLS (1\.[0-9])$`)

func (r *LoginOutcome) tlsVersion() string {
	if found := tlsVersionPattern.FindStringSubmatch(r.TLSVersion); found != nil {
		return found[1]
	}
	return ""
}

// failedLogin is a failed authentication as it is recorded.
type failedLogin struct {
	login  *onboarding.Login // the customer with the user name; nil if there is none
	reason onboarding.Reason
	// attempts has two elements if the customer of one organization tried to connect at an access
	// point of another: each organization learns only its own side.
	attempts []*onboarding.Attempt
}

func (s *AAA) failed(ctx context.Context, r *LoginOutcome, from *origin, at time.Time) (*failedLogin, error) {
	f := &failedLogin{}
	a := r.attempt(from, at)
	var unknown onboarding.Reason
	if r.Username != "" {
		login, reason, err := s.login(ctx, r.Username)
		if err != nil {
			return nil, err
		}
		if unknown = reason; unknown == "" {
			f.login = login
		}
	}
	allowed := true
	if f.login != nil {
		var err error
		if allowed, err = mayConnectAt(ctx, s.store, f.login, from); err != nil {
			return nil, err
		}
		switch {
		case allowed:
			attribute(a, f.login, onboarding.AttributedByName)
		case f.login.Minimised: // whose name the other organization's attempt does not hold, nor the MAC address
			a.Station = ""
		}
	} else if err := s.attributeUnknown(ctx, a, r, from, unknown); err != nil {
		return nil, err
	}
	a.Reason, a.Detail = r.failure(f.login, allowed, unknown, at)
	a.SetID()
	f.reason, f.attempts = a.Reason, []*onboarding.Attempt{a}
	if !allowed {
		// One row per hour and organization, whatever values its access points send.
		theirs := &onboarding.Attempt{HostID: from.OrganizationID, Reason: onboarding.ReasonElsewhere, First: at,
			Last: at, Count: 1}
		attribute(theirs, f.login, onboarding.AttributedByName)
		f.attempts = append(f.attempts, theirs)
	}
	return f, nil
}

// failure returns the reason of a failed authentication, and its detail.
func (r *LoginOutcome) failure(
	login *onboarding.Login, allowed bool, unknown onboarding.Reason, at time.Time,
) (onboarding.Reason, string) {
	switch r.Failure {
	case FailureHandshake:
		return handshakeFailure(r.Cause)
	case FailureUnavailable:
		return onboarding.ReasonUnavailable, ""
	case FailureStopped, FailureRejected:
	}
	switch {
	case unknown != "":
		return unknown, ""
	case login != nil && !allowed:
		return onboarding.ReasonElsewhere, ""
	case login != nil && login.Locked:
		return onboarding.ReasonLocked, ""
	case login != nil && !at.Before(login.Expires):
		return onboarding.ReasonExpired, ""
	case r.Failure == FailureStopped:
		return onboarding.ReasonStopped, silentAfter(r.LastSent)
	case r.InnerMethod == NoInnerMethod:
		return onboarding.ReasonHandshake, "no common inner method"
	}
	return onboarding.ReasonWrongPassword, ""
}

// attributeUnknown assigns an attempt without a known user name: by the user name with a wrong
// realm, at the access points of the customer's organization, or else by the station.
func (s *AAA) attributeUnknown(
	ctx context.Context, a *onboarding.Attempt, r *LoginOutcome, from *origin, unknown onboarding.Reason,
) error {
	if unknown == onboarding.ReasonWrongRealm && from.declared() {
		user, _, _ := onboarding.CutLastAt(r.Username)
		login, err := s.store.LoginByUsername(ctx, user)
		if err == nil && login.OrganizationID == from.OrganizationID {
			attribute(a, login, onboarding.AttributedByName)
			return nil
		}
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
	}
	if a.Station == "" {
		return nil
	}
	owners, err := s.store.StationOwners(ctx, a.Station, from.OrganizationID, from.key,
		a.Last.Add(-onboarding.AttemptsKept), 1)
	if err != nil || len(owners) == 0 {
		return err
	}
	login, err := s.store.LoginByID(ctx, owners[0].CustomerID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	// A guest of another organization is not blamed by this organization's access points.
	if from.declared() && login.OrganizationID != from.OrganizationID {
		return nil
	}
	attribute(a, login, onboarding.AttributedByStation)
	return nil
}
