package hooks

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
)

const (
	sweepEvery = time.Minute
	// Settings with the progress of the sweeps.
	settingEnded    = "webhook-ended-credentials" // microseconds and the ID of the last one
	settingRefusals = "webhook-refusals"          // the next hour
	// sweepBack is the longest time before now from which events are queued: an endpoint that is
	// declared today does not get those of last year.
	sweepBack   = 48 * time.Hour
	endedAtOnce = 500
	// refusalDelay is the time after an hour at which its refusals are counted. Later records of
	// the hour, which waited for a server that was down, are not sent.
	refusalDelay      = 5 * time.Minute
	undeclaredPortion = 1000
)

func (h *Hooks) runSweeps(ctx context.Context) {
	onboarding.Repeat(ctx, sweepEvery, func() {
		if err := h.Sweep(ctx); err != nil && ctx.Err() == nil {
			h.Log.ErrorContext(ctx, "the sweep of webhooks failed", "error", err)
		}
	})
}

// Sweep keeps the outbox within its bounds, and queues the events that a time brings about: the
// ends of credentials and the refusals of an hour.
func (h *Hooks) Sweep(ctx context.Context) error {
	endpoints, err := h.Store.WebhookEndpoints(ctx, "")
	if err != nil {
		return err
	}
	failed := []error{h.trimAll(ctx, endpoints), h.forgetUndeclared(ctx)}
	if len(endpoints) > 0 {
		failed = append(failed, h.queueEnded(ctx), h.queueRefusals(ctx))
	}
	h.signal()
	return errors.Join(failed...)
}

// trimAll keeps the deliveries of each endpoint within their bounds, and gives up those of disabled
// ones. Their counts are read outside a transaction, because others would wait for it.
func (h *Hooks) trimAll(ctx context.Context, endpoints []*onboarding.WebhookEndpoint) error {
	backlogs, err := h.Store.WebhookBacklogs(ctx, "")
	if err != nil {
		return err
	}
	disabled := map[string]bool{}
	for _, e := range endpoints {
		disabled[e.ID] = e.Disabled != nil
	}
	earliest := h.Clock.Now().Add(-MaxAge)
	var failed []error
	for _, b := range backlogs {
		aged := b.Waiting > 0 && b.Oldest.Before(earliest)
		if b.Waiting > MaxWaiting || b.Dead > MaxDead || b.Waiting > 0 && disabled[b.WebhookID] || aged {
			failed = append(failed, h.trim(ctx, b.WebhookID, aged))
		}
	}
	return errors.Join(failed...)
}

// trim keeps the deliveries of an endpoint within their bounds; the bound of their age only if some
// are beyond it. Other transactions run between its portions.
func (h *Hooks) trim(ctx context.Context, webhookID string, aged bool) (err error) {
	givenUp, deleted := 0, 0
	for {
		var g, d int
		err = h.Store.Write(ctx, func(tx onboarding.Tx) (err error) {
			now := h.Clock.Now()
			limits := onboarding.WebhookLimits{Waiting: MaxWaiting, Dead: MaxDead, Now: now, Until: now.Add(DeadKept)}
			if aged {
				limits.Created = now.Add(-MaxAge)
			}
			g, d, err = tx.TrimWebhook(ctx, webhookID, limits)
			return err
		})
		if err != nil || g+d == 0 {
			break
		}
		h.Observer.WebhookDied(g)
		h.Observer.WebhookDropped(d)
		givenUp, deleted = givenUp+g, deleted+d
	}
	if givenUp+deleted > 0 {
		h.Log.WarnContext(ctx, "webhook disabled or beyond its bounds", "webhook", webhookID, "givenUp", givenUp,
			"deleted", deleted)
	}
	return err
}

func (h *Hooks) forgetUndeclared(ctx context.Context) error {
	for n := undeclaredPortion; n == undeclaredPortion; {
		if err := h.Store.Write(ctx, func(tx onboarding.Tx) (err error) {
			n, err = tx.DeleteUndeclaredWebhooks(ctx, h.Clock.Now(), undeclaredPortion)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// queueEnded queues the events of the credentials that have ended since the last sweep.
func (h *Hooks) queueEnded(ctx context.Context) error {
	for n := endedAtOnce; n == endedAtOnce; {
		if err := h.Store.Write(ctx, func(tx onboarding.Tx) (err error) {
			n, err = h.queueSomeEnded(ctx, tx)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hooks) queueSomeEnded(ctx context.Context, tx onboarding.Tx) (int, error) {
	now := h.Clock.Now()
	text, err := tx.Setting(ctx, settingEnded)
	if errors.Is(err, onboarding.ErrNotFound) {
		return 0, tx.PutSetting(ctx, settingEnded, position(onboarding.CredentialPosition{Expires: now,
			CustomerID: lastID}))
	}
	if err != nil {
		return 0, err
	}
	after := readPosition(text)
	if earliest := now.Add(-sweepBack); after.Expires.Before(earliest) {
		after = onboarding.CredentialPosition{Expires: earliest}
	}
	ended, err := tx.EndedCredentials(ctx, after, now, endedAtOnce)
	if err != nil {
		return 0, err
	}
	for _, c := range ended {
		if err := tx.QueueWebhooks(ctx, now, onboarding.WebhookEvent{
			OrganizationID: c.OrganizationID, CustomerID: c.CustomerID, Type: onboarding.WebhookCredentialEnded,
			At: c.Expires,
		}); err != nil {
			return 0, err
		}
	}
	next := onboarding.CredentialPosition{Expires: now, CustomerID: lastID}
	if len(ended) == endedAtOnce {
		last := ended[len(ended)-1]
		next = onboarding.CredentialPosition{Expires: last.Expires, CustomerID: last.CustomerID}
	}
	return len(ended), tx.PutSetting(ctx, settingEnded, position(next))
}

// lastID is greater than every customer ID.
const lastID = "~"

func position(p onboarding.CredentialPosition) string {
	return strconv.FormatInt(p.Expires.UnixMicro(), 10) + " " + p.CustomerID
}

func readPosition(text string) onboarding.CredentialPosition {
	at, id, _ := strings.Cut(text, " ")
	micros, _ := strconv.ParseInt(at, 10, 64) // 0 is before the earliest
	return onboarding.CredentialPosition{Expires: time.UnixMicro(micros).UTC(), CustomerID: id}
}

// queueRefusals queues the refusals of each hour that has ended.
func (h *Hooks) queueRefusals(ctx context.Context) error {
	for more := true; more; {
		if err := h.Store.Write(ctx, func(tx onboarding.Tx) (err error) {
			more, err = h.queueHour(ctx, tx)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hooks) queueHour(ctx context.Context, tx onboarding.Tx) (more bool, err error) {
	now := h.Clock.Now()
	text, err := tx.Setting(ctx, settingRefusals)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, tx.PutSetting(ctx, settingRefusals, now.Truncate(time.Hour).Format(time.RFC3339))
	}
	if err != nil {
		return false, err
	}
	hour, _ := time.Parse(time.RFC3339, text) // the zero time is before the earliest
	hour = onboarding.MaxTime(hour, now.Add(-sweepBack).Truncate(time.Hour))
	if now.Before(hour.Add(time.Hour + refusalDelay)) {
		return false, nil
	}
	counts, err := tx.RefusalsOfHour(ctx, hour)
	if err != nil {
		return false, err
	}
	for _, c := range counts {
		if err := tx.QueueWebhooks(ctx, now, onboarding.WebhookEvent{
			OrganizationID: c.OrganizationID, Type: onboarding.WebhookConnectionRefused, At: hour.Add(time.Hour),
			Data: onboarding.WebhookData{
				LocationID: c.LocationID, Hour: onboarding.WebhookTime{Time: hour}, Cause: c.Reason, Count: c.Count,
				Last: onboarding.WebhookTime{Time: c.Last},
			},
		}); err != nil {
			return false, err
		}
	}
	return true, tx.PutSetting(ctx, settingRefusals, hour.Add(time.Hour).Format(time.RFC3339))
}
