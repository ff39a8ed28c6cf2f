package onboarding

import (
	"context"
	"log/slog"
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

// Repeat calls do now and after each interval, until ctx ends. It logs an error of do, unless ctx
// ended meanwhile, as failure.
func Repeat(
	ctx context.Context, every time.Duration, log *slog.Logger, failure string, do func(context.Context) error,
) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, failure, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
