package store

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"onramp/onboarding"
)

// job is one caller's transaction.
type job struct {
	fn     func(onboarding.Tx) error
	state  atomic.Int32
	parsed []*onboarding.Organization // what it read, to be cached when it is committed

	// Valid once answered is closed.
	answered chan struct{}
	err      error
	panicked *PanicError
	exited   bool // fn called runtime.Goexit
}

// The states of a job. A caller may take back a job only while it is waiting.
const (
	waiting int32 = iota
	claimed
	abandoned
)

// PanicError is the value that Write panics with after fn panicked on the writer's goroutine.
type PanicError struct {
	Value any
	Stack []byte
}

func (p *PanicError) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// claim takes the job for running, unless its caller has taken it back. Claiming again is fine.
func (j *job) claim() bool {
	return j.state.CompareAndSwap(waiting, claimed) || j.state.Load() == claimed
}

func (j *job) answer(err error) {
	j.err = err
	close(j.answered)
}

// run runs fn. A panic is kept for the caller; the error is then only a sign.
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
