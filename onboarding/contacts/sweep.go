package contacts

import (
	"context"
	"time"

	"onramp/onboarding"
)

const (
	sweepEvery = time.Hour
	sweepOften = time.Minute
	// sweepBatch is the most rows that one transaction deletes; other writers wait for it.
	sweepBatch = 1000
	// linkMemory is how long an expired link is kept, so that its page can explain the expiry.
	linkMemory = 30 * 24 * time.Hour
)

// Sweep deletes expired records, among them the sealed idempotent responses, which hold passwords.
func (s *Contacts) Sweep(ctx context.Context) error {
	now := s.clock.Now()
	if err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		return tx.DeleteExpired(ctx, now, now.Add(-linkMemory))
	}); err != nil {
		return err
	}
	if err := s.sweepBatches(ctx, now.Add(-s.unattributedKept), onboarding.Tx.DeleteUnattributed); err != nil {
		return err
	}
	if err := s.sweepBatches(ctx, now.Add(-onboarding.StationAcceptLifetime),
		onboarding.Tx.DeleteStationAccepts); err != nil {
		return err
	}
	return s.sweepAttempts(ctx, now)
}

// failuresKept is the time for which hourly counts of failed authentications are kept.
const failuresKept = 366 * 24 * time.Hour

// sweepAttempts deletes the expired records of authentications: attempts, after the time that
// each organization sets, hourly counts of failures, and claims of stations.
func (s *Contacts) sweepAttempts(ctx context.Context, now time.Time) error {
	organizations, err := s.store.Organizations(ctx)
	if err != nil {
		return err
	}
	kept := map[string]time.Duration{"": onboarding.AttemptsKept} // "": those of unknown organizations
	for _, o := range organizations {
		kept[o.ID] = o.RADIUS.AttemptLifetime()
	}
	for id, lifetime := range kept {
		remove := func(tx onboarding.Tx, ctx context.Context, until time.Time, limit int) (int, error) {
			return tx.DeleteAttempts(ctx, id, until, limit)
		}
		if err := s.sweepBatches(ctx, now.Add(-lifetime), remove); err != nil {
			return err
		}
		remove = func(tx onboarding.Tx, ctx context.Context, until time.Time, limit int) (int, error) {
			return tx.DeleteFailures(ctx, id, until, limit)
		}
		if err := s.sweepBatches(ctx, now.Add(-failuresKept), remove); err != nil {
			return err
		}
	}
	return s.sweepBatches(ctx, now.Add(-onboarding.StationClaimLifetime), onboarding.Tx.DeleteStationClaims)
}

// DefaultUnattributedKept is how long connections without a known customer are kept by default.
const DefaultUnattributedKept = 30 * 24 * time.Hour

// sweepBatches repeats remove, which deletes a batch of rows up to an instant, until none is left.
func (s *Contacts) sweepBatches(
	ctx context.Context, until time.Time, remove func(onboarding.Tx, context.Context, time.Time, int) (int, error),
) error {
	for n := sweepBatch; n == sweepBatch; {
		err := s.store.Write(ctx, func(tx onboarding.Tx) error {
			var err error
			n, err = remove(tx, ctx, until, sweepBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// RunSweep sweeps now and each hour until ctx ends. Any number of processes may do so on one
// database.
func (s *Contacts) RunSweep(ctx context.Context) {
	ticker, often := time.NewTicker(sweepEvery), time.NewTicker(sweepOften)
	defer ticker.Stop()
	defer often.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("expiry sweep failed", "error", err)
		}
		for swept := false; !swept; {
			select {
			case <-ctx.Done():
				return
			case <-often.C:
				if err := s.sweepBudgets(ctx); err != nil && ctx.Err() == nil {
					s.log.Error("budget sweep failed", "error", err)
				}
			case <-ticker.C:
				swept = true
			}
		}
	}
}

// sweepBudgets deletes full rate limit budgets; a missing budget counts as full.
func (s *Contacts) sweepBudgets(ctx context.Context) error {
	return s.sweepBatches(ctx, s.clock.Now(), onboarding.Tx.SweepBudgets)
}
