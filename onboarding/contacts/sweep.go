package contacts

import (
	"context"
	"time"

	"onramp/onboarding"
)

const (
	sweepEvery = time.Hour
	sweepOften = time.Minute
	// sweepBatch is how many rows one transaction deletes: others wait for it.
	sweepBatch = 1000
	// linkMemory is how long an expired link is remembered, so that its page can say that it has expired and how to go on.
	linkMemory = 30 * 24 * time.Hour
)

// Sweep deletes what has expired and is of no more use: among it the sealed answers to repeated requests, which hold passwords.
func (s *Contacts) Sweep(ctx context.Context) error {
	now := s.clock.Now()
	if err := s.store.Write(ctx, func(tx onboarding.Tx) error { return tx.DeleteExpired(ctx, now, now.Add(-linkMemory)) }); err != nil {
		return err
	}
	if err := s.sweepBatches(ctx, now.Add(-s.unattributedKept), onboarding.Tx.DeleteUnattributed); err != nil {
		return err
	}
	return s.sweepBatches(ctx, now.Add(-onboarding.StationAcceptLifetime), onboarding.Tx.DeleteStationAccepts)
}

// DefaultUnattributedKept is how long sessions of no known customer are kept where the deployment does not set it.
const DefaultUnattributedKept = 30 * 24 * time.Hour

func (s *Contacts) sweepBatches(ctx context.Context, before time.Time, remove func(onboarding.Tx, context.Context, time.Time, int) (int, error)) error {
	for n := sweepBatch; n == sweepBatch; {
		err := s.store.Write(ctx, func(tx onboarding.Tx) error {
			var err error
			n, err = remove(tx, ctx, before, sweepBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// RunSweep sweeps now and each hour until ctx ends. Any number of processes may do so on one database.
func (s *Contacts) RunSweep(ctx context.Context) {
	ticker, often := time.NewTicker(sweepEvery), time.NewTicker(sweepOften)
	defer ticker.Stop()
	defer often.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("what has expired is not deleted", "error", err)
		}
		for swept := false; !swept; {
			select {
			case <-ctx.Done():
				return
			case <-often.C:
				if err := s.sweepBudgets(ctx); err != nil && ctx.Err() == nil {
					s.log.Error("full budgets are not deleted", "error", err)
				}
			case <-ticker.C:
				swept = true
			}
		}
	}
}

// sweepBudgets deletes the budgets that are full, which are like those that were never asked.
func (s *Contacts) sweepBudgets(ctx context.Context) error {
	for deleted := sweepBatch; deleted == sweepBatch; {
		if err := s.store.Write(ctx, func(tx onboarding.Tx) (err error) {
			deleted, err = tx.SweepBudgets(ctx, s.clock.Now(), sweepBatch)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
