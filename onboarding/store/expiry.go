package store

import (
	"context"
	"time"
)

// DeleteExpired implements onboarding.ExpiryWriter.
func (t *transaction) DeleteExpired(ctx context.Context, now, linksUntil time.Time) error {
	if err := t.db.lockKeys(ctx, false, "revocation sweep"); err != nil {
		return err
	}
	for _, statement := range []struct {
		text string
		args []any
	}{
		{"DELETE FROM idempotency WHERE expires <= $1", []any{micros(now)}},
		{"DELETE FROM token_proofs WHERE expires <= $1", []any{micros(now)}},
		{insertRevocationSweep, []any{micros(now)}},
		{forgetRevocationSweeps, nil},
		{deleteRevocations, []any{micros(now)}},
		{"DELETE FROM activations WHERE expires <= $1", []any{micros(linksUntil)}},
	} {
		if err := t.db.send(ctx, nil, statement.text, statement.args...); err != nil {
			return err
		}
	}
	return nil
}
