package store

import (
	"context"
	"time"
)

// EndIssued implements onboarding.RestoreWriter. A restored database has lost the sweeps since the
// copy, and with them their numbers. The time in seconds is higher than any number of them, because
// a sweep takes place less than once a second.
func (t *transaction) EndIssued(ctx context.Context, now time.Time) error {
	if err := t.db.lockKeys(ctx, false, "revocation sweep"); err != nil {
		return err
	}
	const tokensEnd = 100 * 365 * 24 * time.Hour // later than the end of any token
	for _, statement := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO revocation_sweeps (epoch, expires)
			SELECT 1 + CASE WHEN max(epoch) > $1 THEN max(epoch) ELSE $1 END, $2 FROM revocation_sweeps`,
			[]any{now.Unix(), micros(now.Add(tokensEnd))}},
		{forgetRevocationSweeps, nil},
		{"UPDATE activations SET expires = $1 WHERE expires > $1", []any{micros(now)}},
		{"DELETE FROM idempotency", nil},
		{deleteSignInLinks, nil},
		{deleteOperatorSessions, nil},
		{endMessages, []any{micros(now)}},
	} {
		if err := t.db.send(ctx, nil, statement.text, statement.args...); err != nil {
			return err
		}
	}
	return nil
}
