package onboarding

import (
	"context"
	"time"
)

// A budget is the allowance of one limit for one address prefix, location, client key or user
// name. All replicas share it through the database: each replica leases portions of it, so that a
// request costs no write of its own. The first few requests of a key are allowed without a lease
// and charged with the first lease, so that a key with few requests costs no write at all.
//
// Together, N replicas exceed a budget by at most N of these portions (a sixteenth of the burst,
// at most 64). A leased portion that is unused after the lease's lifetime is returned with the
// next lease, or is refilled with time.

// SettingBudgets is the setting with the form of the keys of budgets. Without it budgets are stored
// under the keys of the version before, so that replicas of both versions share them.
const SettingBudgets = "budget-keys"

// BudgetsKeyed is the value of SettingBudgets for keyed hashes. A new database begins with it.
const BudgetsKeyed = "keyed"

// BudgetWriter changes the shared budgets.
type BudgetWriter interface {
	// LeaseBudget charges a budget and takes a portion of the rest.
	LeaseBudget(ctx context.Context, r BudgetRequest) (BudgetLease, error)
}

// BudgetRequest asks for a portion of a budget.
type BudgetRequest struct {
	Key string
	// Former is the key under which the version before knows the budget; empty: it knows none.
	// Until SettingBudgets is BudgetsKeyed, the budget is stored under it. Then its state moves to
	// Key.
	Former   string
	Burst    int64
	Interval time.Duration // time to refill one
	// Used is the number allowed without a lease; if negative, the number returned from an
	// earlier lease.
	Used int64
	Want int64
	Now  time.Time
}

// BudgetLease is the result of LeaseBudget. Granted is at most Want; FullAt is the instant at
// which the budget is full again if nothing more is taken.
type BudgetLease struct {
	Granted int64
	FullAt  time.Time
}
