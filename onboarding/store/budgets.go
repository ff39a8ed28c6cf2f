package store

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

const putBudget = "INSERT INTO budgets (key, full_at) VALUES ($1, $2) " +
	"ON CONFLICT (key) DO UPDATE SET full_at = excluded.full_at"

// LeaseBudget stores for each budget only the instant at which it is full again. Each unit taken
// moves that instant by one interval, up to the whole burst after now. A later stored instant comes
// from a wrong clock and is read as an empty budget.
func (t *transaction) LeaseBudget(ctx context.Context, r onboarding.BudgetRequest) (onboarding.BudgetLease, error) {
	var none onboarding.BudgetLease
	if err := t.db.lockKeys(ctx, false, "budget "+r.Key); err != nil {
		return none, err
	}
	now, interval := micros(r.Now), r.Interval.Microseconds()
	empty := now + r.Burst*interval
	var full int64
	err := t.one(ctx, "SELECT full_at FROM budgets WHERE key = $1", []any{r.Key}, &full)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return none, err
	}
	full = min(max(full, now), empty)
	full = min(max(full+r.Used*interval, now), empty)
	granted := max(min(r.Want, (empty-full)/interval), 0)
	full += granted * interval
	if err := t.db.send(ctx, nil, putBudget, r.Key, full); err != nil {
		return none, err
	}
	return onboarding.BudgetLease{Granted: granted, FullAt: time.UnixMicro(full).UTC()}, nil
}
