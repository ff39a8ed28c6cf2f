package store

import (
	"context"
	"sync/atomic"
	"time"
)

// sharedLimiter counts in the database, for all replicas.
type sharedLimiter struct {
	db    *postgresReaders
	calls atomic.Uint64
}

// sweepCalls is after how many counts a process drops the windows that have ended.
const sweepCalls = 1000

// countLimit starts anew when the window that is kept has ended, or ends later than $4: a clock was wrong then. A replica whose clock is a little
// behind counts in the later window.
const countLimit = `INSERT INTO limits (key, ends, count) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET
	ends = CASE WHEN limits.ends > $4 THEN excluded.ends ELSE GREATEST(limits.ends, excluded.ends) END,
	count = CASE WHEN excluded.ends > limits.ends OR limits.ends > $4 THEN excluded.count ELSE limits.count + excluded.count END
	RETURNING count, ends`

const askLimit = "SELECT COALESCE(sum(count), 0)::BIGINT, COALESCE(max(ends), $2) FROM limits WHERE key = $1 AND ends >= $2 AND ends <= $3"

// Count implements onboarding.Limiter.
func (l *sharedLimiter) Count(ctx context.Context, key string, n int, window time.Duration, now time.Time) (int, time.Time, error) {
	if l.calls.Add(1)%sweepCalls == 0 {
		if err := l.db.run(ctx, "DELETE FROM limits WHERE ends <= $1", micros(now)); err != nil {
			return 0, time.Time{}, err
		}
	}
	ends := windowEnd(now, window)
	var count int
	r := reader{db: l.db}
	var err error
	latest := micros(ends.Add(window))
	if n == 0 {
		err = r.one(ctx, askLimit, []any{key, micros(ends), latest}, &count, instant{&ends})
	} else {
		err = r.one(ctx, countLimit, []any{key, micros(ends), int64(n), latest}, &count, instant{&ends})
	}
	return count, ends, err
}

// run runs a statement that answers no rows.
func (r *postgresReaders) run(ctx context.Context, text string, args ...any) error {
	answer, err := r.query(ctx, text, args...)
	if err != nil {
		return err
	}
	answer.close()
	return answer.Err()
}
