package onboarding

import (
	"context"
	"time"
)

const (
	sweepEvery = time.Hour
	// linkMemory is how long an expired link is remembered, so that its page can say that it has expired and how to go on.
	linkMemory = 30 * 24 * time.Hour
)

// Sweep deletes what has expired and is of no more use: among it the sealed answers to repeated requests, which hold passwords.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return s.store.Write(ctx, func(tx Tx) error { return tx.DeleteExpired(ctx, now, now.Add(-linkMemory)) })
}

// RunSweep sweeps now and each hour until ctx ends. Any number of processes may do so on one database.
func (s *Service) RunSweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("what has expired is not deleted", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
