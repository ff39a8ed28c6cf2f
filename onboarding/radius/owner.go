package radius

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

// reference identifies the customer of an accounting record before the customer is read.
type reference struct {
	customerID string
	proven     bool // by a Class or a name that this deployment issued
	gone       bool // the Access-Accept's customer was deleted or refuses the processing of personal data
	notBefore  time.Time
	class      *classReference // nil unless a Class identifies the customer
	accepted   time.Time       // the station's last Access-Accept, where that identifies the customer
}

// owner is the customer to whom an accounting record belongs.
type owner struct {
	login     *onboarding.Login // nil if no customer is known
	proven    bool
	gone      bool      // deleted, or refuses the processing of personal data and is not connected
	notBefore time.Time // the connection cannot have begun earlier
	class     *classReference
	accepted  time.Time
}

// referenceOf identifies the customer by a Class or a name that this deployment issued (User-Name
// or Chargeable-User-Identity), or else by the station's last Access-Accept at that access point.
// The outer identity identifies no customer, because a device can send any.
func (s *AAA) referenceOf(ctx context.Context, r *checkedRecord, from *origin) (reference, error) {
	for _, text := range r.Classes {
		class, err := s.openClass(ctx, text)
		if errors.Is(err, errForeignClass) {
			continue
		}
		if err != nil {
			return reference{}, err
		}
		return reference{
			customerID: class.customerID, proven: true, notBefore: class.made.Add(-classSlack), class: class,
		}, nil
	}
	for _, issued := range []struct {
		kind pseudonymKind
		text string
	}{{pseudonymName, r.Username}, {pseudonymCUI, r.Pseudonym}} {
		id, err := s.openPseudonym(ctx, issued.kind, issued.text)
		if errors.Is(err, errForeignPseudonym) {
			continue
		}
		return reference{customerID: id, proven: true}, err
	}
	return s.acceptedAt(ctx, r, from)
}

// acceptedAt identifies the customer by the last Access-Accept of the station at that access point
// before the connection began.
func (s *AAA) acceptedAt(ctx context.Context, r *checkedRecord, from *origin) (reference, error) {
	station, err := s.stationKey(ctx, from, r.mac)
	if err != nil || station == "" {
		return reference{}, err
	}
	id, accepted, err := s.store.StationAccept(ctx, station)
	if errors.Is(err, onboarding.ErrNotFound) {
		return reference{}, nil
	}
	if err != nil {
		return reference{}, err
	}
	notBefore := accepted.Add(-classSlack)
	made, _ := r.at(time.Time{})
	if made.Before(notBefore) || made.Sub(accepted) > onboarding.StationAcceptLifetime {
		return reference{}, nil
	}
	if id == "" {
		return reference{gone: true, notBefore: notBefore}, nil
	}
	return reference{customerID: id, notBefore: notBefore, accepted: accepted}, nil
}

// ownerOf reads the customer that a reference identifies. At another organization's access points,
// records belong only to customers who may roam there.
func (s *AAA) ownerOf(ctx context.Context, tx onboarding.Tx, ref *reference, from *origin) (owner, error) {
	who := owner{gone: ref.gone, class: ref.class, accepted: ref.accepted}
	if ref.gone {
		who.notBefore = ref.notBefore
	}
	if ref.customerID == "" {
		return who, nil
	}
	login, err := tx.LoginByID(ctx, ref.customerID)
	if errors.Is(err, onboarding.ErrNotFound) {
		who.gone, who.notBefore = true, ref.notBefore
		return who, nil
	}
	if err != nil {
		return owner{}, err
	}
	allowed, err := mayConnectAt(ctx, tx, login, from)
	if err != nil || !allowed {
		return who, err
	}
	who.login, who.proven = login, ref.proven
	who.notBefore = onboarding.MaxTime(ref.notBefore, login.Registered.Add(-classSlack))
	return who, nil
}
