package store

import (
	"context"
	"strings"
	"time"

	"onramp/onboarding"
)

const (
	deliveryColumns = "number, id, webhook_id, organization_id, customer_id, type, body, created, due, attempts, " +
		"state, reason, finished"
	selectDelivery = "SELECT " + deliveryColumns + " FROM webhook_deliveries"
)

func scanDelivery(row rows) (*onboarding.WebhookDelivery, error) {
	var d onboarding.WebhookDelivery
	var body string
	err := row.Scan(&d.Number, &d.ID, &d.WebhookID, &d.OrganizationID, textInto(&d.CustomerID), textInto(&d.Type),
		textInto(&body), instant{&d.Created}, instant{&d.Due}, &d.Attempts, textInto(&d.State), textInto(&d.Reason),
		maybeInstant{&d.Finished})
	if body != "" {
		d.Body = []byte(body)
	}
	return &d, err
}

// examinedAtOnce is the number of waiting deliveries that a call of DueWebhookDeliveries examines.
// Those of a customer whose first one fails may be many, and be due before all others.
const examinedAtOnce = 1000

// dueAfter selects the waiting deliveries of a webhook that are due, after a position.
const dueAfter = ` FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'waiting' AND due <= $2
	AND due >= $3 AND (due, number) > ($3, $4) ORDER BY due, number LIMIT `

// A later delivery of a customer to the webhook waits for an earlier one. The order is that of the
// inner selection; ordered again, all of it would be read. For the OFFSET, PostgreSQL searches an
// index for each delivery; else it may join all waiting ones.
const dueDeliveries = "SELECT " + deliveryColumns + " FROM (SELECT " + deliveryColumns + dueAfter + `$5) d
	WHERE NOT EXISTS (SELECT 1 FROM webhook_deliveries e WHERE e.webhook_id = d.webhook_id AND e.state = 'waiting'
		AND e.customer_id = d.customer_id AND e.number < d.number LIMIT 1 OFFSET 0) LIMIT $6`

// DueWebhookDeliveries implements onboarding.WebhookReader.
func (r *reader) DueWebhookDeliveries(
	ctx context.Context, webhookID string, now time.Time, after onboarding.WebhookPosition, limit int,
) (due []*onboarding.WebhookDelivery, next onboarding.WebhookPosition, err error) {
	from := []any{webhookID, micros(now), micros(after.Due), after.Number, examinedAtOnce}
	due, err = collect(ctx, r.db, scanDelivery, dueDeliveries, append(from, limit)...)
	if err != nil || len(due) == limit {
		return due, after, err
	}
	from[4] = examinedAtOnce - 1
	last, err := collect(ctx, r.db, func(row rows) (p onboarding.WebhookPosition, err error) {
		err = row.Scan(instant{&p.Due}, &p.Number)
		return p, err
	}, "SELECT due, number"+dueAfter+"1 OFFSET $5", from...)
	if err == nil && len(last) > 0 {
		next = last[0]
	}
	return due, next, err
}

// WebhookDelivery implements onboarding.WebhookReader.
func (r *reader) WebhookDelivery(ctx context.Context, webhookID, id string) (*onboarding.WebhookDelivery, error) {
	return get(ctx, r.db, scanDelivery, selectDelivery+" WHERE webhook_id = $1 AND id = $2", webhookID, id)
}

// WebhookDeliveries implements onboarding.WebhookReader.
func (r *reader) WebhookDeliveries(
	ctx context.Context, q onboarding.WebhookQuery,
) ([]*onboarding.WebhookDelivery, error) {
	s := &statement{}
	s.WriteString(selectDelivery + " WHERE webhook_id = " + s.arg(q.WebhookID))
	if q.State != "" {
		s.WriteString(" AND state = " + s.arg(string(q.State)))
	}
	if q.Before > 0 {
		s.WriteString(" AND number < " + s.arg(q.Before))
	}
	s.WriteString(" ORDER BY number DESC LIMIT " + s.arg(q.Limit))
	return collect(ctx, r.db, scanDelivery, s.String(), s.args...)
}

// WebhookBacklogs implements onboarding.WebhookReader.
func (r *reader) WebhookBacklogs(ctx context.Context, organizationID string) ([]onboarding.WebhookBacklog, error) {
	return collect(ctx, r.db, func(row rows) (b onboarding.WebhookBacklog, err error) {
		var oldest *time.Time
		err = row.Scan(&b.WebhookID, &b.Waiting, &b.Dead, maybeInstant{&oldest})
		if oldest != nil {
			b.Oldest = *oldest
		}
		return b, err
	}, `SELECT w.id, (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'waiting'),
			(SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'dead'),
			(SELECT min(d.created) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'waiting')
		FROM webhooks w WHERE w.undeclared IS NULL AND ($1 = '' OR w.organization_id = $1)
			AND EXISTS (SELECT 1 FROM webhook_deliveries d
				WHERE d.webhook_id = w.id AND d.state IN ('waiting', 'dead')) ORDER BY w.id`, organizationID)
}

const queueColumns = "id, webhook_id, organization_id, customer_id, type, body, created, due, attempts, state"

// queueWebhook queues an event for each webhook that has its type. The lock is taken only if there
// is one, and before the number of the row. The type is no pattern of LIKE, because SQLite would
// prepare the statement again for each value.
func (t *transaction) queueWebhook(due, condition string) string {
	return "INSERT INTO webhook_deliveries (" + queueColumns + `) SELECT CAST($1 AS TEXT), w.id, w.organization_id,
			CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT), ` + due + `, 0, 'waiting'
		FROM (SELECT id, organization_id FROM webhooks
			WHERE organization_id = $2 AND disabled IS NULL AND undeclared IS NULL
			AND (events = '' OR ` + t.db.position("events", "$7") + " > 0)" + condition + t.db.lockedBy("$8") + ") w"
}

// dueAtOnce and dueAfterAttempts are the due times of an event: at once, or, for a deletion, after
// the end of the attempts of the customer's other events that may be in progress.
const (
	dueAtOnce        = "CAST($6 AS BIGINT)"
	dueAfterAttempts = `CASE WHEN EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.customer_id = $9
		AND d.state = 'waiting' AND d.attempts > 0 AND d.due > $6) THEN CAST($10 AS BIGINT)
		ELSE CAST($6 AS BIGINT) END`
	// ifFirstDownload is the condition that no download with the key is counted.
	ifFirstDownload = ` AND NOT EXISTS (SELECT 1 FROM downloads WHERE customer_id = $3 AND platform = $9
		AND source = $10 AND credential = $11 AND settings_id = $12)`
)

// QueueWebhooks implements onboarding.WebhookWriter.
func (t *transaction) QueueWebhooks(ctx context.Context, now time.Time, events ...onboarding.WebhookEvent) error {
	for i := range events {
		e := &events[i]
		body, err := e.Body()
		if err != nil {
			return err
		}
		due, condition := dueAtOnce, ""
		args := []any{onboarding.NewID(), e.OrganizationID, orNull(e.CustomerID), string(e.Type), string(body),
			micros(now), "," + string(e.Type) + ",", "webhooks of " + e.CustomerID}
		if e.Type == onboarding.WebhookCustomerDeleted {
			args[2], due = nil, dueAfterAttempts
			args = append(args, e.CustomerID, micros(now.Add(onboarding.WebhookLease)))
		}
		if d := e.Download; d != nil {
			condition = ifFirstDownload
			args = append(args, d.Platform, string(d.Source), micros(d.Credential), d.SettingsID)
		}
		if err := t.db.send(ctx, nil, t.queueWebhook(due, condition), args...); err != nil {
			return err
		}
	}
	return nil
}

// QueueWebhookTest implements onboarding.WebhookWriter.
func (t *transaction) QueueWebhookTest(
	ctx context.Context, w *onboarding.WebhookEndpoint, at time.Time,
) (string, error) {
	e := onboarding.WebhookEvent{OrganizationID: w.OrganizationID, Type: onboarding.WebhookTest, At: at}
	body, err := e.Body()
	if err != nil {
		return "", err
	}
	id := onboarding.NewID()
	return id, t.db.send(ctx, nil, insert("webhook_deliveries", queueColumns), id, w.ID, w.OrganizationID, nil,
		string(e.Type), string(body), micros(at), micros(at), 0, string(onboarding.WebhookWaiting))
}

// ofDelivery selects a waiting delivery. SQLite may use the number of a deleted row again.
const ofDelivery = " WHERE number = $1 AND webhook_id = $2 AND id = $3 AND state = 'waiting'"

// LeaseWebhookDelivery implements onboarding.WebhookWriter.
func (t *transaction) LeaseWebhookDelivery(
	ctx context.Context, d *onboarding.WebhookDelivery, until time.Time,
) (bool, error) {
	n, err := t.db.exec(ctx, "UPDATE webhook_deliveries SET due = $4, attempts = attempts + 1"+ofDelivery+
		" AND due = $5 AND attempts = $6", d.Number, d.WebhookID, d.ID, micros(until), micros(d.Due), d.Attempts)
	return n == 1, err
}

// PostponeWebhookDelivery implements onboarding.WebhookWriter.
func (t *transaction) PostponeWebhookDelivery(
	ctx context.Context, d *onboarding.WebhookDelivery, attempt int, due time.Time, reason string,
) (bool, error) {
	n, err := t.db.exec(ctx, "UPDATE webhook_deliveries SET due = $4, reason = $5"+ofDelivery+" AND attempts = $6",
		d.Number, d.WebhookID, d.ID, micros(due), orNull(reason), attempt)
	return n == 1, err
}

// FinishWebhookDelivery implements onboarding.WebhookWriter. The body of a deletion is the last
// trace of a customer and is erased from the file; those of others are erased with their customer.
func (t *transaction) FinishWebhookDelivery(
	ctx context.Context, d *onboarding.WebhookDelivery, f onboarding.WebhookFinish,
) (bool, error) {
	text := "UPDATE webhook_deliveries SET state = $4, reason = $5, finished = $6, kept_until = $7"
	switch {
	case f.State != onboarding.WebhookDelivered:
	case d.Type == onboarding.WebhookCustomerDeleted:
		text += ", body = NULL"
	default:
		text += ", body = ''"
	}
	n, err := t.db.exec(ctx, text+ofDelivery, d.Number, d.WebhookID, d.ID, string(f.State), orNull(f.Reason),
		micros(f.At), micros(f.Until))
	return n == 1, err
}

const replayDeliveries = `UPDATE webhook_deliveries SET state = 'waiting', created = $2, due = $2, attempts = 0,
	finished = NULL, kept_until = NULL WHERE state = 'dead' AND number IN (SELECT number FROM webhook_deliveries
		WHERE webhook_id = $1 AND state = 'dead' AND ($3 = '' OR id = $3) ORDER BY number LIMIT $4)`

// ReplayWebhookDeliveries implements onboarding.WebhookWriter.
func (t *transaction) ReplayWebhookDeliveries(
	ctx context.Context, webhookID, id string, now time.Time, limit int,
) (int, error) {
	return t.db.exec(ctx, replayDeliveries, webhookID, micros(now), id, limit)
}

// trimAtOnce is the most deliveries that TrimWebhook changes at each limit.
const trimAtOnce = 1000

// beyond selects a webhook's deliveries in a state beyond the newest $2. The outer state is needed
// by PostgreSQL, which compares it again if another transaction has just changed a row.
const beyond = `state = $3 AND number IN (SELECT number FROM webhook_deliveries WHERE webhook_id = $1 AND state = $3
	ORDER BY number DESC LIMIT $4 OFFSET $2)`

// TrimWebhook implements onboarding.WebhookWriter.
func (t *transaction) TrimWebhook(
	ctx context.Context, webhookID string, l onboarding.WebhookLimits,
) (givenUp, dropped int, err error) {
	const giveUp = "UPDATE webhook_deliveries SET state = 'dead', reason = $5, finished = $6, kept_until = $7 WHERE "
	waiting := string(onboarding.WebhookWaiting)
	full, err := t.db.exec(ctx, giveUp+beyond, webhookID, l.Waiting, waiting, trimAtOnce, "the outbox was full",
		micros(l.Now), micros(l.Until))
	if err != nil {
		return 0, 0, err
	}
	old := 0
	if !l.Created.IsZero() { // it reads all waiting ones if none is as old
		const aged = `state = $3 AND number IN (SELECT number FROM webhook_deliveries WHERE webhook_id = $1
			AND state = $3 AND created < $2 AND due <= $6 ORDER BY number LIMIT $4)`
		if old, err = t.db.exec(ctx, giveUp+aged, webhookID, micros(l.Created), waiting, trimAtOnce,
			"not delivered in time", micros(l.Now), micros(l.Until)); err != nil {
			return 0, 0, err
		}
	}
	// PostgreSQL has an index of the waiting ones, all of which it might read.
	const disabled = `UPDATE webhook_deliveries SET state = 'dead', finished = $2, kept_until = $3,
		reason = (SELECT disabled_reason FROM webhooks WHERE id = $1) WHERE (state || '') = 'waiting' AND number IN
		(SELECT d.number FROM webhooks w JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.state = 'waiting'
			WHERE w.id = $1 AND w.disabled IS NOT NULL ORDER BY d.number LIMIT $4)`
	stopped, err := t.db.exec(ctx, disabled, webhookID, micros(l.Now), micros(l.Until), trimAtOnce)
	if err != nil {
		return 0, 0, err
	}
	dropped, err = t.db.exec(ctx, "DELETE FROM webhook_deliveries WHERE "+beyond, webhookID, l.Dead,
		string(onboarding.WebhookDead), trimAtOnce)
	if err == nil && dropped > 0 {
		err = t.db.send(ctx, nil, "UPDATE webhooks SET dropped = dropped + $2 WHERE id = $1", webhookID, dropped)
	}
	return full + old + stopped, dropped, err
}

// DeleteUndeclaredWebhooks implements onboarding.WebhookWriter.
func (t *transaction) DeleteUndeclaredWebhooks(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := t.db.send(ctx, nil, "DELETE FROM webhook_secrets WHERE ends <= $1", micros(now)); err != nil {
		return 0, err
	}
	ids, err := collect(ctx, t.db, scanText, "SELECT id FROM webhooks WHERE undeclared IS NOT NULL ORDER BY id"+
		t.db.lockRows())
	if err != nil {
		return 0, err
	}
	total := 0
	for _, id := range ids {
		n, err := t.db.exec(ctx, `DELETE FROM webhook_deliveries WHERE number IN
			(SELECT number FROM webhook_deliveries WHERE webhook_id = $1 LIMIT $2)`, id, limit-total)
		if err != nil {
			return total, err
		}
		if total += n; total == limit {
			return total, nil
		}
		for _, text := range []string{
			"DELETE FROM webhook_secrets WHERE webhook_id = $1", "DELETE FROM webhooks WHERE id = $1",
		} {
			if err := t.db.send(ctx, nil, text, id); err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// behaviouralWebhooks are the types of events that are erased when a customer's consent to
// profiling ends, and personalWebhooks those of one to the processing of personal data.
var (
	behaviouralWebhooks = typesIn(onboarding.WebhookConnectionStarted, onboarding.WebhookConnectionStopped)
	personalWebhooks    = typesIn(onboarding.WebhookCustomerVerified, onboarding.WebhookProfileDownloaded,
		onboarding.WebhookProfileInstalled, onboarding.WebhookConnectionFirst)
)

func typesIn(types ...onboarding.WebhookType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = "'" + string(t) + "'"
	}
	return "type IN (" + strings.Join(names, ", ") + ")"
}
