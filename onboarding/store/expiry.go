package store

import (
	"context"
	"time"
)

// SweepRevocations implements onboarding.ExpiryWriter.
func (t *transaction) SweepRevocations(ctx context.Context, now time.Time) error {
	if err := t.db.lockKeys(ctx, false, "revocation sweep"); err != nil {
		return err
	}
	for _, statement := range []struct {
		text string
		args []any
	}{
		{insertRevocationSweep, []any{micros(now)}},
		{forgetRevocationSweeps, nil},
		{deleteRevocations, []any{micros(now)}},
	} {
		if err := t.db.send(ctx, nil, statement.text, statement.args...); err != nil {
			return err
		}
	}
	return nil
}
