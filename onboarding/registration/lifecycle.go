package registration

import (
	"context"
	"onramp/onboarding/auth"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
)

// moveEnd gives a credential that is near its end, or past it, a new lifetime with the same password: the caller has just
// proven who he is.
func (s *Registrar) moveEnd(ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, customerID string, now time.Time) (*onboarding.Credential, error) {
	credential, err := tx.Credential(ctx, customerID)
	if err != nil || !credential.NearEnd(o.WiFi.ProfileLifetime, now) {
		return credential, err
	}
	moved := *credential
	moved.Expires = now.Add(o.WiFi.ProfileLifetime)
	return &moved, tx.UpdateCredential(ctx, &moved)
}

// Lock stops the credential: from the next authentication on it is rejected, and who is connected is disconnected. Again is no error.
func (s *Registrar) Lock(ctx context.Context, by *onboarding.Caller, customerID string) error {
	return s.setLocked(ctx, by, customerID, true)
}

// Unlock lets it work again.
func (s *Registrar) Unlock(ctx context.Context, by *onboarding.Caller, customerID string) error {
	return s.setLocked(ctx, by, customerID, false)
}

func (s *Registrar) setLocked(ctx context.Context, by *onboarding.Caller, customerID string, locked bool) error {
	known, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return err
	}
	action := "unlocked"
	if locked {
		action = "locked"
	}
	defer s.radius.Wake()
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		c, err := tx.Customer(ctx, known.OrganizationID, known.ID)
		if err != nil || c.Locked == locked {
			return err
		}
		changed, now := *c, s.clock.Now()
		changed.Locked, changed.Modified = locked, now
		if err := tx.UpdateCustomer(ctx, &changed); err != nil {
			return err
		}
		if locked {
			if err := radius.EndConnections(ctx, tx, c.ID, radius.DisconnectLocked, now); err != nil {
				return err
			}
		}
		return tx.AppendEvents(ctx, []onboarding.Event{credentialEvent(c, now, action)})
	})
}

// Rotate replaces the password: the old one ends at once on every device, and the answered link brings the new profile. Earlier links end,
// for one may be open on the phone that was lost, and so do all proofs by guids and tokens. The credential's lifetime starts anew.
func (s *Registrar) Rotate(ctx context.Context, by *onboarding.Caller, customerID string) (activationURL string, err error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return "", err
	}
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return "", err
	}
	now := s.clock.Now()
	password := s.sealer.Seal([]byte(auth.GeneratePassword()), onboarding.PasswordPurpose(c.ID))
	activation, url := s.links.New(c)
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		old, err := tx.Credential(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := tx.UpdateCredential(ctx, old.Replaced(password, now, o.WiFi.ProfileLifetime)); err != nil {
			return err
		}
		if err := tx.EndLinks(ctx, c.ID, now); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, activation); err != nil {
			return err
		}
		if err := radius.EndConnections(ctx, tx, c.ID, radius.DisconnectRotated, now); err != nil {
			return err
		}
		return tx.AppendEvents(ctx, []onboarding.Event{credentialEvent(c, now, "rotated")})
	})
	s.radius.Wake()
	return url, err
}

func credentialEvent(c *onboarding.Customer, at time.Time, action string) onboarding.Event {
	return onboarding.NewEvent(c, onboarding.EventCredential, at, map[string]string{"action": action})
}
