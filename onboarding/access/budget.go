package access

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"sync/atomic"
	"time"

	"onramp/onboarding"
)

const (
	// maxAccounts bounds the keys in memory. Beyond it the key that was asked for least recently is forgotten. If it comes again it is given its
	// first few anew, which are a sixteenth of a burst at most: whoever wants them has to ask for as many other keys in between.
	maxAccounts   = 1 << 16
	leaseLifetime = time.Minute
	// A budget that is used up stays closed until half of it, or what comes back in this time, is there. Thus the answers beyond a limit
	// are equal for a while, and a replica does not ask the database at each request.
	closedFor = 30 * time.Second
)

// budgetKey is one budget of a limit. Factor multiplies the limit's rate (1 when zero).
type budgetKey struct {
	limit  LimitName
	key    string
	factor int64
}

// account is what a replica knows of one budget. Instants are microseconds since 1970.
type account struct {
	id      string
	owed    int64 // until when what was given without a lease has come back by itself
	settled bool  // nothing is given without a lease until the budget is full again
	leased  int64
	until   int64 // end of the lease
	asked   int64 // when a lease was asked for last
	portion int64 // that was wanted last
	closed  int64 // nothing is given before
	asking  *asking
}

// asking is a lease under way, for which all wait who want of the same budget.
type asking struct {
	done chan struct{}
	err  error
}

// budgets is a replica's side of all budgets. Its methods are safe for concurrent use.
type budgets struct {
	store interface {
		Write(ctx context.Context, fn func(tx onboarding.Tx) error) error
	}
	limits  *Limits
	now     func() time.Time
	refused map[LimitName]*atomic.Int64

	mu       sync.Mutex
	accounts map[string]*list.Element // of *account
	recent   *list.List               // the front was asked for last
}

func newBudgets(store onboarding.Writer, limits *Limits, now func() time.Time) *budgets {
	if limits == nil {
		limits = DefaultLimits()
	}
	b := &budgets{
		store: store, limits: limits, now: now, refused: map[LimitName]*atomic.Int64{},
		accounts: map[string]*list.Element{}, recent: list.New(),
	}
	for _, name := range LimitNames() {
		b.refused[name] = &atomic.Int64{}
	}
	return b
}

// taken is what a call took from budgets.
type taken struct {
	budgets *budgets
	keys    []budgetKey
}

// giveBack returns what was taken to the budgets of the limits named, or to all when none is named.
func (t *taken) GiveBack(limits ...LimitName) {
	kept := t.keys[:0]
	for _, k := range t.keys {
		if len(limits) > 0 && !contains(limits, k.limit) {
			kept = append(kept, k)
			continue
		}
		t.budgets.putBack(k)
	}
	t.keys = kept
}

func contains(limits []LimitName, name LimitName) bool {
	for _, l := range limits {
		if l == name {
			return true
		}
	}
	return false
}

// take takes one from each budget, or nothing: then the error is TooMany, with the time after which it is worth asking again.
func (b *budgets) take(ctx context.Context, keys ...budgetKey) (*taken, error) {
	t := &taken{budgets: b}
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

// refuse counts a refusal and returns it.
func (b *budgets) refuse(name LimitName, wait time.Duration) *onboarding.Error {
	b.refused[name].Add(1)
	return &onboarding.Error{Kind: onboarding.TooMany, Message: "too many requests", RetryAfter: max(wait, time.Second), Cause: overLimit(name)}
}

// overLimit names the limit, for the log.
type overLimit LimitName

func (l overLimit) Error() string { return "over the limit " + string(l) }

// takeOne takes one from a budget, and returns how long to wait when there is none.
func (b *budgets) takeOne(ctx context.Context, k budgetKey, rate Rate) (wait time.Duration, err error) {
	if k.factor > 1 {
		rate.Burst, rate.Count = rate.Burst*k.factor, rate.Count*k.factor
	}
	interval := rate.interval().Microseconds()
	for {
		b.mu.Lock()
		a, now := b.account(k.id()), b.now().UnixMicro()
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
		if a.settled && now-a.asked > rate.Burst*interval { // it is full again
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
		if err := b.lease(ctx, a, rate, now); err != nil {
			return 0, err
		}
	}
}

// lease asks for a portion. The lock is held when it is called and not when it returns.
func (b *budgets) lease(ctx context.Context, a *account, rate Rate, now int64) error {
	interval := rate.interval().Microseconds()
	smallest, largest := min(max(rate.Burst/16, 1), 64), max(rate.Burst/16, 1)
	want := smallest
	if a.portion > 0 && now-a.asked < leaseLifetime.Microseconds()/4 { // used up soon
		want = min(2*a.portion, largest)
	}
	r := onboarding.BudgetRequest{
		Key: a.id, Burst: rate.Burst, Interval: rate.interval(), Used: -a.leased, Want: want, Now: time.UnixMicro(now).UTC(),
	}
	if !a.settled && a.owed > now {
		r.Used += (a.owed - now + interval - 1) / interval
	}
	a.leased, a.owed, a.settled = 0, 0, true
	under := &asking{done: make(chan struct{})}
	a.asking = under
	b.mu.Unlock()

	var granted onboarding.BudgetLease
	// The others wait for it too, so it does not end with this request.
	err := b.store.Write(context.WithoutCancel(ctx), func(tx onboarding.Tx) (err error) {
		granted, err = tx.LeaseBudget(context.WithoutCancel(ctx), r)
		return err
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	a.asking, under.err = nil, err
	close(under.done)
	if err != nil {
		a.settled, a.owed = false, now+max(r.Used, 0)*interval // to be settled another time
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

// putBack returns one to a budget.
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
	e, known := b.accounts[k.id()]
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

// account returns what is known of a budget. The lock is held.
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

// id is the budget's key in the database, which gives away neither address nor user name.
func (k budgetKey) id() string {
	sum := sha256.Sum256([]byte(k.key))
	return string(k.limit) + " " + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Refused returns how many calls a limit has refused or delayed in this process.
func (s *Control) Refused(name LimitName) int64 {
	if n := s.budgets.refused[name]; n != nil {
		return n.Load()
	}
	return 0
}
