package radius

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"onramp/onboarding"
)

// attempt returns the attempt of a report, without a customer and an ID.
func (r *LoginOutcome) attempt(from *origin, at time.Time) *onboarding.Attempt {
	return &onboarding.Attempt{
		OrganizationID: from.OrganizationID, HostID: from.OrganizationID, LocationID: from.LocationID,
		HotspotID: from.HotspotID, AccessPoint: from.key, Station: onboarding.StationMAC(r.CallingStation),
		Method: r.method(), TLSVersion: r.tlsVersion(), First: at, Last: at, Count: 1,
	}
}

// attribute assigns an attempt to a customer.
func attribute(a *onboarding.Attempt, login *onboarding.Login, by onboarding.Attribution) {
	a.CustomerID, a.OrganizationID, a.Attribution = login.CustomerID, login.OrganizationID, by
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

// failed returns the attempts of a failed authentication, and the customer with the user name; nil
// if there is none. There are two attempts if the customer of one organization tried to connect at
// an access point of another: each organization learns only its own side.
func (s *AAA) failed(
	ctx context.Context, r *LoginOutcome, from *origin, at time.Time,
) ([]*onboarding.Attempt, *onboarding.Login, error) {
	a := r.attempt(from, at)
	var login *onboarding.Login
	var refused onboarding.Reason // for which Authorize refuses the user name
	if r.Username != "" {
		found, unknown, err := s.login(ctx, r.Username)
		if err != nil {
			return nil, nil, err
		}
		if refused = unknown; unknown == "" {
			login = found
			if refused, err = s.refusal(ctx, login, from, at); err != nil {
				return nil, nil, err
			}
		}
	}
	elsewhere := refused == onboarding.ReasonElsewhere
	switch {
	case login == nil:
		if err := s.attributeUnknown(ctx, a, r, from, refused); err != nil {
			return nil, nil, err
		}
	case !elsewhere:
		attribute(a, login, onboarding.AttributedByName)
	case login.Minimised: // whose name the other organization's attempt does not hold, nor the MAC address
		a.Station = ""
	}
	a.Reason, a.Detail = r.failure(refused)
	attempts := []*onboarding.Attempt{a}
	if elsewhere {
		// One row per hour and organization, whatever values its access points send.
		theirs := &onboarding.Attempt{HostID: from.OrganizationID, Reason: onboarding.ReasonElsewhere, First: at,
			Last: at, Count: 1}
		attribute(theirs, login, onboarding.AttributedByName)
		attempts = append(attempts, theirs)
	}
	return attempts, login, nil
}

// failure returns the reason of a failed authentication, and its detail. refused is the reason for
// which Authorize refuses the user name; empty if it does not, or if the device sent none.
func (r *LoginOutcome) failure(refused onboarding.Reason) (onboarding.Reason, string) {
	switch {
	case r.Failure == FailureHandshake:
		return handshakeFailure(r.Cause)
	case r.Failure == FailureUnavailable:
		return onboarding.ReasonUnavailable, ""
	case refused != "":
		return refused, ""
	case r.Failure == FailureStopped:
		return onboarding.ReasonStopped, silentAfter(r.LastSent)
	case r.InnerMethod == NoInnerMethod:
		return onboarding.ReasonHandshake, onboarding.NoCommonInner
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
