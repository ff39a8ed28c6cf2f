package statistics

import (
	"context"
	"time"

	"onramp/onboarding"
)

const (
	// runEvery is the longest time for which page views wait in memory.
	runEvery = 3 * time.Second
	// earlierEvery is how often connections of an earlier version are looked for.
	earlierEvery = time.Minute
	// flushTime limits the last write of page views when the server stops.
	flushTime = 5 * time.Second

	foldAtOnce    = 500
	earlierAtOnce = 50
)

// Run writes page views, folds the counts of events into sums and counts the connections of an
// earlier version, until ctx ends. Any number of processes may run it on one database.
func (s *Statistics) Run(ctx context.Context) {
	var looked time.Time
	onboarding.Repeat(ctx, runEvery, func() {
		steps := []func(context.Context) error{s.writeViews, s.fold}
		if time.Since(looked) >= earlierEvery {
			looked = time.Now()
			steps = append(steps, s.countEarlier)
		}
		for _, step := range steps {
			if err := step(ctx); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "update of statistics failed", "error", err)
			}
		}
	})
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer stop()
	if err := s.writeViews(last); err != nil {
		s.log.ErrorContext(last, "page views are lost", "error", err)
	}
}

// fold folds all counts that are not in the sums.
func (s *Statistics) fold(ctx context.Context) error {
	return s.batches(ctx, foldAtOnce, func(tx onboarding.Tx, limit int) (int, error) {
		return tx.FoldStatistics(ctx, limit)
	})
}

// countEarlier counts connections that an earlier version stored. It may be interrupted anywhere.
func (s *Statistics) countEarlier(ctx context.Context) error {
	return s.batches(ctx, earlierAtOnce, func(tx onboarding.Tx, limit int) (int, error) {
		return tx.CountEarlierConnections(ctx, limit)
	})
}

// batches repeats a step until it finds less than its limit.
func (s *Statistics) batches(
	ctx context.Context, limit int, step func(tx onboarding.Tx, limit int) (int, error),
) error {
	return onboarding.InBatches(ctx, func() (more bool, err error) {
		err = s.store.Write(ctx, func(tx onboarding.Tx) error {
			n, err := step(tx, limit)
			more = n == limit
			return err
		})
		return more, err
	})
}
