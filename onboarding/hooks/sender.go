package hooks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"onramp/onboarding"
)

const (
	atOnce = 16 // attempts of one endpoint in one process
	// attemptTime bounds one attempt. onboarding.WebhookLease exceeds it: another replica's clock
	// may be ahead.
	attemptTime = 15 * time.Second
	// stopTime is the time that a stopping server leaves to attempts in progress.
	stopTime = 5 * time.Second
	poll     = time.Second
	// searchPause is the pause after a search that has examined many deliveries in vain, and the
	// time after which a search begins anew.
	searchPause = 5 * time.Second
	// failingFrom is the number of customers whose attempts fail in a row until one at a time tries
	// the endpoint.
	failingFrom = 3
	// maxRetryAfter bounds the delay that a receiver may ask for.
	maxRetryAfter = 24 * time.Hour
	maxReason     = 200 // bytes of a stored reason
)

// jitter adds up to a fifth to a delay.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/5+1) }

// line is the state of an endpoint in this process.
type line struct {
	busy    int
	failed  map[string]bool // the customers whose attempts failed since the last success
	pauses  int
	until   time.Time // of the pause of a failing endpoint
	retryAt time.Time // that the receiver asked for with 429 or 503

	search
}

// search is a search through the due deliveries of an endpoint. Its times are those of this
// machine, which a change of the clock does not affect.
type search struct {
	// after is the end of the examined part, whose deliveries all wait for earlier ones.
	after onboarding.WebhookPosition
	began time.Time
	found bool      // deliveries that can be sent
	again time.Time // the next search begins, unless an attempt ends before
}

// line returns the state of an endpoint.
func (h *Hooks) line(webhookID string) *line {
	l := h.lines[webhookID]
	if l == nil {
		l = &line{failed: map[string]bool{}}
		h.lines[webhookID] = l
	}
	return l
}

// free returns the number of attempts at an endpoint that may begin now.
func (h *Hooks) free(webhookID string, now time.Time) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.line(webhookID)
	switch {
	case now.Before(l.retryAt), time.Now().Before(l.again):
		return 0
	case len(l.failed) < failingFrom:
		return atOnce - l.busy
	case l.busy > 0 || now.Before(l.until):
		return 0
	}
	return 1
}

// due returns the deliveries of an endpoint that can be sent now, up to a limit. It examines a
// bounded part of the outbox, so that other endpoints have their turn, and reports whether more is
// to be examined at once.
func (h *Hooks) due(ctx context.Context, webhookID string, now time.Time, limit int) (
	all []*onboarding.WebhookDelivery, more bool, err error,
) {
	h.mu.Lock()
	l := h.line(webhookID)
	var beginning onboarding.WebhookPosition
	if l.after == beginning {
		l.search = search{began: time.Now()}
	}
	after := l.after
	h.mu.Unlock()
	all, next, err := h.Store.DueWebhookDeliveries(ctx, webhookID, now, after, limit)
	if err != nil {
		return nil, false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l.found = l.found || len(all) > 0
	switch {
	case next == beginning:
		if after != beginning && !l.found {
			l.again = time.Now().Add(searchPause)
		}
	case len(all) < limit:
		more = true
	case time.Since(l.began) > searchPause: // an earlier part may wait no longer
		next = beginning
	}
	l.after = next
	return all, more, nil
}

func (h *Hooks) begin(webhookID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.line(webhookID).busy++
}

// ended records the end of an attempt.
func (h *Hooks) ended(d *onboarding.WebhookDelivery, delivered bool, answer Answer, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.line(d.WebhookID)
	l.busy--
	l.again = time.Time{}
	if delivered {
		clear(l.failed)
		l.pauses = 0
		return
	}
	if len(l.failed) < failingFrom {
		l.failed[d.CustomerID] = true
	}
	if len(l.failed) == failingFrom {
		l.pauses++
		l.until = now.Add(jitter(min(h.Delays[1]/4<<min(l.pauses, 10), 6*h.Delays[1])))
	}
	if answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusServiceUnavailable {
		l.retryAt = now.Add(min(answer.RetryAfter, maxRetryAfter))
	}
}

// Run sends events until ctx ends, and then waits for attempts in progress. Several processes may
// run on one database.
func (h *Hooks) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { h.runSweeps(ctx) })
	if h.Poster == nil {
		return
	}
	for ctx.Err() == nil {
		more, err := h.dispatch(ctx, &all)
		if err != nil && ctx.Err() == nil {
			h.Log.ErrorContext(ctx, "reading of the webhooks' outbox failed", "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-h.wake:
		case <-time.After(poll):
		}
	}
}

// attempt is a leased delivery and its endpoint.
type attempt struct {
	*onboarding.WebhookDelivery
	endpoint *onboarding.WebhookEndpoint
}

// dispatch leases the deliveries that are due and starts their attempts. It reports whether there
// may be more.
func (h *Hooks) dispatch(ctx context.Context, all *sync.WaitGroup) (more bool, err error) {
	now := h.Clock.Now()
	endpoints, err := h.Store.DueWebhooks(ctx, now)
	if err != nil {
		return false, err
	}
	var due []attempt
	for _, e := range endpoints {
		free := h.free(e.ID, now)
		if free <= 0 {
			continue
		}
		deliveries, rest, err := h.due(ctx, e.ID, now, free)
		if err != nil {
			return false, err
		}
		more = more || rest
		for _, d := range deliveries {
			due = append(due, attempt{d, e})
		}
	}
	if len(due) == 0 {
		return more, nil
	}
	var leased []attempt
	err = h.Store.Write(ctx, func(tx onboarding.Tx) error {
		leased = nil
		for _, a := range due {
			done, err := tx.LeaseWebhookDelivery(ctx, a.WebhookDelivery, now.Add(onboarding.WebhookLease))
			if err != nil {
				return err
			}
			if done {
				leased = append(leased, a)
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	for _, a := range leased {
		h.begin(a.WebhookID)
		all.Go(func() { h.attempt(ctx, a) })
	}
	return more || len(leased) > 0, nil
}

// attempt posts a leased delivery and records the result. An attempt in progress outlives ctx for a
// moment, so that a stop causes no second delivery.
func (h *Hooks) attempt(ctx context.Context, a attempt) {
	defer h.signal()
	posting, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(stopTime, cancel) })
	defer stop()
	answer, err := h.post(posting, a)
	now := h.Clock.Now()
	delivered := err == nil && answer.Status >= 200 && answer.Status < 300
	reason := ""
	switch {
	case err != nil:
		reason = onboarding.CutText(err.Error(), maxReason)
	case !delivered:
		reason = fmt.Sprintf("HTTP status %d", answer.Status)
	}
	h.Observer.WebhookAttempted(delivered)
	recording := context.WithoutCancel(ctx)
	err = h.record(recording, a, answer, reason, now)
	for pause := time.Second; err != nil && pause < onboarding.WebhookLease/4; pause *= 4 { // else sent again
		_ = onboarding.Sleep(recording, pause)
		err = h.record(recording, a, answer, reason, now)
	}
	h.ended(a.WebhookDelivery, delivered, answer, now)
	if err != nil {
		h.Log.ErrorContext(ctx, "result of a webhook is not recorded", "webhook", a.WebhookID, "event", a.ID,
			"error", err)
		return
	}
	if answer.Status == http.StatusGone { // a sweep goes on after a crash
		if err := h.trim(ctx, a.WebhookID, false); err != nil && ctx.Err() == nil {
			h.Log.ErrorContext(ctx, "the events of a disabled webhook are not given up yet", "webhook", a.WebhookID,
				"error", err)
		}
	}
}

func (h *Hooks) post(ctx context.Context, a attempt) (Answer, error) {
	at := h.Clock.Now()
	signature, err := h.signature(ctx, a.WebhookID, a.ID, at, a.Body)
	if err != nil {
		if !errors.Is(err, errNoSecret) {
			h.Log.ErrorContext(ctx, "a webhook cannot be signed", "webhook", a.WebhookID, "error", err)
			err = errors.New("the event cannot be signed now")
		}
		return Answer{}, err
	}
	return h.Poster.Post(ctx, Request{URL: a.endpoint.URL, ID: a.ID, At: at, Signature: signature, Body: a.Body})
}

// record stores the result of an attempt: reason is empty if the event was delivered.
func (h *Hooks) record(ctx context.Context, a attempt, answer Answer, reason string, now time.Time) error {
	number, died := a.Attempts+1, false // the lease has counted this one
	err := h.Store.Write(ctx, func(tx onboarding.Tx) (err error) {
		died = false
		if err := tx.MarkWebhook(ctx, a.WebhookID, reason, now); err != nil {
			return err
		}
		switch {
		case reason == "":
			_, err = tx.FinishWebhookDelivery(ctx, a.WebhookDelivery, onboarding.WebhookFinish{
				State: onboarding.WebhookDelivered, At: now, Until: now.Add(DeliveredKept),
			})
			return err
		case answer.Status == http.StatusGone:
			return tx.DisableWebhook(ctx, a.WebhookID, "the receiver answered 410 Gone", now)
		case number >= len(h.Delays) || a.Type == onboarding.WebhookTest:
			died, err = tx.FinishWebhookDelivery(ctx, a.WebhookDelivery, onboarding.WebhookFinish{
				State: onboarding.WebhookDead, Reason: reason, At: now, Until: now.Add(DeadKept),
			})
			return err
		}
		due := now.Add(max(jitter(h.Delays[number]), min(answer.RetryAfter, maxRetryAfter)))
		_, err = tx.PostponeWebhookDelivery(ctx, a.WebhookDelivery, number, due, reason)
		return err
	})
	if err != nil || reason == "" {
		return err
	}
	switch {
	case died:
		h.Observer.WebhookDied(1)
		h.Log.WarnContext(ctx, "webhook given up", "webhook", a.WebhookID, "organization", a.OrganizationID,
			"event", a.ID, "type", string(a.Type), "attempts", number, "reason", reason)
	case answer.Status == http.StatusGone:
		h.Log.WarnContext(ctx, "webhook disabled: the receiver answered 410", "webhook", a.WebhookID,
			"organization", a.OrganizationID)
	default:
		h.Log.InfoContext(ctx, "webhook delayed", "webhook", a.WebhookID, "event", a.ID, "attempt", number,
			"reason", reason)
	}
	return nil
}
