package acme

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"onramp/onboarding"
)

// leases are locks that the replicas share: a setting holds the holder and the end of its lease.
// The holder extends it until unlock; another replica takes it after its end, for example after
// kill -9. Replicas whose clocks differ by more than the half of a lease may both hold it, which
// costs a second order.
type leases struct {
	store Store
	clock onboarding.Clock

	holder string        // of this process
	length time.Duration // of a lease
	poll   time.Duration // between attempts

	mu   sync.Mutex
	held map[string]func() // ends the extension, and waits for its end
}

const (
	leaseLength = time.Minute
	leasePoll   = 2 * time.Second
)

func newLeases(store Store, clock onboarding.Clock) *leases {
	return &leases{
		store: store, clock: clock, holder: uuid.NewString(), length: leaseLength, poll: leasePoll,
		held: map[string]func(){},
	}
}

func leaseSetting(name string) string { return "acme-lock " + name }

// lock waits until the lease is taken, or ctx is done.
func (l *leases) lock(ctx context.Context, name string) error {
	for {
		taken, err := l.take(ctx, name)
		if err != nil {
			return err
		}
		if taken {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(l.poll):
		}
	}
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	l.mu.Lock()
	l.held[name] = func() { stop(); <-ended }
	l.mu.Unlock()
	go func() {
		defer close(ended)
		for tick := time.NewTicker(l.length / 4); ; {
			select {
			case <-keep.Done():
				tick.Stop()
				return
			case <-tick.C:
				_ = l.extend(keep, name) // repeated at the next tick; the lease may end
			}
		}
	}()
	return nil
}

// take takes the lease if it is free or has ended.
func (l *leases) take(ctx context.Context, name string) (taken bool, err error) {
	err = l.store.Write(ctx, func(tx onboarding.Tx) error {
		taken = false
		value, err := tx.Setting(ctx, leaseSetting(name))
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
		if _, ends := parseLease(value); l.clock.Now().Before(ends) {
			return nil
		}
		taken = true
		return l.put(ctx, tx, name)
	})
	return taken && err == nil, err
}

// extend moves the end of the lease if this process holds it.
func (l *leases) extend(ctx context.Context, name string) error {
	return l.store.Write(ctx, func(tx onboarding.Tx) error {
		value, err := tx.Setting(ctx, leaseSetting(name))
		if holder, _ := parseLease(value); err != nil || holder != l.holder {
			return err
		}
		return l.put(ctx, tx, name)
	})
}

func (l *leases) put(ctx context.Context, tx onboarding.Tx, name string) error {
	ends := l.clock.Now().Add(l.length).Unix()
	return tx.PutSetting(ctx, leaseSetting(name), l.holder+" "+strconv.FormatInt(ends, 10))
}

// unlock frees the lease if this process holds it.
func (l *leases) unlock(ctx context.Context, name string) error {
	l.mu.Lock()
	stop := l.held[name]
	delete(l.held, name)
	l.mu.Unlock()
	if stop != nil {
		stop()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return l.store.Write(ctx, func(tx onboarding.Tx) error {
		value, err := tx.Setting(ctx, leaseSetting(name))
		if holder, _ := parseLease(value); err != nil || holder != l.holder {
			return err
		}
		return tx.PutSetting(ctx, leaseSetting(name), "")
	})
}

// parseLease returns the holder and the end of a lease; zero for a free one.
func parseLease(value string) (holder string, ends time.Time) {
	holder, at, _ := strings.Cut(value, " ")
	if seconds, err := strconv.ParseInt(at, 10, 64); err == nil {
		ends = time.Unix(seconds, 0)
	}
	return holder, ends
}
