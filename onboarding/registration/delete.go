package registration

import (
	"context"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/radius"
)

// deletionsEvery is how often RunDeletions looks for interrupted deletions.
const deletionsEvery = time.Minute

// Delete removes a customer. When it returns, personal data, credential, links and devices and
// every link to the person are erased; only anonymous counts and consents remain. Open connections
// are ordered to end. A customer with many records loses access at once, and the records are erased
// in portions.
func (s *Registrar) Delete(ctx context.Context, by *onboarding.Caller, id string) error {
	known, err := s.access.Customer(ctx, by, id)
	if onboarding.KindOf(err) == onboarding.NotFound {
		if err := s.unseen(ctx, by, id); err != nil {
			return err
		}
	}
	if onboarding.KindOf(err) == onboarding.NotFound && by.Principal != nil && by.Need(auth.CustomerWrite) == nil {
		if deleted, err := s.tombstones.SettleDeletion(ctx, by.Principal.OrganizationID, id); deleted {
			if err == nil { // the first request stopped before it erased a large customer
				_, err = onboarding.FinishDeletions(ctx, s.store)
			}
			return err
		}
	}
	if err != nil {
		return err
	}
	if err := by.Need(auth.CustomerWrite); err != nil {
		return err
	}
	err = s.erase(ctx, known.OrganizationID, known.ID, func(onboarding.Tx) (bool, error) { return true, nil })
	if onboarding.KindOf(err) == onboarding.NotFound {
		return onboarding.NotFoundError("customer")
	}
	return err
}

// unseen returns the error of a missing customer for one of another location than the caller's.
func (s *Registrar) unseen(ctx context.Context, by *onboarding.Caller, id string) error {
	if by.LocationID() == "" || !onboarding.ValidID(id) {
		return nil
	}
	c, err := s.store.Customer(ctx, by.Principal.OrganizationID, id)
	switch {
	case onboarding.KindOf(err) == onboarding.NotFound:
		return nil
	case err == nil && !by.Sees(c):
		return onboarding.NotFoundError("customer")
	}
	return err
}

// DeleteDormant deletes a customer if it is dormant, and reports whether it did. It is Delete
// without a caller, for package retention.
func (s *Registrar) DeleteDormant(
	ctx context.Context, q onboarding.DormantContacts, id string,
) (deleted bool, err error) {
	err = s.erase(ctx, q.OrganizationID, id, func(tx onboarding.Tx) (bool, error) {
		deleted, err = tx.IsDormant(ctx, q, id)
		return deleted, err
	})
	if onboarding.KindOf(err) == onboarding.NotFound { // deleted since
		return false, nil
	}
	return deleted, err
}

// erase deletes a customer if the condition holds in the transaction.
func (s *Registrar) erase(
	ctx context.Context, organizationID, id string, condition func(onboarding.Tx) (bool, error),
) error {
	var retired *onboarding.RetiredCustomer
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		retired = nil
		c, err := tx.Customer(ctx, organizationID, id)
		if err != nil {
			return err
		}
		if holds, err := condition(tx); err != nil || !holds {
			return err
		}
		if err := radius.EndConnections(ctx, tx, c.ID, radius.DisconnectDeleted, s.clock.Now()); err != nil {
			return err
		}
		if err := s.access.Record(ctx, tx, act(c, onboarding.AuditContactDeleted)); err != nil {
			return err
		}
		retired, err = onboarding.BeginDeletion(ctx, tx, onboarding.CustomerKey{
			ID: c.ID, OrganizationID: c.OrganizationID,
		}, s.clock.Now())
		return err
	})
	s.radius.Wake()
	s.links.Forget(organizationID, id)
	if err != nil || retired == nil {
		return err
	}
	return onboarding.FinishDeletion(context.WithoutCancel(ctx), s.store, *retired)
}

// RunDeletions finishes interrupted deletions, and deletes expired probes, now and each minute
// until ctx ends. Any number of processes may run it on one database.
func (s *Registrar) RunDeletions(ctx context.Context) {
	onboarding.Repeat(ctx, deletionsEvery, func() {
		if _, err := onboarding.FinishDeletions(ctx, s.store); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "finishing a deletion failed", "error", err)
		}
		if err := s.RemoveExpiredProbes(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "deleting expired probes failed", "error", err)
		}
	})
}
