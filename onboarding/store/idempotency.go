package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const idempotencyColumns = "service_id, idempotency_key, guid_hash, request_hash, customer_id, " +
	"key_id, box, created, expires"

// insertIdempotency replaces an answer that has expired at $10.
var insertIdempotency = insert("idempotency", idempotencyColumns) +
	" ON CONFLICT (service_id, idempotency_key) DO UPDATE SET " +
	excluded("guid_hash, request_hash, customer_id, key_id, box, created, expires") +
	" WHERE idempotency.expires <= $10"

func scanIdempotency(row rows) (*onboarding.Idempotency, error) {
	var i onboarding.Idempotency
	err := row.Scan(&i.ServiceID, &i.Key, &i.GuidHash, &i.RequestHash, &i.CustomerID,
		&i.Answer.KeyID, &i.Answer.Box, &i.Created, instant{&i.Expires})
	return &i, err
}

func (r *reader) Idempotency(
	ctx context.Context, serviceID, key string, now time.Time,
) (*onboarding.Idempotency, error) {
	if err := r.db.lockKeys(ctx, false, "idempotency "+serviceID+" "+key); err != nil {
		return nil, err
	}
	return get(ctx, r.db, scanIdempotency, "SELECT "+idempotencyColumns+
		" FROM idempotency WHERE service_id = $1 AND idempotency_key = $2 AND expires > $3",
		serviceID, key, micros(now))
}

func (t *transaction) InsertIdempotency(ctx context.Context, i *onboarding.Idempotency, now time.Time) error {
	return t.db.send(ctx, onboarding.ErrKeyTaken, insertIdempotency,
		i.ServiceID, i.Key, i.GuidHash, i.RequestHash, i.CustomerID,
		i.Answer.KeyID, i.Answer.Box, i.Created, micros(i.Expires), micros(now))
}

func (r *reader) CountIdempotency(ctx context.Context, serviceID, begin string) (int, error) {
	if err := r.db.lockKeys(ctx, false, "idempotency of "+serviceID+" "+begin); err != nil {
		return 0, err
	}
	// A range, so that the index is used: begin ends in a space, and '!' is the byte after it.
	return r.count(ctx, "SELECT count(*) FROM idempotency "+
		"WHERE service_id = $1 AND idempotency_key > $2 AND idempotency_key < $3",
		serviceID, begin, begin[:len(begin)-1]+"!")
}
