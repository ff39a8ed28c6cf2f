package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const putBudget = "INSERT INTO budgets (key, full_at) VALUES ($1, $2) " +
	"ON CONFLICT (key) DO UPDATE SET full_at = excluded.full_at"

// selectBudget reads a budget by its key and the former one: when it is full (0: it has no row),
// whether it has a row under the former key, and whether it is stored under the key.
const selectBudget = "SELECT COALESCE(max(full_at), 0), COALESCE(max(CASE WHEN key = $2 THEN 1 ELSE 0 END), 0), " +
	"(SELECT count(*) FROM settings WHERE name = '" + onboarding.SettingBudgets + "' AND value = '" +
	onboarding.BudgetsKeyed + "') FROM budgets WHERE key IN ($1, $2)"

// LeaseBudget stores for each budget only the instant at which it is full again. Each unit taken
// moves that instant by one interval, up to the whole burst after now. A later stored instant comes
// from a wrong clock and is read as an empty budget.
func (t *transaction) LeaseBudget(ctx context.Context, r onboarding.BudgetRequest) (onboarding.BudgetLease, error) {
	var none onboarding.BudgetLease
	lock := r.Former // the version before locks it too
	if lock == "" {
		lock = r.Key
	}
	if err := t.db.lockKeys(ctx, false, "budget "+lock); err != nil {
		return none, err
	}
	now, interval := micros(r.Now), r.Interval.Microseconds()
	empty := now + r.Burst*interval
	var full, former, keyed int64
	if err := t.one(ctx, selectBudget, []any{r.Key, r.Former}, &full, &former, &keyed); err != nil {
		return none, err
	}
	full = min(max(full, now), empty)
	full = min(max(full+r.Used*interval, now), empty)
	granted := max(min(r.Want, (empty-full)/interval), 0)
	full += granted * interval
	key := r.Key
	if keyed == 0 && r.Former != "" {
		key = r.Former
	} else if former != 0 {
		if err := t.db.send(ctx, nil, "DELETE FROM budgets WHERE key = $1", r.Former); err != nil {
			return none, err
		}
	}
	if err := t.db.send(ctx, nil, putBudget, key, full); err != nil {
		return none, err
	}
	return onboarding.BudgetLease{Granted: granted, FullAt: time.UnixMicro(full).UTC()}, nil
}
