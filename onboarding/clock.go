package onboarding

import (
	"context"
	"time"
)

// Clock returns the current time. A nil Clock is the system clock; tests set their own.
type Clock func() time.Time

// Now returns the time in UTC, truncated to the microsecond (the resolution of stores).
func (c Clock) Now() time.Time {
	if c == nil {
		return time.Now().UTC().Truncate(time.Microsecond)
	}
	return c().UTC().Truncate(time.Microsecond)
}

// Repeat calls do now and after each interval, until ctx ends.
func Repeat(ctx context.Context, every time.Duration, do func()) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Sleep waits for a duration, or returns the error of ctx once it ends.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
