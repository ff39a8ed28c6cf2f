package access

import (
	"container/list"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"onramp/onboarding"
)

const (
	// maxAccounts limits the number of keys in memory. Beyond it, the least recently used key is
	// forgotten. When it returns, its first few requests (at most a sixteenth of a burst) are
	// allowed again; to reach that, a caller must use as many other keys in between.
	maxAccounts   = 1 << 16
	leaseLifetime = time.Minute
	// An exhausted budget stays closed until it is half full, or has refilled for this long.
	// Refusals therefore have a stable Retry-After, and a replica does not query the database for
	// each request.
	closedFor = 30 * time.Second
)

// budgetKey identifies one budget of a limit. factor multiplies the limit's rate (1 if zero).
type budgetKey struct {
	limit  LimitName
	key    string
	factor int64
}

// account is a replica's state of one budget. Instants are microseconds since 1970.
type account struct {
	id      string
	owed    int64 // instant at which the requests without a lease are refilled
	settled bool  // every request needs a lease until the budget is full again
	leased  int64 // requests that are left of the lease
	until   int64 // instant at which the lease ends
	asked   int64 // instant of the last lease
	portion int64 // size of the last portion
	closed  int64 // instant until which every request is refused
	asking  *asking
}

// asking is a running lease. All requests of the same budget wait for it.
type asking struct {
	done chan struct{}
	err  error
}

// budgets is one replica's view of all budgets. Its methods are safe for concurrent use.
type budgets struct {
	store   onboarding.Writer
	hashKey []byte
	limits  *Limits
	now     func() time.Time
	refused map[LimitName]*atomic.Int64

	mu       sync.Mutex
	accounts map[string]*list.Element // of *account
	recent   *list.List               // the front was used last
}

func newBudgets(store onboarding.Writer, hashKey []byte, limits *Limits, now func() time.Time) *budgets {
	if limits == nil {
		limits = DefaultLimits()
	}
	b := &budgets{
		store: store, hashKey: hashKey, limits: limits, now: now, refused: map[LimitName]*atomic.Int64{},
		accounts: map[string]*list.Element{}, recent: list.New(),
	}
	for _, name := range LimitNames() {
		b.refused[name] = &atomic.Int64{}
	}
	return b
}

// Charge holds the budgets that a call was charged to.
type Charge struct {
	budgets *budgets
	keys    []budgetKey
}

// GiveBack refunds the charges to the given limits, or all charges if none is given.
func (t *Charge) GiveBack(limits ...LimitName) {
	kept := t.keys[:0]
	for _, k := range t.keys {
		if len(limits) > 0 && !slices.Contains(limits, k.limit) {
			kept = append(kept, k)
			continue
		}
		t.budgets.putBack(k)
	}
	t.keys = kept
}

// take charges one request to each budget, or to none: if one is exhausted, the error is TooMany
// with the time until a retry is useful.
func (b *budgets) take(ctx context.Context, keys ...budgetKey) (*Charge, error) {
	t := &Charge{budgets: b}
	for _, k := range keys {
		rate, on := b.limits.Rate(k.limit)
		if !on {
			continue
		}
		wait, err := b.takeOne(ctx, k, rate)
		if err != nil || wait > 0 {
			t.GiveBack()
		}
		if err != nil {
			return nil, err
		}
		if wait > 0 {
			return nil, b.refuse(k.limit, wait)
		}
		t.keys = append(t.keys, k)
	}
	return t, nil
}

// refuse counts a refusal and returns its error.
func (b *budgets) refuse(name LimitName, wait time.Duration) *onboarding.Error {
	b.refused[name].Add(1)
	return &onboarding.Error{Kind: onboarding.TooMany, Message: "too many requests",
		RetryAfter: max(wait, time.Second), Cause: overLimit(name)}
}

// overLimit names the exhausted limit in the log.
type overLimit LimitName

func (l overLimit) Error() string { return "over the limit " + string(l) }

// takeOne charges one request to a budget. If the budget is exhausted, it returns the time to
// wait.
func (b *budgets) takeOne(ctx context.Context, k budgetKey, rate Rate) (wait time.Duration, err error) {
	if k.factor > 1 {
		rate.Burst, rate.Count = rate.Burst*k.factor, rate.Count*k.factor
	}
	interval := rate.interval().Microseconds()
	for {
		b.mu.Lock()
		a, now := b.account(b.id(k)), b.now().UnixMicro()
		switch {
		case now < a.closed && a.closed-now <= closedFor.Microseconds():
			wait := time.Duration(a.closed-now) * time.Microsecond
			b.mu.Unlock()
			return wait, nil
		case a.leased > 0 && now < a.until:
			a.leased--
			b.mu.Unlock()
			return 0, nil
		}
		if a.settled && now-a.asked > rate.Burst*interval { // the budget is full again
			*a = account{id: a.id, asking: a.asking}
		}
		if free := max(rate.Burst/16, 1); !a.settled && max(a.owed, now)+interval <= now+min(free, 64)*interval {
			a.owed = max(a.owed, now) + interval
			b.mu.Unlock()
			return 0, nil
		}
		if under := a.asking; under != nil {
			b.mu.Unlock()
			select {
			case <-under.done:
			case <-ctx.Done():
				return 0, ctx.Err()
			}
			if under.err != nil {
				return 0, under.err
			}
			continue
		}
		if err := b.lease(ctx, k, a, rate, now); err != nil {
			return 0, err
		}
	}
}

// lease requests a portion from the database. The caller holds the lock; lease releases it.
func (b *budgets) lease(ctx context.Context, k budgetKey, a *account, rate Rate, now int64) error {
	interval := rate.interval().Microseconds()
	smallest, largest := min(max(rate.Burst/16, 1), 64), max(rate.Burst/16, 1)
	want := smallest
	if a.portion > 0 && now-a.asked < leaseLifetime.Microseconds()/4 { // the last portion was used up soon
		want = min(2*a.portion, largest)
	}
	r := onboarding.BudgetRequest{
		Key: a.id, Former: k.unkeyed(), Burst: rate.Burst, Interval: rate.interval(), Used: -a.leased, Want: want,
		Now: time.UnixMicro(now).UTC(),
	}
	if !a.settled && a.owed > now {
		r.Used += (a.owed - now + interval - 1) / interval
	}
	a.leased, a.owed, a.settled = 0, 0, true
	under := &asking{done: make(chan struct{})}
	a.asking = under
	b.mu.Unlock()

	var granted onboarding.BudgetLease
	// Other requests wait for this lease too, so it must not end with this request.
	err := b.store.Write(context.WithoutCancel(ctx), func(tx onboarding.Tx) (err error) {
		granted, err = tx.LeaseBudget(context.WithoutCancel(ctx), r)
		return err
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	a.asking, under.err = nil, err
	close(under.done)
	if err != nil {
		a.settled, a.owed = false, now+max(r.Used, 0)*interval // to be charged with the next lease
		return err
	}
	a.asked, a.portion = now, want
	a.leased += granted.Granted
	a.until = now + leaseLifetime.Microseconds()
	if granted.Granted == 0 {
		enough := max(min(rate.Burst/2, closedFor.Microseconds()/interval), 1)
		opens := granted.FullAt.UnixMicro() - (rate.Burst-enough)*interval
		a.closed = min(max(opens, now+1), now+closedFor.Microseconds())
	}
	return nil
}

// putBack refunds one request to a budget.
func (b *budgets) putBack(k budgetKey) {
	rate, on := b.limits.Rate(k.limit)
	if !on {
		return
	}
	if k.factor > 1 {
		rate.Burst, rate.Count = rate.Burst*k.factor, rate.Count*k.factor
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	e, known := b.accounts[b.id(k)]
	if !known {
		return
	}
	a := e.Value.(*account)
	if !a.settled {
		a.owed -= rate.interval().Microseconds()
		return
	}
	a.leased++
	if now := b.now().UnixMicro(); a.until < now {
		a.until = now + leaseLifetime.Microseconds()
	}
}

// account returns the state of a budget. The caller holds the lock.
func (b *budgets) account(id string) *account {
	if e, known := b.accounts[id]; known {
		b.recent.MoveToFront(e)
		return e.Value.(*account)
	}
	if len(b.accounts) >= maxAccounts {
		oldest := b.recent.Back()
		delete(b.accounts, oldest.Value.(*account).id)
		b.recent.Remove(oldest)
	}
	a := &account{id: id}
	b.accounts[id] = b.recent.PushFront(a)
	return a
}

// id returns the budget's key in the database: a keyed hash, because addresses and user names can
// be guessed.
func (b *budgets) id(k budgetKey) string {
	mac := hmac.New(sha256.New, b.hashKey)
	mac.Write([]byte(k.key))
	return string(k.limit) + " " + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// unkeyed returns the budget's key as the version before hashes it.
func (k budgetKey) unkeyed() string {
	sum := sha256.Sum256([]byte(k.key))
	return string(k.limit) + " " + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Refused returns the number of calls that a limit has refused or delayed in this process.
func (s *Control) Refused(name LimitName) int64 {
	if n := s.budgets.refused[name]; n != nil {
		return n.Load()
	}
	return 0
}
