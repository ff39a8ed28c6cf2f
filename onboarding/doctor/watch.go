package doctor

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"onramp/onboarding"
)

// The limits of a watch.
const (
	watchEvery = 5 * time.Minute
	watchFirst = time.Second     // after the start of the server
	watchFor   = 2 * time.Minute // the most time of a run's requests
	watchShare = 50              // a run takes at most this part of the time, for many organizations

	mostLines      = 40   // of an organization, and of each check of the deployment
	mostCharacters = 1000 // of a line
)

// Result is the result of a run of checks.
type Result struct {
	At    time.Time
	Lines []Line
}

// Watch runs checks every five minutes, or less often if they take long, and keeps the last result.
// Reading it runs no check.
type Watch struct {
	checks func(ctx context.Context, now time.Time) []Check
	clock  onboarding.Clock
	last   atomic.Pointer[Result]
}

// NewWatch returns a watch; checks returns the checks of a run.
func NewWatch(clock onboarding.Clock, checks func(ctx context.Context, now time.Time) []Check) *Watch {
	return &Watch{checks: checks, clock: clock}
}

// Last returns the result of the last complete run, nil if there is none yet.
func (w *Watch) Last() *Result { return w.last.Load() }

// Run runs the checks until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	for pause := watchFirst; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		began := time.Now()
		w.Once(ctx)
		pause = max(watchEvery, watchShare*time.Since(began))
	}
}

// Once runs the checks and keeps the result, unless ctx ends meanwhile.
func (w *Watch) Once(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, watchFor)
	defer cancel()
	r := &Result{At: w.clock.Now()}
	held := map[string]int{}
	for _, check := range w.checks(limited, r.At) {
		for _, line := range safely(limited, check) {
			owner := line.Organization
			if owner == "" {
				owner = line.Check
			}
			if held[owner]++; held[owner] > mostLines {
				continue
			}
			line.Text = onboarding.CutText(oneLine(line.Text), mostCharacters)
			r.Lines = append(r.Lines, line)
		}
	}
	if ctx.Err() == nil {
		r.Lines = slices.Clip(r.Lines)
		w.last.Store(r)
	}
}

// safely runs a check. One that panics fails, and the server goes on.
func safely(ctx context.Context, check Check) (lines []Line) {
	defer func() {
		if cause := recover(); cause != nil {
			lines = []Line{fail("checks", "a check ended unexpectedly: %s", fmt.Sprint(cause))}
		}
	}()
	return check(ctx)
}
