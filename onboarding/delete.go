package onboarding

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"onramp/onboarding/auth"
)

// DeleteCustomer removes a customer: personal data, credential, links, devices and whatever tells whose a connection or a consent was are gone when it
// returns, and open connections are ordered to end. What stays is anonymous: that so many connected, and that somebody agreed to what and
// when.
func (s *Service) DeleteCustomer(ctx context.Context, by *Caller, id string) error {
	known, err := s.customer(ctx, by, id)
	if err != nil {
		return err
	}
	if err := by.need(auth.CustomerWrite); err != nil {
		return err
	}
	alias := randomID()
	err = s.store.Write(ctx, func(tx Tx) error {
		c, err := tx.Customer(ctx, known.OrganizationID, known.ID)
		if err != nil {
			return err
		}
		if err := endConnections(ctx, tx, c.ID, disconnectDeleted, s.now()); err != nil {
			return err
		}
		return tx.DeleteCustomer(ctx, c.OrganizationID, c.ID, alias)
	})
	if KindOf(err) == NotFound {
		return notFound("customer")
	}
	s.aaa.wake()
	return err
}

// randomID has the form of an ID and, unlike one of NewID, does not tell when it was made.
func randomID() string {
	var id [16]byte
	_, _ = rand.Read(id[:])
	return hex.EncodeToString(id[:])
}
