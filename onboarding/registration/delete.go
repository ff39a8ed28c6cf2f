package registration

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"onramp/onboarding/auth"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
)

// DeleteCustomer removes a customer: personal data, credential, links, devices and whatever tells whose a connection or a consent was are gone when it
// returns, and open connections are ordered to end. To whom very much belongs, access ends at once and the rest goes in portions. What stays is anonymous: that so many connected, and that somebody agreed to what and
// when.
func (s *Registrar) Delete(ctx context.Context, by *onboarding.Caller, id string) error {
	known, err := s.access.Customer(ctx, by, id)
	if err != nil {
		return err
	}
	if err := by.Need(auth.CustomerWrite); err != nil {
		return err
	}
	alias, bloated := randomID(), false
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		c, err := tx.Customer(ctx, known.OrganizationID, known.ID)
		if err != nil {
			return err
		}
		if err := radius.EndConnections(ctx, tx, c.ID, radius.DisconnectDeleted, s.clock.Now()); err != nil {
			return err
		}
		if bloated, err = tx.Bloated(ctx, c.ID, deletedAtOnce); err != nil {
			return err
		}
		if bloated {
			return tx.RetireCustomer(ctx, c.OrganizationID, c.ID, alias)
		}
		return tx.DeleteCustomer(ctx, c.OrganizationID, c.ID, alias)
	})
	if onboarding.KindOf(err) == onboarding.NotFound {
		return onboarding.NotFoundError("customer")
	}
	s.radius.Wake()
	if err != nil || !bloated {
		return err
	}
	return s.finishDeletion(context.WithoutCancel(ctx), onboarding.RetiredCustomer{ID: known.ID, Alias: alias})
}

// deletedAtOnce is how many rows of a kind a transaction deletes: a few milliseconds in which others cannot write.
const deletedAtOnce = 500

// finishDeletion deletes what is left of a retired customer, who has had no access since. Where it is stopped, the next sweep goes on: after a
// restart at once, otherwise within a minute.
func (s *Registrar) finishDeletion(ctx context.Context, r onboarding.RetiredCustomer) error {
	for last := false; !last; {
		if err := s.store.Write(ctx, func(tx onboarding.Tx) (err error) {
			last, err = tx.DeletePortion(ctx, r, deletedAtOnce)
			return err
		}); err != nil {
			return err
		}
	}
	err := s.store.Write(ctx, func(tx onboarding.Tx) error { return tx.DeleteCustomer(ctx, "", r.ID, r.Alias) })
	if onboarding.KindOf(err) == onboarding.NotFound { // another process has finished it
		return nil
	}
	return err
}

// finishDeletions goes on with the deletions that a stopped process has left.
func (s *Registrar) finishDeletions(ctx context.Context) error {
	var left []onboarding.RetiredCustomer
	if err := s.store.Write(ctx, func(tx onboarding.Tx) (err error) {
		left, err = tx.RetiredCustomers(ctx, 100)
		return err
	}); err != nil {
		return err
	}
	for _, r := range left {
		if err := s.finishDeletion(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// randomID has the form of an ID and, unlike one of NewID, does not tell when it was made.
func randomID() string {
	var id [16]byte
	_, _ = rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// deletionsEvery is how often deletions that another process left unfinished are looked for.
const deletionsEvery = time.Minute

// RunDeletions finishes interrupted deletions now and each minute until ctx ends. Any number of
// processes may run it on one database.
func (s *Registrar) RunDeletions(ctx context.Context) {
	ticker := time.NewTicker(deletionsEvery)
	defer ticker.Stop()
	for {
		if err := s.finishDeletions(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "finishing a deletion failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
