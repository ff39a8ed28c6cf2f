package store

import (
	"context"
	"time"
)

// trimBatch is how many rows one trim deletes at most.
const trimBatch = 100

// trim deletes rows of a customer beyond most, the oldest by order first. To sort them all would take long where there are many more: there any
// will do. The row with the key written stays.
func (t *transaction) trim(ctx context.Context, table, key, order, customerID, written string, most int) error {
	var n int64
	count := "SELECT count(*) FROM (SELECT 1 FROM " + table + " WHERE customer_id = $1 LIMIT $2) AS counted"
	if err := t.one(ctx, count, []any{customerID, int64(2*most + 1)}, &n); err != nil || n <= int64(most) {
		return err
	}
	of := "SELECT " + key + " FROM " + table + " WHERE customer_id = $1 AND " + key + " <> $2"
	over := min(n-int64(most), trimBatch)
	if n <= int64(2*most) {
		of += " ORDER BY " + order
	}
	return t.db.send(ctx, nil, "DELETE FROM "+table+" WHERE customer_id = $1 AND "+key+" IN ("+of+" LIMIT $3)", customerID, written, over)
}

// TrimAppDevices implements onboarding.CapWriter.
func (t *transaction) TrimAppDevices(ctx context.Context, customerID, written string, most int) error {
	return t.trim(ctx, "app_devices", "install_id", "COALESCE(last_seen, registered), install_id", customerID, written, most)
}

// TrimGuids implements onboarding.CapWriter.
func (t *transaction) TrimGuids(ctx context.Context, customerID, written string, most int) error {
	return t.trim(ctx, "customer_guids", "guid_hash", "COALESCE(confirmed, added), guid_hash", customerID, written, most)
}

// TrimActivations implements onboarding.CapWriter.
func (t *transaction) TrimActivations(ctx context.Context, customerID string, most int) error {
	return t.db.send(ctx, nil, `DELETE FROM activations WHERE token_hash IN (SELECT token_hash FROM activations
		WHERE customer_id = $1 AND expires - created <= $2 ORDER BY created DESC, token_hash LIMIT $3 OFFSET $4)`,
		customerID, time.Hour.Microseconds(), int64(trimBatch), int64(most))
}

// CountInstallations implements onboarding.CapWriter.
func (t *transaction) CountInstallations(ctx context.Context, customerID string, most int) (int, error) {
	var n int64
	err := t.one(ctx, "SELECT count(*) FROM (SELECT 1 FROM installations WHERE customer_id = $1 LIMIT $2) AS counted",
		[]any{customerID, int64(most)}, &n)
	return int(n), err
}

// CountConsents implements onboarding.CapWriter.
func (t *transaction) CountConsents(ctx context.Context, customerID string, since time.Time, most int) (int, error) {
	var n int64
	err := t.one(ctx, "SELECT count(*) FROM (SELECT 1 FROM consents WHERE customer_id = $1 AND at > $2 LIMIT $3) AS counted",
		[]any{customerID, micros(since), int64(most)}, &n)
	return int(n), err
}
