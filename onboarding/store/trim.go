package store

import "context"

// trimBatch is the maximum number of rows that one trim deletes.
const trimBatch = 100

// trim deletes rows of a customer beyond most, except the one with the key written. It deletes the
// first ones by order, or any where there are more than twice as many as most: sorting would take
// too long.
func (t *transaction) trim(ctx context.Context, table, key, order, customerID, written string, most int) error {
	n, err := t.count(ctx, countUpTo(table+" WHERE customer_id = $1", "$2"), customerID, 2*most+1)
	if err != nil || n <= most {
		return err
	}
	surplus := "SELECT " + key + " FROM " + table + " WHERE customer_id = $1 AND " + key + " <> $2"
	if n <= 2*most {
		surplus += " ORDER BY " + order
	}
	text := "DELETE FROM " + table + " WHERE customer_id = $1 AND " + key + " IN (" + surplus + " LIMIT $3)"
	return t.db.send(ctx, nil, text, customerID, written, min(n-most, trimBatch))
}
