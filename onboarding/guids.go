package onboarding

import (
	"context"
	"errors"
	"strings"
)

// guidIDLength is how many digits of a guid's hash name it to a manager: enough for one customer's devices, and too few to look for the guid.
const guidIDLength = 12

// ID names the guid among its customer's.
func (g *DeviceGuid) ID() string { return g.Hash[:min(len(g.Hash), guidIDLength)] }

// Guids lists a customer's guids, the oldest first, for a manager.
func (s *Service) Guids(ctx context.Context, by *Caller, customerID string) ([]DeviceGuid, error) {
	c, err := s.customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	return s.store.DeviceGuids(ctx, c.ID)
}

// RemoveGuid ends a guid: the device proves nothing until its owner proves the credential on it again.
func (s *Service) RemoveGuid(ctx context.Context, by *Caller, customerID, guidID string) error {
	c, err := s.customer(ctx, by, customerID)
	if err != nil {
		return err
	}
	if len(guidID) != guidIDLength {
		return notFound("guid")
	}
	err = s.store.Write(ctx, func(tx Tx) error {
		known, err := tx.DeviceGuids(ctx, c.ID)
		if err != nil {
			return err
		}
		found := false
		for _, g := range known {
			if !strings.EqualFold(g.ID(), guidID) {
				continue
			}
			found = true
			if err := tx.RemoveGuid(ctx, c.ID, g.Hash); err != nil {
				return err
			}
		}
		if !found {
			return ErrNotFound
		}
		return tx.AppendEvents(ctx, []Event{credentialEvent(c, s.now(), "guid removed")})
	})
	if errors.Is(err, ErrNotFound) {
		return notFound("guid")
	}
	return err
}
