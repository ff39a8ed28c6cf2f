package server

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// readyTimeout limits the check, readyPatience the wait of a caller: a database whose process
	// is stopped may block a connection beyond any timeout.
	readyTimeout  = 2 * time.Second
	readyPatience = 2500 * time.Millisecond
)

var errNoAnswer = errors.New("the database does not answer in time")

// readiness runs at most one check at a time.
type readiness struct {
	check func(context.Context) error

	mu      sync.Mutex
	running *readyCheck // nil between checks
}

type readyCheck struct {
	done chan struct{}
	err  error // valid once done is closed
}

// ask returns the reason why the process is not ready, or nil. It returns within readyPatience.
func (r *readiness) ask(ctx context.Context) error {
	current := r.join()
	timer := time.NewTimer(readyPatience)
	defer timer.Stop()
	select {
	case <-current.done:
		return current.err
	case <-timer.C:
		return errNoAnswer
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *readiness) join() *readyCheck {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running != nil {
		return r.running
	}
	c := &readyCheck{done: make(chan struct{})}
	r.running = c
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
		defer cancel()
		c.err = r.check(ctx)
		r.mu.Lock()
		r.running = nil
		r.mu.Unlock()
		close(c.done)
	}()
	return c
}
