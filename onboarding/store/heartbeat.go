package store

import (
	"context"
	"sync/atomic"
	"time"

	"onramp/onboarding"
)

const (
	// commitAge is the maximum age of the last commit before readiness makes another.
	commitAge = 10 * time.Second

	settingHeartbeat = "heartbeat"
)

// commits holds the times of the last successful and the last failed commit.
type commits struct {
	done, failed atomic.Int64 // nanoseconds since 1970
}

func (c *commits) committed()         { c.done.Store(time.Now().UnixNano()) }
func (c *commits) notCommitted()      { c.failed.Store(time.Now().UnixNano()) }
func (c *commits) age() time.Duration { return time.Since(time.Unix(0, c.done.Load())) }

// recent reports whether a recent commit proves that the database accepts writes.
func (c *commits) recent() bool {
	age := c.age()
	return c.done.Load() > c.failed.Load() && age >= 0 && age < commitAge
}

// beat returns a small transaction whose commit proves that the database accepts writes. It is for
// a time without other commits.
func beat(ctx context.Context) func(onboarding.Tx) error {
	return func(tx onboarding.Tx) error {
		return tx.PutSetting(ctx, settingHeartbeat, time.Now().UTC().Format(time.RFC3339))
	}
}
