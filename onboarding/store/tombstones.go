package store

import (
	"context"

	"onramp/onboarding"
)

const tombstoneColumns = "hash, occurrence, kind"

var insertTombstone = insert("tombstones", tombstoneColumns) + " ON CONFLICT DO NOTHING"

func scanTombstone(row rows) (onboarding.Tombstone, error) {
	var s onboarding.Tombstone
	err := row.Scan(&s.Hash, &s.Occurrence, textInto(&s.Kind))
	return s, err
}

func (r *reader) Tombstones(
	ctx context.Context, after onboarding.Tombstone, limit int,
) ([]onboarding.Tombstone, error) {
	return collect(ctx, r.db, scanTombstone, "SELECT "+tombstoneColumns+` FROM tombstones
		WHERE (hash, occurrence) > ($1, $2) ORDER BY hash, occurrence LIMIT $3`, after.Hash, after.Occurrence, limit)
}

func (r *reader) CountTombstones(ctx context.Context) (n int64, err error) {
	err = r.one(ctx, "SELECT count(*) FROM tombstones", nil, &n)
	return n, err
}

func scanCustomerKey(row rows) (onboarding.CustomerKey, error) {
	var k onboarding.CustomerKey
	err := row.Scan(&k.ID, &k.OrganizationID)
	return k, err
}

func (r *reader) CustomerKeys(ctx context.Context, afterID string, limit int) ([]onboarding.CustomerKey, error) {
	return collect(ctx, r.db, scanCustomerKey,
		"SELECT id, organization_id FROM customers WHERE id > $1 ORDER BY id LIMIT $2", afterID, limit)
}

func (t *transaction) InsertTombstones(ctx context.Context, added ...onboarding.Tombstone) error {
	for _, s := range added {
		if err := t.db.send(ctx, nil, insertTombstone, s.Hash, s.Occurrence, string(s.Kind)); err != nil {
			return err
		}
	}
	return nil
}
