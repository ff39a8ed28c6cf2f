package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
)

// selectLink reads the hits of the link that holds the count: this one, or the link whose hits it
// shares.
var selectLink = `SELECT token_hash, customer_id, organization_id, created, expires,
	COALESCE((SELECT max_hits FROM activations AS counter WHERE counter.token_hash = activations.shares_hits_of),
		max_hits),
	COALESCE((SELECT hits FROM activations AS counter WHERE counter.token_hash = activations.shares_hits_of), hits),
	shares_hits_of,
	COALESCE((SELECT platforms FROM activations AS counter
		WHERE counter.token_hash = activations.shares_hits_of), platforms),
	profile_only, NOT ` + current("activations", "created") + ` FROM activations`

func scanLink(row rows) (*onboarding.Link, error) {
	var l onboarding.Link
	var platforms string
	err := row.Scan(&l.TokenHash, &l.CustomerID, &l.OrganizationID, instant{&l.Created}, instant{&l.Expires},
		&l.MaxHits, &l.Hits, textInto(&l.SharesHitsOf), textInto(&platforms), &l.ProfileOnly,
		&l.Ended)
	if platforms != "" {
		l.Platforms = strings.Split(platforms, ",")
		slices.Sort(l.Platforms)
	}
	return &l, err
}

func (r *reader) Link(ctx context.Context, tokenHash string) (*onboarding.Link, error) {
	return get(ctx, r.db, scanLink, selectLink+" WHERE token_hash = $1"+r.db.lockRows(), tokenHash)
}

func (r *reader) LinksOf(ctx context.Context, customerID string) ([]*onboarding.Link, error) {
	return collect(ctx, r.db, scanLink,
		selectLink+" WHERE customer_id = $1 ORDER BY created, token_hash", customerID)
}

var insertLink = `INSERT INTO activations
	(token_hash, customer_id, organization_id, created, expires, max_hits, hits, shares_hits_of, profile_only,
		generation)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
		COALESCE((SELECT generation FROM activations WHERE token_hash = $8), ` + generation("$2") + `))`

func (t *transaction) InsertLink(ctx context.Context, l *onboarding.Link) error {
	return t.db.send(ctx, nil, insertLink, l.TokenHash, l.CustomerID, l.OrganizationID,
		micros(l.Created), micros(l.Expires), l.MaxHits, l.Hits, orNull(l.SharesHitsOf), l.ProfileOnly)
}

func (t *transaction) EndLinks(ctx context.Context, customerID string, now time.Time) error {
	return t.db.send(ctx, nil, "UPDATE activations SET expires = $2 WHERE customer_id = $1 AND expires > $2",
		customerID, micros(now))
}

var countHit = `UPDATE activations SET hits = hits + 1 WHERE hits < max_hits AND expires > $2 AND token_hash =
	(SELECT COALESCE(shares_hits_of, token_hash) FROM activations WHERE token_hash = $1 AND expires > $2 AND ` +
	current("activations", "created") + `)`

func (t *transaction) CountHit(ctx context.Context, tokenHash string, now time.Time) (bool, error) {
	n, err := t.db.exec(ctx, countHit, tokenHash, micros(now))
	return n == 1, err
}

// AddLinkPlatform implements onboarding.DownloadWriter.
func (t *transaction) AddLinkPlatform(ctx context.Context, tokenHash, platform string) error {
	return t.db.send(ctx, nil, `UPDATE activations SET platforms = CASE WHEN platforms IS NULL THEN $2
			ELSE platforms || ',' || $2 END
		WHERE token_hash = (SELECT COALESCE(shares_hits_of, token_hash) FROM activations WHERE token_hash = $1)
			AND (platforms IS NULL OR ',' || platforms || ',' NOT LIKE '%,' || $2 || ',%')`, tokenHash, platform)
}

// TrimLinks implements onboarding.CapWriter.
func (t *transaction) TrimLinks(ctx context.Context, customerID string, most int) error {
	return t.db.send(ctx, nil, `DELETE FROM activations WHERE token_hash IN (SELECT token_hash FROM activations
		WHERE customer_id = $1 AND expires - created <= $2 ORDER BY created DESC, token_hash LIMIT $3 OFFSET $4)`,
		customerID, time.Hour.Microseconds(), trimBatch, most)
}
