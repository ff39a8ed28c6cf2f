package registration

import (
	"context"
	"errors"
	"strings"

	"onramp/onboarding"
)

// guidIDLength is how many digits of a guid's hash name it to a manager: enough for one customer's devices, and too few to look for the guid.
const guidIDLength = 12

// ID names the guid among its customer's.
func ID(g *onboarding.DeviceGuid) string { return g.Hash[:min(len(g.Hash), guidIDLength)] }

// Guids lists a customer's guids, the oldest first, for a manager.
func (s *Registrar) Guids(ctx context.Context, by *onboarding.Caller, customerID string) ([]onboarding.DeviceGuid, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	return s.store.DeviceGuids(ctx, c.ID)
}

// RemoveGuid ends a guid: the device proves nothing until its owner proves the credential on it again.
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
			if !strings.EqualFold(ID(&g), guidID) {
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
		return tx.AppendEvents(ctx, []onboarding.Event{credentialEvent(c, s.clock.Now(), "guid removed")})
	})
	if errors.Is(err, onboarding.ErrNotFound) {
		return onboarding.NotFoundError("guid")
	}
	return err
}
