// Package turns shares a limited number of workers fairly among tenants.
//
// A [Queue] is for short work that occupies a processor core, such as a signature. Work beyond the
// number of workers waits for its turn. Three bounds keep an overload harmless: the number of
// workers, the number of calls that wait, and the time for which a call waits.
//
// # Decisions
//
// Turns go round by tenant: each tenant in turn gets one, its oldest call first. Reason: a call
// waits for at most one call of every other tenant before each of its own tenant, however many the
// others have.
//
// Tenants have no share of the queue of their own. When the queue is full, a call takes the place
// of the newest call of the tenant with most, if its own tenant has fewer. Reason: a deployment of
// one tenant uses the whole queue, and a burst of one among many cannot keep the others out.
package turns

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

var (
	// ErrFull is returned by Take when too many calls wait.
	ErrFull = errors.New("turns: too many calls wait")
	// ErrLate is returned by Take when the call has waited too long.
	ErrLate = errors.New("turns: the call waited too long")
)

// Config holds the bounds of a Queue. All of them must be positive.
type Config struct {
	Workers int           // calls that have a turn at the same time
	Waiting int           // calls that wait for one
	Wait    time.Duration // the longest wait of a call
}

// Queue is a queue of calls by tenant. Its methods are safe for concurrent use.
type Queue struct {
	config Config

	mu      sync.Mutex
	free    int // workers without work; positive only if no call waits
	waiting int
	tenants map[string]*tenant // those with waiting calls
	round   *list.List         // of *tenant; the front has the next turn
	full    int64
	late    int64
}

// tenant holds the waiting calls of one tenant.
type tenant struct {
	name  string
	place *list.Element // in Queue.round
	calls *list.List    // of *call, the oldest first
}

// call is a waiting call. Once done is closed, it no longer waits: err is nil if it has a turn.
type call struct {
	of    *tenant
	place *list.Element // in tenant.calls; nil when the call no longer waits
	done  chan struct{}
	err   error
}

// New returns an empty queue.
func New(c Config) *Queue {
	return &Queue{config: c, free: c.Workers, tenants: map[string]*tenant{}, round: list.New()}
}

// Take waits for a turn of the tenant, which lasts until release is called. It returns ErrFull or
// ErrLate, or the error of ctx if that ends first; release is then nil.
func (q *Queue) Take(ctx context.Context, tenant string) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := q.enter(tenant)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return sync.OnceFunc(q.pass), nil
	}
	timer := time.NewTimer(q.config.Wait)
	defer timer.Stop()
	select {
	case <-c.done:
		err = c.err
	case <-timer.C:
		err = q.leave(c, ErrLate)
	case <-ctx.Done():
		err = q.leave(c, ctx.Err())
	}
	if err != nil {
		return nil, err
	}
	return sync.OnceFunc(q.pass), nil
}

// enter returns a waiting call, or nil if a worker is free.
func (q *Queue) enter(name string) (*call, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free > 0 {
		q.free--
		return nil, nil
	}
	if q.waiting >= q.config.Waiting && !q.displace(name) {
		q.full++
		return nil, ErrFull
	}
	t := q.tenants[name]
	if t == nil {
		t = &tenant{name: name, calls: list.New()}
		t.place = q.round.PushBack(t)
		q.tenants[name] = t
	}
	c := &call{of: t, done: make(chan struct{})}
	c.place = t.calls.PushBack(c)
	q.waiting++
	return c, nil
}

// displace refuses the newest call of the tenant with most, if it has at least two more than the
// named one, and reports whether it did.
func (q *Queue) displace(name string) bool {
	own := 0
	if t := q.tenants[name]; t != nil {
		own = t.calls.Len()
	}
	var most *tenant
	for e := q.round.Front(); e != nil; e = e.Next() {
		if t := e.Value.(*tenant); most == nil || t.calls.Len() > most.calls.Len() {
			most = t
		}
	}
	if most == nil || most.calls.Len() < own+2 {
		return false
	}
	q.full++
	q.end(most.calls.Back().Value.(*call), ErrFull)
	return true
}

// leave ends a call that stops waiting, and returns its error: nil if it has got its turn before.
func (q *Queue) leave(c *call, reason error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c.place == nil {
		return c.err
	}
	if errors.Is(reason, ErrLate) {
		q.late++
	}
	q.end(c, reason)
	return reason
}

// end removes a waiting call and wakes its caller.
func (q *Queue) end(c *call, err error) {
	t := c.of
	t.calls.Remove(c.place)
	q.waiting--
	if t.calls.Len() == 0 {
		q.round.Remove(t.place)
		delete(q.tenants, t.name)
	}
	c.place, c.err = nil, err
	close(c.done)
}

// pass gives a finished turn to the next waiting call.
func (q *Queue) pass() {
	q.mu.Lock()
	defer q.mu.Unlock()
	next := q.round.Front()
	if next == nil {
		q.free++
		return
	}
	t := next.Value.(*tenant)
	q.round.MoveToBack(next)
	q.end(t.calls.Front().Value.(*call), nil)
}

// State is the state of a Queue, for metrics.
type State struct {
	Waiting, Capacity int
	Full, Late        int64 // refused calls since the start
}

// State returns the state.
func (q *Queue) State() State {
	q.mu.Lock()
	defer q.mu.Unlock()
	return State{Waiting: q.waiting, Capacity: q.config.Waiting, Full: q.full, Late: q.late}
}
