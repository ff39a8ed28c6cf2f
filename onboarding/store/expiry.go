package store

import (
	"context"
	"time"
)

// Revocations that have expired are dropped, but not without a trace: each sweep that drops some is numbered and keeps the latest end among
// their tokens. The sweeps before it that tell no more than the new one are forgotten.
const (
	insertRevocationSweep = `INSERT INTO revocation_sweeps (epoch, expires)
		SELECT COALESCE((SELECT max(epoch) FROM revocation_sweeps), 0) + 1, max(expires) FROM revoked_tokens WHERE expires <= $1
		HAVING max(expires) IS NOT NULL`
	forgetRevocationSweeps = `DELETE FROM revocation_sweeps WHERE EXISTS (SELECT 1 FROM revocation_sweeps AS later
		WHERE later.epoch > revocation_sweeps.epoch AND later.expires >= revocation_sweeps.expires)`
	// deleteRevocations leaves alone what was added after the sweep was numbered and ends later than it says.
	deleteRevocations = `DELETE FROM revoked_tokens WHERE expires <= $1
		AND expires <= (SELECT expires FROM revocation_sweeps ORDER BY epoch DESC LIMIT 1)`
)

// DeleteExpired implements onboarding.ExpiryWriter.
func (t *transaction) DeleteExpired(ctx context.Context, now, linksUntil time.Time) error {
	if err := t.db.hold(ctx, false, "revocation sweep"); err != nil {
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
