package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
)

const (
	webhookColumns = "id, organization_id, url, signature, events, disabled, disabled_reason, failures, " +
		"failing_since, last_failure, last_success, dropped"
	selectWebhook = "SELECT " + webhookColumns + " FROM webhooks"
)

func scanWebhook(row rows) (*onboarding.WebhookEndpoint, error) {
	var w onboarding.WebhookEndpoint
	var events string
	err := row.Scan(&w.ID, &w.OrganizationID, &w.URL, textInto(&w.Signature), &events,
		maybeInstant{&w.Disabled}, textInto(&w.DisabledReason), &w.Failures, maybeInstant{&w.FailingSince},
		textInto(&w.LastFailure), maybeInstant{&w.LastSuccess}, &w.Dropped)
	for name := range strings.SplitSeq(strings.Trim(events, ","), ",") {
		if name != "" {
			w.Events = append(w.Events, onboarding.WebhookType(name))
		}
	}
	return &w, err
}

// eventsText returns the column events.
func eventsText(events []onboarding.WebhookType) string {
	var text strings.Builder
	for i, e := range events {
		if i == 0 {
			text.WriteString(",")
		}
		text.WriteString(string(e) + ",")
	}
	return text.String()
}

// WebhookEndpoints implements onboarding.WebhookReader.
func (r *reader) WebhookEndpoints(
	ctx context.Context, organizationID string,
) ([]*onboarding.WebhookEndpoint, error) {
	if organizationID == "" {
		return collect(ctx, r.db, scanWebhook, selectWebhook+" WHERE undeclared IS NULL ORDER BY id")
	}
	return collect(ctx, r.db, scanWebhook, selectWebhook+
		" WHERE organization_id = $1 AND undeclared IS NULL ORDER BY id", organizationID)
}

// WebhookEndpoint implements onboarding.WebhookReader.
func (r *reader) WebhookEndpoint(ctx context.Context, id string) (*onboarding.WebhookEndpoint, error) {
	return get(ctx, r.db, scanWebhook, selectWebhook+" WHERE id = $1 AND undeclared IS NULL", id)
}

const dueWebhooks = selectWebhook + ` WHERE disabled IS NULL AND undeclared IS NULL
	AND EXISTS (SELECT 1 FROM webhook_deliveries d
		WHERE d.webhook_id = webhooks.id AND d.state = 'waiting' AND d.due <= $1) ORDER BY id`

// DueWebhooks implements onboarding.WebhookReader.
func (r *reader) DueWebhooks(ctx context.Context, now time.Time) ([]*onboarding.WebhookEndpoint, error) {
	return collect(ctx, r.db, scanWebhook, dueWebhooks, micros(now))
}

const putWebhook = `INSERT INTO webhooks (id, organization_id, url, signature, events) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (id) DO UPDATE SET signature = excluded.signature, events = excluded.events, url = excluded.url,
		undeclared = NULL,
		disabled = CASE WHEN webhooks.url = excluded.url THEN webhooks.disabled END,
		disabled_reason = CASE WHEN webhooks.url = excluded.url THEN webhooks.disabled_reason END
	WHERE webhooks.organization_id = excluded.organization_id`

var errWebhookTaken = onboarding.ConflictField("webhook", "belongs to another organization")

// declareWebhooks makes the organization's webhooks those that it declares.
func (t *transaction) declareWebhooks(ctx context.Context, o *onboarding.Organization) error {
	stored, err := t.WebhookEndpoints(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, w := range stored {
		declared := func(d onboarding.Webhook) bool { return d.ID == w.ID }
		if slices.ContainsFunc(o.Webhooks, declared) {
			continue
		}
		if err := t.db.send(ctx, nil, "UPDATE webhooks SET undeclared = 1 WHERE id = $1", w.ID); err != nil {
			return err
		}
	}
	for i := range o.Webhooks {
		w := &o.Webhooks[i]
		n, err := t.db.exec(ctx, putWebhook, w.ID, o.ID, w.URL, string(w.Kind()), eventsText(w.Events))
		if err != nil {
			return err
		}
		if n == 0 {
			return withValue(w.ID, errWebhookTaken)
		}
	}
	return nil
}

// MarkWebhook implements onboarding.WebhookWriter. A success after another is recorded once a
// minute.
func (t *transaction) MarkWebhook(ctx context.Context, webhookID, reason string, at time.Time) error {
	if reason == "" {
		return t.db.send(ctx, nil, `UPDATE webhooks SET failures = 0, failing_since = NULL, last_success = $2
			WHERE id = $1 AND (failures > 0 OR last_success IS NULL OR last_success < $3)`,
			webhookID, micros(at), micros(at.Add(-time.Minute)))
	}
	return t.db.send(ctx, nil, `UPDATE webhooks SET failures = failures + 1,
		failing_since = COALESCE(failing_since, $2), last_failure = $3 WHERE id = $1`, webhookID, micros(at), reason)
}

// DisableWebhook implements onboarding.WebhookWriter.
func (t *transaction) DisableWebhook(ctx context.Context, webhookID, reason string, at time.Time) error {
	return t.db.send(ctx, nil, `UPDATE webhooks SET disabled = COALESCE(disabled, $2),
		disabled_reason = COALESCE(disabled_reason, $3) WHERE id = $1`, webhookID, micros(at), reason)
}

// EnableWebhook implements onboarding.WebhookWriter.
func (t *transaction) EnableWebhook(ctx context.Context, webhookID string) error {
	n, err := t.db.exec(ctx, "UPDATE webhooks SET disabled = NULL, disabled_reason = NULL, failures = 0, "+
		"failing_since = NULL WHERE id = $1 AND undeclared IS NULL", webhookID)
	if err == nil && n == 0 {
		return onboarding.ErrNotFound
	}
	return err
}

const webhookSecretColumns = "webhook_id, id, signature, key_id, box, created, ends, shown"

var insertWebhookSecret = insert("webhook_secrets", webhookSecretColumns)

// WebhookSecrets implements onboarding.WebhookReader.
func (r *reader) WebhookSecrets(
	ctx context.Context, webhookID string, now time.Time,
) ([]*onboarding.WebhookSecret, error) {
	scan := func(row rows) (*onboarding.WebhookSecret, error) {
		var s onboarding.WebhookSecret
		err := row.Scan(&s.WebhookID, &s.ID, textInto(&s.Signature), &s.Value.KeyID, &s.Value.Box, instant{&s.Created},
			maybeInstant{&s.Ends}, maybeInstant{&s.Shown})
		return &s, err
	}
	return collect(ctx, r.db, scan, "SELECT "+webhookSecretColumns+` FROM webhook_secrets
		WHERE webhook_id = $1 AND (ends IS NULL OR ends > $2) ORDER BY created DESC, id DESC`, webhookID, micros(now))
}

// InsertWebhookSecret implements onboarding.WebhookWriter.
func (t *transaction) InsertWebhookSecret(ctx context.Context, s *onboarding.WebhookSecret) error {
	return t.db.send(ctx, nil, insertWebhookSecret, s.WebhookID, s.ID, string(s.Signature), s.Value.KeyID, s.Value.Box,
		micros(s.Created), microsOrNull(s.Ends), microsOrNull(s.Shown))
}

// EndWebhookSecrets implements onboarding.WebhookWriter.
func (t *transaction) EndWebhookSecrets(ctx context.Context, webhookID string, at time.Time) error {
	return t.db.send(ctx, nil, "UPDATE webhook_secrets SET ends = $2 WHERE webhook_id = $1 AND "+
		"(ends IS NULL OR ends > $2)", webhookID, micros(at))
}

// ShowWebhookSecret implements onboarding.WebhookWriter.
func (t *transaction) ShowWebhookSecret(ctx context.Context, webhookID, id string, at time.Time) (bool, error) {
	n, err := t.db.exec(ctx, "UPDATE webhook_secrets SET shown = $3 WHERE webhook_id = $1 AND id = $2 AND "+
		"shown IS NULL", webhookID, id, micros(at))
	return n == 1, err
}

// EndedCredentials implements onboarding.WebhookReader.
func (r *reader) EndedCredentials(
	ctx context.Context, after onboarding.CredentialPosition, until time.Time, limit int,
) ([]onboarding.EndedCredential, error) {
	scan := func(row rows) (c onboarding.EndedCredential, err error) {
		err = row.Scan(&c.CustomerID, &c.OrganizationID, instant{&c.Expires})
		return c, err
	}
	return collect(ctx, r.db, scan, `SELECT k.customer_id, k.organization_id, k.expires FROM credentials k
		WHERE k.expires >= $1 AND k.expires <= $2 AND (k.expires, k.customer_id) > ($1, $3)
			AND EXISTS (SELECT 1 FROM webhooks w WHERE w.organization_id = k.organization_id)
			AND EXISTS (SELECT 1 FROM customers c WHERE c.id = k.customer_id AND c.organization_id = k.organization_id)
		ORDER BY k.expires, k.customer_id LIMIT $4`,
		micros(after.Expires), micros(until), after.CustomerID, limit)
}

// RefusalsOfHour implements onboarding.WebhookReader.
func (r *reader) RefusalsOfHour(ctx context.Context, hour time.Time) ([]onboarding.HourRefusals, error) {
	scan := func(row rows) (h onboarding.HourRefusals, err error) {
		err = row.Scan(&h.OrganizationID, &h.LocationID, textInto(&h.Reason), &h.Count, instant{&h.Last})
		return h, err
	}
	return collect(ctx, r.db, scan, `SELECT f.organization_id, COALESCE(h.location_id, ''), f.reason,
			CAST(sum(f.count) AS BIGINT), max(f.last)
		FROM (SELECT DISTINCT organization_id FROM webhooks WHERE undeclared IS NULL) w
		CROSS JOIN login_failures f
		LEFT JOIN hotspots h ON h.id = f.hotspot_id AND h.organization_id = f.organization_id
		WHERE f.organization_id = w.organization_id AND f.hour = $1
		GROUP BY f.organization_id, COALESCE(h.location_id, ''), f.reason
		ORDER BY f.organization_id, COALESCE(h.location_id, ''), f.reason`, micros(hour))
}
