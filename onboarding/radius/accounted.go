package radius

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

// accounted identifies the customer that a record belongs to.
type accounted struct {
	customerID     string
	organizationID string
	proven         bool
	gone           bool // the customer is deleted, or refuses the processing of personal data and is not connected
	notBefore      time.Time
	class          *classReference // where a Class identifies the customer
	accepted       time.Time       // where the station's last Access-Accept does
}

// accountedCustomer identifies the customer by our Class, by a name that we issued (User-Name or Chargeable-User-Identity), or by the
// station's own last Access-Accept at that access point. The outer identity is anybody's to choose and identifies nobody. At
// another organization's access point a record is only about customers who roam there.
func (s *AAA) accountedCustomer(ctx context.Context, r *AccountingRecord, at *place) (accounted, error) {
	for _, text := range r.Classes {
		class, err := s.openClass(ctx, text)
		if errors.Is(err, errForeignClass) {
			continue
		}
		if err != nil {
			return accounted{}, err
		}
		who, err := s.accountedAs(ctx, class.customerID, class.made.Add(-classSlack), at)
		who.proven, who.class = who.customerID != "", class
		return who, err
	}
	for _, issued := range []struct {
		kind pseudonymKind
		text string
	}{{pseudonymName, r.Username}, {pseudonymCUI, r.Pseudonym}} {
		id, err := s.openPseudonym(ctx, issued.kind, issued.text)
		if errors.Is(err, errForeignPseudonym) {
			continue
		}
		if err != nil {
			return accounted{}, err
		}
		who, err := s.accountedAs(ctx, id, time.Time{}, at)
		who.proven = who.customerID != ""
		return who, err
	}
	return s.accountedStation(ctx, r, at)
}

// accountedAs looks the customer up.
func (s *AAA) accountedAs(ctx context.Context, id string, notBefore time.Time, at *place) (accounted, error) {
	login, err := s.store.LoginByID(ctx, id)
	if errors.Is(err, onboarding.ErrNotFound) {
		return accounted{gone: true, notBefore: notBefore}, nil
	}
	if err != nil {
		return accounted{}, err
	}
	allowed, err := s.mayConnectAt(ctx, login, at)
	if err != nil || !allowed {
		return accounted{}, err
	}
	return accounted{
		customerID: id, organizationID: login.OrganizationID, notBefore: onboarding.MaxTime(notBefore, login.Registered.Add(-classSlack)),
	}, nil
}

// accountedStation identifies the customer by the last Access-Accept that the station was given there before the connection began.
func (s *AAA) accountedStation(ctx context.Context, r *AccountingRecord, at *place) (accounted, error) {
	station, err := s.stationKey(ctx, at, r.CallingStation)
	if err != nil || station == "" {
		return accounted{}, err
	}
	id, accepted, err := s.store.StationAccept(ctx, station)
	if errors.Is(err, onboarding.ErrNotFound) {
		return accounted{}, nil
	}
	if err != nil {
		return accounted{}, err
	}
	notBefore := accepted.Add(-classSlack)
	made, _ := r.at(s.clock.Now(), time.Time{})
	if made.Before(notBefore) || made.Sub(accepted) > onboarding.StationAcceptLifetime {
		return accounted{}, nil
	}
	if id == "" {
		return accounted{gone: true, notBefore: notBefore}, nil
	}
	who, err := s.accountedAs(ctx, id, notBefore, at)
	who.accepted = accepted
	return who, err
}
