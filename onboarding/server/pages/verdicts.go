package pages

import (
	"context"
	"sync"
	"time"

	"onramp/onboarding/connectivity"
)

const (
	// verdictLifetime is the time for which a verdict is shown again, so that a page that is loaded
	// often costs no more than one that refreshes itself.
	verdictLifetime = 3 * time.Second
	// maxVerdicts limits the verdicts in memory.
	maxVerdicts = 5000
)

// verdicts computes at most one verdict per customer and verdictLifetime.
type verdicts struct {
	compute func(ctx context.Context, organizationID, customerID string) (*connectivity.Verdict, error)
	clock   func() time.Time

	mu         sync.Mutex
	byCustomer map[string]*recentVerdict
}

type recentVerdict struct {
	mu      sync.Mutex // held while the verdict is computed
	until   time.Time  // zero: not computed
	verdict *connectivity.Verdict
}

func newVerdicts(c *connectivity.Connectivity, clock func() time.Time) *verdicts {
	return &verdicts{compute: c.OfCustomer, clock: clock, byCustomer: map[string]*recentVerdict{}}
}

// of returns the verdict on a customer, at most verdictLifetime old. Concurrent calls for one
// customer wait for the same computation. An error is not kept.
func (v *verdicts) of(ctx context.Context, organizationID, customerID string) (*connectivity.Verdict, error) {
	recent := v.entry(customerID)
	recent.mu.Lock()
	defer recent.mu.Unlock()
	now := v.clock()
	if now.Before(recent.until) && recent.until.Sub(now) <= verdictLifetime { // else the clock went back
		return recent.verdict, nil
	}
	verdict, err := v.compute(ctx, organizationID, customerID)
	if err != nil {
		return nil, err
	}
	recent.verdict, recent.until = verdict, now.Add(verdictLifetime)
	return verdict, nil
}

// entry returns the customer's entry. A full map is emptied: that costs each customer one more
// computation.
func (v *verdicts) entry(customerID string) *recentVerdict {
	v.mu.Lock()
	defer v.mu.Unlock()
	recent := v.byCustomer[customerID]
	if recent == nil {
		if len(v.byCustomer) >= maxVerdicts {
			clear(v.byCustomer)
		}
		recent = &recentVerdict{}
		v.byCustomer[customerID] = recent
	}
	return recent
}
