package store

import (
	"context"
	"strings"
	"time"

	"onramp/onboarding"
)

// selectActivation reads the counts where they are kept: at the link whose hits are shared, if that is another.
var selectActivation = `SELECT token_hash, customer_id, organization_id, created, expires,
	COALESCE((SELECT max_hits FROM activations AS counter WHERE counter.token_hash = activations.shares_hits_of), max_hits),
	COALESCE((SELECT hits FROM activations AS counter WHERE counter.token_hash = activations.shares_hits_of), hits),
	shares_hits_of, NOT ` + current("activations", "created") + ` FROM activations WHERE token_hash = $1`

var countHit = `UPDATE activations SET hits = hits + 1 WHERE hits < max_hits AND expires > $2 AND token_hash =
	(SELECT COALESCE(shares_hits_of, token_hash) FROM activations WHERE token_hash = $1 AND expires > $2 AND ` + current("activations", "created") + `)`

var insertActivation = `INSERT INTO activations
	(token_hash, customer_id, organization_id, created, expires, max_hits, hits, shares_hits_of, generation)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, COALESCE((SELECT generation FROM activations WHERE token_hash = $8), ` + generation("$2") + `))`

func scanActivation(row rows) (*onboarding.Activation, error) {
	var a onboarding.Activation
	err := row.Scan(&a.TokenHash, &a.CustomerID, &a.OrganizationID, instant{&a.Created}, instant{&a.Expires}, &a.MaxHits, &a.Hits, textInto(&a.SharesHitsOf), &a.Ended)
	return &a, err
}

func (r *reader) Activation(ctx context.Context, tokenHash string) (*onboarding.Activation, error) {
	return first(collect(ctx, r.db, scanActivation,
		selectActivation+r.db.forChange(), tokenHash))
}

func (t *transaction) InsertActivation(ctx context.Context, a *onboarding.Activation) error {
	return t.db.send(ctx, nil, insertActivation, a.TokenHash, a.CustomerID, a.OrganizationID, micros(a.Created), micros(a.Expires),
		int64(a.MaxHits), int64(a.Hits), orNull(a.SharesHitsOf))
}

func (t *transaction) EndActivations(ctx context.Context, customerID string, now time.Time) error {
	return t.db.send(ctx, nil, "UPDATE activations SET expires = $2 WHERE customer_id = $1 AND expires > $2", customerID, micros(now))
}

func (t *transaction) CountHit(ctx context.Context, tokenHash string, now time.Time) (bool, error) {
	n, err := t.db.exec(ctx, countHit, tokenHash, micros(now))
	return n == 1, err
}

// TrimActivations implements onboarding.CapWriter.
func (t *transaction) TrimActivations(ctx context.Context, customerID string, most int) error {
	return t.db.send(ctx, nil, `DELETE FROM activations WHERE token_hash IN (SELECT token_hash FROM activations
		WHERE customer_id = $1 AND expires - created <= $2 ORDER BY created DESC, token_hash LIMIT $3 OFFSET $4)`,
		customerID, time.Hour.Microseconds(), int64(trimBatch), int64(most))
}

func (r *reader) ActivationsOf(ctx context.Context, customerID string) ([]*onboarding.Activation, error) {
	return collect(ctx, r.db, scanActivation, strings.Replace(selectActivation, "WHERE token_hash = $1",
		"WHERE customer_id = $1 ORDER BY created, token_hash", 1), customerID)
}
