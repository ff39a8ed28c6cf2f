package store

import (
	"context"
	"time"
)

// DeleteExpired implements onboarding.ExpiryWriter.
func (t *transaction) DeleteExpired(ctx context.Context, now, linksUntil time.Time) error {
	for _, statement := range []struct {
		text string
		at   time.Time
	}{
		{"DELETE FROM idempotency WHERE expires <= $1", now},
		{"DELETE FROM revoked_tokens WHERE expires <= $1", now},
		{"DELETE FROM activations WHERE expires <= $1", linksUntil},
	} {
		if err := t.db.send(ctx, nil, statement.text, micros(statement.at)); err != nil {
			return err
		}
	}
	return nil
}
