package registration

import (
	"context"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/radius"
)

// renew starts a new lifetime, with the same password, for a credential that is near its end or
// expired, unless policies that are due stop it. The caller must have proven the customer. It
// returns the current credential.
func renew(ctx context.Context, c call, customerID string) (*onboarding.Credential, error) {
	credential, err := c.tx.Credential(ctx, customerID)
	if err != nil || !credential.NearEnd(c.organization.RenewsWithin(), c.now) {
		return credential, err
	}
	stopped, err := consentStops(ctx, c, customerID)
	if err != nil || stopped {
		return credential, err
	}
	renewed := credential.Renewed(c.now, c.organization.WiFi.ProfileLifetime)
	return renewed, c.tx.UpdateCredential(ctx, renewed)
}

// consentStops reports whether policies that are due stop profiles and renewals of the customer.
func consentStops(ctx context.Context, c call, customerID string) (bool, error) {
	current, err := c.tx.CurrentConsents(ctx, customerID)
	return c.organization.ConsentStops(current, c.now) != nil, err
}

// Lock stops the credential: every later authentication is rejected, and open connections are
// ended. It is idempotent.
func (s *Registrar) Lock(ctx context.Context, by *onboarding.Caller, customerID string) error {
	return s.setLocked(ctx, by, customerID, true)
}

// Unlock reverses Lock. It is idempotent.
func (s *Registrar) Unlock(ctx context.Context, by *onboarding.Caller, customerID string) error {
	return s.setLocked(ctx, by, customerID, false)
}

func (s *Registrar) setLocked(ctx context.Context, by *onboarding.Caller, customerID string, locked bool) error {
	known, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return err
	}
	action, audited := "unlocked", onboarding.AuditContactUnlocked
	if locked {
		action, audited = "locked", onboarding.AuditContactLocked
	}
	defer s.radius.Wake()
	defer s.links.Forget(known.OrganizationID, known.ID)
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		before, err := tx.Customer(ctx, known.OrganizationID, known.ID)
		if err != nil {
			return err
		}
		if err := s.access.Record(ctx, tx, act(known, audited)); err != nil || before.Locked == locked {
			return err
		}
		customer, now := *before, s.clock.Now()
		customer.Locked, customer.Modified = locked, now
		if err := tx.UpdateCustomer(ctx, &customer); err != nil {
			return err
		}
		if locked {
			if err := radius.EndConnections(ctx, tx, customer.ID, radius.DisconnectLocked, now); err != nil {
				return err
			}
		}
		if err := tx.AppendEvents(ctx, []onboarding.Event{credentialEvent(&customer, now, action)}); err != nil {
			return err
		}
		event := onboarding.WebhookCredentialUnlocked
		if locked {
			event = onboarding.WebhookCredentialLocked
		}
		return tx.QueueWebhooks(ctx, now,
			onboarding.NewWebhookEvent(&customer, event, now, onboarding.WebhookData{}))
	})
}

// Rotate replaces the password and returns the URL of a link to the new profile. The old password
// stops working on every device at once. All proofs by guids and tokens end, and so do earlier
// links, which may be open on a lost phone. The credential's lifetime starts anew, unless policies
// that are due stop it: the end then stays.
func (s *Registrar) Rotate(
	ctx context.Context, by *onboarding.Caller, customerID string,
) (linkURL string, err error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return "", err
	}
	link, url := s.links.New(c)
	return url, s.rotate(ctx, c, link, func(onboarding.Tx) error { return nil })
}

// rotate is Rotate with a given link, if holds returns nil in the transaction.
func (s *Registrar) rotate(
	ctx context.Context, c *onboarding.Customer, link *onboarding.Link, holds func(onboarding.Tx) error,
) error {
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	password := s.sealer.Seal([]byte(auth.GeneratePassword()), onboarding.PasswordPurpose(c.ID))
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := holds(tx); err != nil {
			return err
		}
		old, err := tx.Credential(ctx, c.ID)
		if err != nil {
			return err
		}
		fresh := old.Replaced(password, now, o.WiFi.ProfileLifetime)
		stopped, err := consentStops(ctx, call{tx: tx, organization: o, now: now}, c.ID)
		if err != nil {
			return err
		}
		if stopped && old.Expires.Before(fresh.Expires) {
			fresh.Expires = old.Expires
		}
		if err := tx.UpdateCredential(ctx, fresh); err != nil {
			return err
		}
		if err := tx.EndLinks(ctx, c.ID, now); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, link); err != nil {
			return err
		}
		if err := radius.EndConnections(ctx, tx, c.ID, radius.DisconnectRotated, now); err != nil {
			return err
		}
		if err := s.access.Record(ctx, tx, act(c, onboarding.AuditContactRotated)); err != nil {
			return err
		}
		if err := tx.AppendEvents(ctx, []onboarding.Event{credentialEvent(c, now, "rotated")}); err != nil {
			return err
		}
		return tx.QueueWebhooks(ctx, now, onboarding.NewWebhookEvent(c, onboarding.WebhookCredentialRotated, now,
			onboarding.WebhookData{Expires: onboarding.WebhookTime{Time: fresh.Expires}}))
	})
	s.radius.Wake()
	s.links.Forget(c.OrganizationID, c.ID)
	return err
}

func credentialEvent(c *onboarding.Customer, at time.Time, action string) onboarding.Event {
	return onboarding.NewEvent(c, onboarding.EventCredential, at, map[string]string{"action": action})
}
