package retention

import (
	"context"
	"errors"
	"strconv"
	"time"

	"onramp/onboarding"
)

// settingRun is the setting with the time of the last run, in microseconds since 1970.
const settingRun = "retention-run"

const (
	// maxLeap is the longest time between two runs that needs no confirmation.
	maxLeap = 48 * time.Hour
	// maxHeld is the number of runs, one each hour, after which a process accepts its clock.
	maxHeld = 72
)

// admit returns an *ClockError if the clock has leapt since the last run, or if no run is recorded,
// since the last event of any organization.
func (r *run) admit(ctx context.Context, organizations []*onboarding.Organization) error {
	if r.DryRun || r.AcceptClock {
		return nil
	}
	last, err := r.last(ctx, organizations)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	leapt := !last.IsZero() && r.Report.At.Sub(last) > maxLeap
	if !leapt {
		r.held = 0
	} else if r.OrganizationID == "" {
		r.held++
	}
	held := leapt && r.held <= maxHeld
	r.Observer.RetentionHeld(held)
	if held {
		return &ClockError{Last: last, Now: r.Report.At}
	}
	return nil
}

// last returns the time of the last run, or of the last event; zero if there is neither.
func (r *run) last(ctx context.Context, organizations []*onboarding.Organization) (time.Time, error) {
	text, err := r.Store.Setting(ctx, settingRun)
	if err == nil {
		n, err := strconv.ParseInt(text, 10, 64)
		return time.UnixMicro(n).UTC(), err
	}
	if !errors.Is(err, onboarding.ErrNotFound) {
		return time.Time{}, err
	}
	var last time.Time
	for _, o := range organizations {
		if o.ID == "" {
			continue
		}
		events, err := r.Store.Events(ctx, onboarding.EventQuery{OrganizationID: o.ID, Limit: 1})
		if err != nil {
			return time.Time{}, err
		}
		if len(events) > 0 {
			last = onboarding.MaxTime(last, events[0].At)
		}
	}
	return last, nil
}

// finish records the time of a complete run.
func (r *run) finish(ctx context.Context) error {
	if r.OrganizationID != "" {
		return nil
	}
	return r.Store.Write(ctx, func(tx onboarding.Tx) error {
		return tx.PutSetting(ctx, settingRun, strconv.FormatInt(r.Report.At.UnixMicro(), 10))
	})
}
