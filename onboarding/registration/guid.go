package registration

import (
	"context"
	"errors"
	"strings"

	"onramp/onboarding"
)

// guidIDLength is the number of hexadecimal digits of a guid's hash in its ID: enough to
// distinguish one customer's devices apart, and too few to search for the guid.
const guidIDLength = 12

// GuidID returns an ID of the guid that is unique among its customer's.
func GuidID(g *onboarding.DeviceGuid) string { return g.Hash[:min(len(g.Hash), guidIDLength)] }

// Guids returns a customer's guids, oldest first, for a manager.
func (s *Registrar) Guids(
	ctx context.Context, by *onboarding.Caller, customerID string,
) ([]onboarding.DeviceGuid, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	guids, err := s.store.DeviceGuids(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	read := act(c, onboarding.AuditContactRead, "guids")
	read.Count = len(guids)
	return guids, s.access.RecordRead(ctx, read)
}

// RemoveGuid ends a guid. Its device proves nothing until it passes a credential check again.
func (s *Registrar) RemoveGuid(ctx context.Context, by *onboarding.Caller, customerID, guidID string) error {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return err
	}
	if len(guidID) != guidIDLength {
		return onboarding.NotFoundError("guid")
	}
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		known, err := tx.DeviceGuids(ctx, c.ID)
		if err != nil {
			return err
		}
		found := false
		for _, g := range known {
			if !strings.EqualFold(GuidID(&g), guidID) {
				continue
			}
			found = true
			if err := tx.RemoveGuid(ctx, c.ID, g.Hash); err != nil {
				return err
			}
		}
		if !found {
			return onboarding.ErrNotFound
		}
		if err := s.access.Record(ctx, tx, changed(c, "guids")); err != nil {
			return err
		}
		return tx.AppendEvents(ctx, []onboarding.Event{credentialEvent(c, s.clock.Now(), "guid removed")})
	})
	if errors.Is(err, onboarding.ErrNotFound) {
		return onboarding.NotFoundError("guid")
	}
	return err
}
