package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
)

// load is a number of goroutines that register without pause.
type load struct {
	t            *testing.T
	stop         context.CancelFunc
	wg           sync.WaitGroup
	mu           sync.Mutex
	acknowledged []string
	refused      int
	last         time.Time
	gap          time.Duration // the longest time without an acknowledgement
}

func registerUnderLoad(t *testing.T, s onboarding.Store, callers int) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{t: t, stop: stop, last: time.Now()}
	for range callers {
		l.wg.Go(func() {
			for ctx.Err() == nil {
				r := newRegistration("o", "l")
				err := s.Write(ctx, func(tx onboarding.Tx) error { return r.write(ctx, tx, true) })
				l.record(ctx, r.customer.ID, err)
			}
		})
	}
	t.Cleanup(func() { stop(); l.wg.Wait() })
	return l
}

func (l *load) record(ctx context.Context, id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.acknowledged = append(l.acknowledged, id)
		l.gap = max(l.gap, time.Since(l.last))
		l.last = time.Now()
	case ctx.Err() != nil:
	case onboarding.KindOf(err) == onboarding.Unavailable:
		l.refused++
	default:
		l.t.Errorf("a registration during the failure: %v", err)
	}
}

// await waits for so many acknowledgements more.
func (l *load) await(more int) {
	l.t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.acknowledged)
	}
	goal := count() + more
	for deadline := time.Now().Add(60 * time.Second); count() < goal; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("there are %d acknowledgements after a minute, not %d", count(), goal)
		}
	}
}

// check ends the load and demands that everything acknowledged is there.
func (l *load) check(s onboarding.Store) {
	l.t.Helper()
	l.stop()
	l.wg.Wait()
	complete(l.t, s, l.acknowledged)
}

func (l *load) String() string {
	return fmt.Sprintf("%d acknowledged, all there; %d answered unavailable; longest gap %v", len(l.acknowledged),
		l.refused, l.gap.Round(time.Millisecond))
}
