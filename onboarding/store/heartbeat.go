package store

import (
	"context"
	"onramp/onboarding"
	"sync/atomic"
	"time"
)

const (
	// commitAge is how old the last commit may be before readiness asks for another.
	commitAge = 10 * time.Second

	settingHeartbeat = "heartbeat"
)

// commits remembers when the last transaction was committed, and when the last one could not be.
type commits struct {
	done, failed atomic.Int64 // nanoseconds since 1970
}

func (c *commits) committed()         { c.done.Store(time.Now().UnixNano()) }
func (c *commits) notCommitted()      { c.failed.Store(time.Now().UnixNano()) }
func (c *commits) age() time.Duration { return time.Since(time.Unix(0, c.done.Load())) }

// recent reports whether a commit proves that the database takes writes at present.
func (c *commits) recent() bool {
	age := c.age()
	return c.done.Load() > c.failed.Load() && age >= 0 && age < commitAge
}

// beat is the transaction that proves it when there was no other.
func beat(ctx context.Context) func(onboarding.Tx) error {
	return func(tx onboarding.Tx) error {
		return tx.PutSetting(ctx, settingHeartbeat, time.Now().UTC().Format(time.RFC3339))
	}
}
