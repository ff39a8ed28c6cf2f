package messages

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"onramp/onboarding"
)

const (
	atOnce = 8 // attempts of one channel in one process
	// attemptTime bounds one attempt, and lease exceeds it: another replica's clock may be ahead.
	attemptTime = 45 * time.Second
	lease       = 2 * time.Minute
	// stopTime is the time that a stopping server leaves to attempts in progress.
	stopTime = 10 * time.Second
	poll     = time.Second
	// maxPause is the longest pause between two attempts to reach a server that is down.
	maxPause = 15 * time.Second
)

// backoff returns the pause after an attempt, of which the upper half is random: up to 4 s, 8 s, 16
// s ... 1 min, and 15 min for bulk.
func backoff(kind onboarding.MessageKind, attempt int) time.Duration {
	most := time.Minute
	if kind.Bulk() {
		most = 15 * time.Minute
	}
	return jitter(min(2*time.Second<<min(attempt, 12), most))
}

func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// Run sends messages until ctx ends, and then waits for attempts in progress. Several processes may
// run on one database.
func (o *Outbox) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, channel := range onboarding.MessageChannels() {
		all.Go(func() { o.run(ctx, channel) })
	}
	all.Wait()
}

// run sends the messages of a channel.
func (o *Outbox) run(ctx context.Context, channel onboarding.MessageChannel) {
	sending := line{slots: make(chan struct{}, atOnce)}
	defer sending.all.Wait()
	for ctx.Err() == nil {
		n, err := o.dispatch(ctx, channel, &sending)
		if err != nil && ctx.Err() == nil {
			o.Log.ErrorContext(ctx, "reading of the outbox failed", "channel", string(channel), "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-o.wake[channel]:
		case <-time.After(poll):
		}
	}
}

// line is the state of a channel in this process.
type line struct {
	slots chan struct{}
	all   sync.WaitGroup

	mu    sync.Mutex
	downs int       // attempts in a row that did not reach the server
	until time.Time // of the pause after them
}

// free returns the number of attempts that may begin now: one at a time while the server is down.
func (l *line) free(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	free := cap(l.slots) - len(l.slots)
	if l.downs == 0 {
		return free
	}
	if now.Before(l.until) || free < cap(l.slots) {
		return 0
	}
	return 1
}

// tried records whether an attempt reached the server.
func (l *line) tried(down bool, now time.Time) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !down {
		l.downs = 0
		return false
	}
	l.downs++
	l.until = now.Add(jitter(min(time.Second<<min(l.downs, 10), maxPause)))
	return l.downs == 1
}

// dispatch leases messages that are due and starts their attempts. It returns the number of
// messages that it has dealt with.
func (o *Outbox) dispatch(ctx context.Context, channel onboarding.MessageChannel, l *line) (int, error) {
	now := o.Clock.Now()
	free := l.free(now)
	if free == 0 {
		return 0, o.waitForSlot(ctx, l)
	}
	due, err := o.Store.DueMessages(ctx, channel, now, free)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var leased, ended []*onboarding.Message
	err = o.Store.Write(ctx, func(tx onboarding.Tx) error {
		leased, ended = nil, nil
		for _, m := range due {
			into := &leased
			change := func() (bool, error) { return tx.LeaseMessage(ctx, m, now.Add(lease)) }
			switch {
			case !now.Before(m.NotAfter):
				into = &ended
				change = func() (bool, error) { return tx.FinishMessage(ctx, m.ID, onboarding.MessageExpired, now) }
			case !o.Offers(channel): // until its end, a setting may return
				change = func() (bool, error) {
					_, err := tx.LeaseMessage(ctx, m, earlier(now.Add(time.Minute), m.NotAfter))
					return false, err
				}
			}
			done, err := change()
			if err != nil {
				return err
			}
			if done {
				*into = append(*into, m)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, m := range ended {
		o.finished(ctx, m, onboarding.MessageExpired)
	}
	for _, m := range leased {
		l.slots <- struct{}{}
		l.all.Go(func() {
			defer func() { <-l.slots }()
			o.attempt(ctx, m, l)
		})
	}
	return len(due), nil
}

// waitForSlot waits until an attempt ends, or for a moment.
func (o *Outbox) waitForSlot(ctx context.Context, l *line) error {
	if len(l.slots) < cap(l.slots) {
		return nil // the server is down
	}
	select {
	case l.slots <- struct{}{}:
		<-l.slots
	case <-ctx.Done():
	case <-time.After(poll):
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// attempt sends a leased message and records the result. An attempt in progress outlives ctx for a
// moment, so that a stop causes no second delivery.
func (o *Outbox) attempt(ctx context.Context, m *onboarding.Message, l *line) {
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(stopTime, cancel) })
	defer stop()
	err := o.deliver(sending, m)
	now := o.Clock.Now()
	var failure *SendError
	isUnknown := errors.Is(err, errUnknownAddress)
	if err != nil && !isUnknown && !errors.As(err, &failure) {
		failure = &SendError{Reason: err.Error()}
	}
	if !isUnknown && l.tried(failure != nil && failure.Down, now) {
		o.Log.WarnContext(ctx, "messages cannot be sent now", "channel", string(m.Channel), "error", failure)
	}
	outcome := onboarding.MessageDelivered
	switch {
	case isUnknown:
		outcome = onboarding.MessageErased
	case failure != nil:
		outcome = failure.Outcome
	}
	recording := context.WithoutCancel(ctx)
	err = o.record(recording, m, outcome, failure, now)
	for pause := time.Second; err != nil && pause < lease/4; pause *= 4 { // else it is sent again after its lease
		_ = onboarding.Sleep(recording, pause)
		err = o.record(recording, m, outcome, failure, now)
	}
	if err != nil {
		o.Log.ErrorContext(ctx, "result of a message is not recorded", "message", m.ID, "error", err)
	}
}

// record stores the result of an attempt.
func (o *Outbox) record(
	ctx context.Context, m *onboarding.Message, outcome onboarding.MessageOutcome, failure *SendError, now time.Time,
) error {
	if outcome != "" {
		finished := false
		err := o.Store.Write(ctx, func(tx onboarding.Tx) (err error) {
			finished, err = tx.FinishMessage(ctx, m.ID, outcome, now)
			return err
		})
		if finished && err == nil {
			if failure != nil {
				o.Log.WarnContext(ctx, "message refused", "message", m.ID, "channel", string(m.Channel),
					"kind", string(m.Kind), "organization", m.OrganizationID, "outcome", string(outcome),
					"reason", failure.Reason)
			}
			o.finished(ctx, m, outcome)
		}
		return err
	}
	o.Observer.MessageAttemptFailed(m.Channel)
	due := earlier(now.Add(max(backoff(m.Kind, m.Attempts), failure.After)), m.NotAfter)
	o.Log.InfoContext(ctx, "message delayed", "message", m.ID, "channel", string(m.Channel), "attempt", m.Attempts+1,
		"next", due, "reason", failure.Reason)
	return o.Store.Write(ctx, func(tx onboarding.Tx) error {
		_, err := tx.PostponeMessage(ctx, m.ID, m.Attempts+1, due)
		return err
	})
}

func (o *Outbox) finished(ctx context.Context, m *onboarding.Message, outcome onboarding.MessageOutcome) {
	o.Observer.MessageFinished(m.Channel, outcome)
	if outcome == onboarding.MessageExpired {
		o.Log.WarnContext(ctx, "message expired", "message", m.ID, "channel", string(m.Channel),
			"kind", string(m.Kind), "organization", m.OrganizationID, "attempts", m.Attempts)
	}
}

// errUnknownAddress ends a message for a verified address without a log line: strangers may ask for
// any number of addresses.
var errUnknownAddress = errors.New("the address is not verified")

func (o *Outbox) hasVerified(ctx context.Context, m *onboarding.Message, c *content) (bool, error) {
	if o.Addresses == nil {
		return false, nil
	}
	return o.Addresses.HasVerified(ctx, m.OrganizationID, m.Channel, c.To)
}

// deliver renders a message and hands it to the server.
func (o *Outbox) deliver(ctx context.Context, m *onboarding.Message) error {
	organization, err := o.Store.Organization(ctx, m.OrganizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return &SendError{Outcome: onboarding.MessageRejected, Reason: "the organization does not exist"}
	}
	if err != nil {
		return err
	}
	plain, err := o.Sealer.Open(m.Content, onboarding.MessagePurpose(m.ID))
	if err != nil {
		return err
	}
	var c content
	if err := json.Unmarshal(plain, &c); err != nil {
		return errors.New("the sealed content cannot be read") // the error would quote it
	}
	if c.Verified {
		if verified, err := o.hasVerified(ctx, m, &c); err != nil || !verified {
			return cmp.Or(err, errUnknownAddress)
		}
	}
	text, err := render(m, &c, organization)
	if err != nil {
		return &SendError{Outcome: onboarding.MessageRejected, Reason: fmt.Sprintf("text of the message: %v", err)}
	}
	switch m.Channel {
	case onboarding.MessageEmail:
		return o.Mail.SendMail(ctx, Mail{ID: m.ID, To: c.To, FromName: text.name, Language: m.Language,
			Subject: text.subject, Text: text.plain, HTML: text.html})
	case onboarding.MessageSMS:
		if err := o.SMS.Allows(c.To); err != nil { // the setting may have changed since
			return &SendError{Outcome: onboarding.MessageRejected, Reason: "the number is not allowed any more"}
		}
		return o.SMS.SendSMS(ctx, SMS{ID: m.ID, To: c.To, Text: text.plain})
	}
	return errUnknownChannel
}
