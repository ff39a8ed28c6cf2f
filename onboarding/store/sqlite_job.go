package store

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"onramp/onboarding"
)

// job is one caller's transaction in the writer's queue.
type job struct {
	fn     func(onboarding.Tx) error
	state  atomic.Int32
	parsed []*onboarding.Organization // the organizations it read, to be cached after the commit

	// Valid once answered is closed.
	answered chan struct{}
	err      error
	panicked *PanicError
	exited   bool // fn called runtime.Goexit
}

// The states of a job. Its caller can abandon it only while it is waiting.
const (
	waiting int32 = iota
	started
	abandoned
)

// PanicError is the value with which Write panics when fn panicked on the writer's goroutine.
type PanicError struct {
	Value any
	Stack []byte
}

func (p *PanicError) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// start reports whether the job may run: its caller has not abandoned it. It may be called again.
func (j *job) start() bool {
	return j.state.CompareAndSwap(waiting, started) || j.state.Load() == started
}

func (j *job) answer(err error) {
	j.err = err
	close(j.answered)
}

// run runs fn. After a panic it returns the *PanicError, which it also stores for the caller.
func (j *job) run(tx *sqliteTx, cache *organizationCache) (err error) {
	defer func() {
		tx.over = true
		if v := recover(); v != nil {
			j.panicked = &PanicError{Value: v, Stack: debug.Stack()}
			err = j.panicked
		}
	}()
	j.parsed = nil
	parsed := func(o *onboarding.Organization) { j.parsed = append(j.parsed, o) }
	err = j.fn(&transaction{reader{db: tx, organizations: cache, parsed: parsed}})
	if err == nil {
		err = tx.failed
	}
	return err
}
