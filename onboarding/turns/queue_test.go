package turns

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// forever is a wait that no test reaches.
const forever = time.Hour

// line is a queue of one worker whose turn the test holds, with the calls that wait.
type line struct {
	*testing.T
	*Queue
	release func()
	served  chan string // the tenant of each call, in the order of their turns
	refused chan error
	all     sync.WaitGroup
}

func newLine(t *testing.T, waiting int, wait time.Duration) *line {
	t.Helper()
	l := &line{T: t, Queue: New(Config{Workers: 1, Waiting: waiting, Wait: wait}),
		served: make(chan string, 1000), refused: make(chan error, 1000)}
	release, err := l.Take(t.Context(), "holder")
	if err != nil {
		t.Fatal(err)
	}
	l.release = release
	return l
}

// add starts n calls of a tenant, each of which gives its turn back at once, and waits until they
// have entered the queue or were refused.
func (l *line) add(ctx context.Context, tenant string, n int) {
	l.Helper()
	for range n {
		before, gone := l.State(), len(l.refused)
		l.all.Go(func() {
			release, err := l.Take(ctx, tenant)
			if err != nil {
				l.refused <- err
				return
			}
			l.served <- tenant
			release()
		})
		l.until(func() bool { return l.State().Waiting > before.Waiting || len(l.refused) > gone })
	}
}

// until waits for a condition.
func (l *line) until(holds func() bool) {
	l.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			l.Fatalf("the condition does not come true: %+v", l.State())
		}
	}
}

// order serves all waiting calls and returns their tenants in order.
func (l *line) order() []string {
	l.release()
	l.all.Wait()
	close(l.served)
	var all []string
	for tenant := range l.served {
		all = append(all, tenant)
	}
	if s := l.State(); s.Waiting != 0 || len(l.tenants) != 0 || l.round.Len() != 0 || l.free != 1 {
		l.Errorf("the queue is not empty at the end: %+v, %d tenants, %d workers free", s, len(l.tenants), l.free)
	}
	return all
}

// TestFair: behind the burst of one tenant, the calls of another have every second turn.
func TestFair(t *testing.T) {
	l := newLine(t, 1000, forever)
	l.add(t.Context(), "crowd", 100)
	l.add(t.Context(), "few", 3)
	l.add(t.Context(), "one", 1)
	got := fmt.Sprint(l.order()[:9])
	if want := "[crowd few one crowd few crowd few crowd crowd]"; got != want {
		t.Errorf("the first turns are %s, want %s", got, want)
	}
}

// TestFull: a full queue refuses the calls of a tenant with as many as any other, and makes room
// for a tenant with fewer.
func TestFull(t *testing.T) {
	l := newLine(t, 10, forever)
	l.add(t.Context(), "crowd", 12)
	if s := l.State(); s != (State{Waiting: 10, Capacity: 10, Full: 2}) {
		t.Errorf("after 12 calls: %+v", s)
	}
	l.add(t.Context(), "few", 2)
	l.until(func() bool { return len(l.refused) == 4 })
	l.add(t.Context(), "crowd", 1)
	if s := l.State(); s != (State{Waiting: 10, Capacity: 10, Full: 5}) {
		t.Errorf("after the calls of the other tenant: %+v", s)
	}
	got := fmt.Sprint(l.order())
	if want := "[crowd few crowd few crowd crowd crowd crowd crowd crowd]"; got != want {
		t.Errorf("served %s, want %s", got, want)
	}
	for len(l.refused) > 0 {
		if err := <-l.refused; !errors.Is(err, ErrFull) {
			t.Errorf("refused with %v", err)
		}
	}
}

// TestNeverBeyondAnEqual: a call displaces none of a tenant that would then have fewer.
func TestNeverBeyondAnEqual(t *testing.T) {
	l := newLine(t, 4, forever)
	l.add(t.Context(), "a", 2)
	l.add(t.Context(), "b", 2)
	l.add(t.Context(), "c", 1) // takes a's or b's second place
	l.add(t.Context(), "d", 1) // the other's
	l.add(t.Context(), "e", 1) // all have one
	l.until(func() bool { return len(l.refused) == 3 })
	if got := fmt.Sprint(l.order()); got != "[a b c d]" {
		t.Errorf("served %s", got)
	}
}

// TestCancelled: a call leaves the queue when its context ends, and its turn goes to the next.
func TestCancelled(t *testing.T) {
	l := newLine(t, 10, forever)
	gone, cancel := context.WithCancel(t.Context())
	l.add(gone, "crowd", 5)
	l.add(t.Context(), "crowd", 1)
	l.add(gone, "few", 1)
	cancel()
	l.until(func() bool { return l.State().Waiting == 1 })
	if got := fmt.Sprint(l.order()); got != "[crowd]" {
		t.Errorf("served %s", got)
	}
	if len(l.refused) != 6 {
		t.Errorf("%d calls ended, want 6", len(l.refused))
	}
	for len(l.refused) > 0 {
		if err := <-l.refused; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	}
	if _, err := l.Take(gone, "crowd"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call whose context has ended takes a turn: %v", err)
	}
	if s := l.State(); s.Full+s.Late != 0 {
		t.Errorf("cancelled calls count as refused: %+v", s)
	}
}

// TestLate: a call ends when it has waited as long as the queue allows.
func TestLate(t *testing.T) {
	l := newLine(t, 10, time.Millisecond)
	if _, err := l.Take(t.Context(), "crowd"); !errors.Is(err, ErrLate) {
		t.Errorf("ended with %v", err)
	}
	if s := l.State(); s != (State{Capacity: 10, Late: 1}) {
		t.Errorf("%+v", s)
	}
	l.release()
	l.release() // without effect
	release, err := l.Take(t.Context(), "crowd")
	if err != nil || l.free != 0 {
		t.Fatal("a turn that was given back is not free", err, l.free)
	}
	release()
}

// TestManyAtOnce sees that never more calls have a turn than there are workers, and that every
// call ends, while callers leave at random.
func TestManyAtOnce(t *testing.T) {
	const workers, callers, calls = 3, 64, 200
	q := New(Config{Workers: workers, Waiting: 20, Wait: time.Millisecond})
	var working, most, served, ended atomic.Int64
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() {
			for range calls {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.N(2000))*time.Microsecond)
				release, err := q.Take(ctx, fmt.Sprint(n%5))
				if err == nil {
					now := working.Add(1)
					for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
					}
					time.Sleep(time.Duration(rand.N(100)) * time.Microsecond)
					working.Add(-1)
					served.Add(1)
					release()
				} else {
					ended.Add(1)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if s := q.State(); s.Waiting != 0 || q.free != workers || most.Load() > workers ||
		served.Load()+ended.Load() != callers*calls || served.Load() == 0 {
		t.Errorf("%+v, %d free, at most %d at once, %d served, %d ended", s, q.free, most.Load(), served.Load(),
			ended.Load())
	}
}
