package onboarding

import (
	"context"
	"time"

	"onramp/onboarding/auth"
)

// Lock stops the credential: from the next authentication on it is rejected, and who is connected is disconnected. Again is no error.
func (s *Service) Lock(ctx context.Context, by *Caller, customerID string) error {
	return s.setLocked(ctx, by, customerID, true)
}

// Unlock lets it work again.
func (s *Service) Unlock(ctx context.Context, by *Caller, customerID string) error {
	return s.setLocked(ctx, by, customerID, false)
}

func (s *Service) setLocked(ctx context.Context, by *Caller, customerID string, locked bool) error {
	known, err := s.customer(ctx, by, customerID)
	if err != nil {
		return err
	}
	action := "unlocked"
	if locked {
		action = "locked"
	}
	defer s.wakeDisconnects()
	return s.store.Write(ctx, func(tx Tx) error {
		c, err := tx.Customer(ctx, known.OrganizationID, known.ID)
		if err != nil || c.Locked == locked {
			return err
		}
		changed, now := *c, s.now()
		changed.Locked, changed.Modified = locked, now
		if err := tx.UpdateCustomer(ctx, &changed); err != nil {
			return err
		}
		if locked {
			if err := endConnections(ctx, tx, c.ID, disconnectLocked, now); err != nil {
				return err
			}
		}
		return tx.AppendEvents(ctx, []Event{credentialEvent(c, now, action)})
	})
}

// Rotate replaces the password: the old one ends at once on every device, and the answered link brings the new profile. Earlier links end,
// for one may be open on the phone that was lost, and so do all proofs by guids and tokens. The credential's lifetime starts anew.
func (s *Service) Rotate(ctx context.Context, by *Caller, customerID string) (activationURL string, err error) {
	c, err := s.customer(ctx, by, customerID)
	if err != nil {
		return "", err
	}
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return "", err
	}
	now := s.now()
	password := s.sealer.Seal([]byte(auth.GeneratePassword()), passwordPurpose(c.ID))
	activation, url := s.newActivation(c)
	err = s.store.Write(ctx, func(tx Tx) error {
		old, err := tx.Credential(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := tx.UpdateCredential(ctx, old.replaced(password, now, o.WiFi.ProfileLifetime)); err != nil {
			return err
		}
		if err := tx.EndActivations(ctx, c.ID, now); err != nil {
			return err
		}
		if err := tx.InsertActivation(ctx, activation); err != nil {
			return err
		}
		if err := endConnections(ctx, tx, c.ID, disconnectRotated, now); err != nil {
			return err
		}
		return tx.AppendEvents(ctx, []Event{credentialEvent(c, now, "rotated")})
	})
	s.wakeDisconnects()
	return url, err
}

func credentialEvent(c *Customer, at time.Time, action string) Event {
	return newEvent(c, EventCredential, at, map[string]string{"action": action})
}
