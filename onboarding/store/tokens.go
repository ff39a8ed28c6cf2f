package store

import (
	"context"
	"time"

	"onramp/onboarding/auth"
)

func (r *reader) TokenRevoked(ctx context.Context, p *auth.Principal, now time.Time) (bool, error) {
	return r.exists(ctx, `SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE id = $2)
		OR NOT EXISTS (SELECT 1 FROM service_keys WHERE id = $1 AND revoked IS NULL
			AND (expires IS NULL OR expires > $5) AND (tokens_ended IS NULL OR tokens_ended < $4))
		OR EXISTS (SELECT 1 FROM revocation_sweeps WHERE epoch > $3 AND expires >= $4)`,
		p.ServiceID, p.TokenID, p.Epoch, micros(p.Expires), micros(now))
}

func (r *reader) TokenEpoch(ctx context.Context) (epoch int64, err error) {
	err = r.one(ctx, "SELECT COALESCE(max(epoch), 0) FROM revocation_sweeps", nil, &epoch)
	return epoch, err
}

func (t *transaction) RevokeToken(ctx context.Context, tokenID string, expires time.Time) error {
	return t.db.send(ctx, nil,
		"INSERT INTO revoked_tokens (id, expires) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
		tokenID, micros(expires))
}

// Each sweep that deletes expired revocations is recorded with a number and the latest expiry among
// the deleted ones. An earlier sweep with no later expiry adds no information and is deleted.
const (
	insertRevocationSweep = `INSERT INTO revocation_sweeps (epoch, expires)
		SELECT COALESCE((SELECT max(epoch) FROM revocation_sweeps), 0) + 1, max(expires)
		FROM revoked_tokens WHERE expires <= $1 HAVING max(expires) IS NOT NULL`
	forgetRevocationSweeps = `DELETE FROM revocation_sweeps WHERE EXISTS (SELECT 1 FROM revocation_sweeps AS later
		WHERE later.epoch > revocation_sweeps.epoch AND later.expires >= revocation_sweeps.expires)`
	// deleteRevocations skips revocations that were added after the sweep was recorded and expire
	// later.
	deleteRevocations = `DELETE FROM revoked_tokens WHERE expires <= $1
		AND expires <= (SELECT expires FROM revocation_sweeps ORDER BY epoch DESC LIMIT 1)`
)
