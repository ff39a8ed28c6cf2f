package store

import (
	"context"
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
