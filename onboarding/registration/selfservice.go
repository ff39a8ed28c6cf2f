package registration

import (
	"context"

	"onramp/onboarding"
	"onramp/onboarding/links"
)

// RotateBySelf is Rotate by the holder of a self-service link, which thereby ends. token becomes
// that of the link to the new profile; a form that is sent twice returns with the same one.
func (s *Registrar) RotateBySelf(ctx context.Context, l *links.Self, token string) error {
	c, err := s.store.Customer(ctx, l.OrganizationID, l.ID)
	if onboarding.KindOf(err) == onboarding.NotFound {
		return onboarding.GoneError("the link has expired")
	}
	if err != nil {
		return err
	}
	err = s.rotate(ctx, c, s.links.NewFrom(c, token), func(tx onboarding.Tx) error {
		_, err := s.links.HoldActiveSelf(ctx, tx, l)
		return err
	})
	if onboarding.KindOf(err) == onboarding.Gone {
		if _, _, live := s.links.Find(ctx, token, 0); live == nil { // the same form rotated before
			return nil
		}
	}
	return err
}

// RenewBySelf renews the credential if it is near its end, and makes a link to the new profile with
// the token.
func (s *Registrar) RenewBySelf(ctx context.Context, by *onboarding.Caller, l *links.Self, token string) error {
	o, err := s.store.Organization(ctx, l.OrganizationID)
	if err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		c, err := s.links.HoldActiveSelf(ctx, tx, l)
		if err != nil {
			return err
		}
		in := s.begin(tx, by, o)
		credential, err := renew(ctx, in, c.ID)
		if err != nil {
			return err
		}
		if !in.now.Before(credential.Expires) {
			return onboarding.ConflictField("", "the credential cannot be renewed")
		}
		if err := s.access.Record(ctx, tx, changed(c, "expires")); err != nil {
			return err
		}
		return s.links.InsertFrom(ctx, tx, c, token)
	})
}

// DeleteBySelf is Delete by the holder of a self-service link. A customer that is already deleted
// is no error: the form was sent twice, or its first answer was lost.
func (s *Registrar) DeleteBySelf(ctx context.Context, l *links.Self) error {
	err := s.erase(ctx, l.OrganizationID, l.ID, func(tx onboarding.Tx) (bool, error) {
		_, err := s.links.HoldSelf(ctx, tx, l)
		return err == nil, err
	})
	if onboarding.KindOf(err) != onboarding.NotFound {
		return err
	}
	deleted, err := s.tombstones.SettleDeletion(ctx, l.OrganizationID, l.ID)
	if deleted && err == nil { // the first request stopped before it erased a large customer
		_, err = onboarding.FinishDeletions(ctx, s.store)
	}
	return err
}
