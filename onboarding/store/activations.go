package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const activationColumns = "token_hash, customer_id, organization_id, created, expires, max_hits, hits"

var insertActivation = insert("activations", activationColumns)

func scanActivation(row rows) (*onboarding.Activation, error) {
	var a onboarding.Activation
	err := row.Scan(&a.TokenHash, &a.CustomerID, &a.OrganizationID, instant{&a.Created}, instant{&a.Expires}, &a.MaxHits, &a.Hits)
	return &a, err
}

func (r *reader) Activation(ctx context.Context, tokenHash string) (*onboarding.Activation, error) {
	return first(collect(ctx, r.db, scanActivation,
		"SELECT "+activationColumns+" FROM activations WHERE token_hash = $1"+r.db.forChange(), tokenHash))
}

func (t *transaction) InsertActivation(ctx context.Context, a *onboarding.Activation) error {
	return t.db.send(ctx, nil, insertActivation, a.TokenHash, a.CustomerID, a.OrganizationID, micros(a.Created), micros(a.Expires),
		int64(a.MaxHits), int64(a.Hits))
}

func (t *transaction) CountHit(ctx context.Context, tokenHash string, now time.Time) (bool, error) {
	n, err := t.db.exec(ctx,
		"UPDATE activations SET hits = hits + 1 WHERE token_hash = $1 AND hits < max_hits AND expires > $2", tokenHash, micros(now))
	return n == 1, err
}
