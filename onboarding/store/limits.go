package store

import (
	"context"
	"sync"
	"time"
)

// windowEnd returns when the window that holds now ends. Windows are aligned to 1970, so all replicas agree on them.
func windowEnd(now time.Time, window time.Duration) time.Time {
	return now.UTC().Truncate(window).Add(window)
}

// memoryLimiter counts in the memory of the one process that serves. It forgets windows that have ended.
type memoryLimiter struct {
	mu     sync.Mutex
	counts map[string]*windowCount
	sweep  time.Time // when ended windows are dropped next
}

type windowCount struct {
	ends  time.Time
	count int
}

// sweepEvery bounds how long ended windows take up memory.
const sweepEvery = time.Minute

func newMemoryLimiter() *memoryLimiter { return &memoryLimiter{counts: map[string]*windowCount{}} }

// Count implements onboarding.Limiter.
func (l *memoryLimiter) Count(_ context.Context, key string, n int, window time.Duration, now time.Time) (int, time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !now.Before(l.sweep) || l.sweep.Sub(now) > sweepEvery {
		for key, c := range l.counts {
			if !now.Before(c.ends) {
				delete(l.counts, key)
			}
		}
		l.sweep = now.Add(sweepEvery)
	}
	c, ends := l.counts[key], windowEnd(now, window)
	if c == nil || !now.Before(c.ends) || c.ends.Sub(ends) > window { // that far ahead, the clock was wrong then
		c = &windowCount{ends: ends}
		if n != 0 {
			l.counts[key] = c
		}
	}
	c.count += n
	return c.count, c.ends, nil
}
