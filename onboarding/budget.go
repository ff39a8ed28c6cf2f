package onboarding

import (
	"context"
	"time"
)

// A budget is what one limit allows one address prefix, location, client key or user name. All replicas share it: it lies in the database,
// and each replica leases portions of it, so that a request costs no write of its own. The first few of a key are given without a
// lease and are settled with the first one, so that a key that asks rarely costs no write at all.
//
// Together, N replicas exceed a budget by at most N of these portions (a sixteenth of the burst, 64 at most). A leased portion that is not
// used within leaseLifetime is given back with the next lease, or comes back with time.

// BudgetWriter changes the shared budgets.
type BudgetWriter interface {
	// LeaseBudget charges a budget and takes a portion of what is left of it.
	LeaseBudget(ctx context.Context, r BudgetRequest) (BudgetLease, error)
	// SweepBudgets deletes up to limit budgets that are full at now, and returns how many it deleted.
	SweepBudgets(ctx context.Context, now time.Time, limit int) (int, error)
}

// BudgetRequest asks for a portion of a budget.
type BudgetRequest struct {
	Key      string
	Burst    int64
	Interval time.Duration // in which one comes back
	// Used were given without a lease; negative: so many of an earlier lease are given back.
	Used int64
	Want int64
	Now  time.Time
}

// BudgetLease is the answer: Granted are at most Want. FullAt is when the budget is full again if nothing more is taken.
type BudgetLease struct {
	Granted int64
	FullAt  time.Time
}
