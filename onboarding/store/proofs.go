package store

import (
	"context"
	"strconv"
	"time"

	"onramp/onboarding"
)

// current returns the SQL condition that a row of table belongs to the customer's current
// credential. since names a column with a time. A row without a generation, written by the previous
// version, counts as current if that time is not before the credential's creation.
func current(table, since string) string {
	return "NOT EXISTS (SELECT 1 FROM credentials WHERE credentials.customer_id = " + table +
		".customer_id AND NOT COALESCE(" + table + ".generation = credentials.created, " +
		table + "." + since + " >= credentials.created))"
}

// generation returns the expression for the credential's generation; the placeholder is the
// customer's ID.
func generation(placeholder string) string {
	return "(SELECT created FROM credentials WHERE customer_id = " + placeholder + ")"
}

// byGuid selects the customers proven by a guid where the column, an organization or a customer,
// has the value.
func byGuid(column, value, hash string) string {
	return "SELECT customer_id FROM customer_guids WHERE " + column + " = " + value + " AND guid_hash = " + hash +
		" AND " + current("customer_guids", "added")
}

// byToken selects the customers proven by a token at an instant.
func byToken(token, now string) string {
	return "SELECT customer_id FROM (SELECT customer_id, generation, expires FROM token_proofs " +
		"WHERE token_id = " + token + " ORDER BY position DESC, customer_id DESC " +
		"LIMIT " + strconv.Itoa(onboarding.TokenProofs) + ") AS last WHERE expires > " + now +
		" AND EXISTS (SELECT 1 FROM credentials WHERE credentials.customer_id = last.customer_id" +
		" AND credentials.created = last.generation)"
}

var proves = "SELECT $1 IN (" + byGuid("customer_id", "$1", "$2") + ") OR $1 IN (" + byToken("$3", "$4") + ")"

func (r *reader) Proves(ctx context.Context, customerID string, e onboarding.Evidence) (bool, error) {
	return r.exists(ctx, proves, customerID, e.GuidHash, e.TokenID, micros(e.Now))
}

var addGuid = `INSERT INTO customer_guids (organization_id, customer_id, guid_hash, added, confirmed, generation)
	VALUES ($1, $2, $3, $4, $4, ` + generation("$2") + `)
	ON CONFLICT (customer_id, guid_hash) DO UPDATE SET confirmed = excluded.confirmed, generation = excluded.generation`

func (t *transaction) AddGuid(ctx context.Context, organizationID, customerID, guidHash string, at time.Time) error {
	return t.db.send(ctx, nil, addGuid, organizationID, customerID, guidHash, micros(at))
}

// RemoveGuid also deletes the customer's proofs by tokens: the phone of the guid may hold such a
// token, and the customer's other phones have guids of their own.
func (t *transaction) RemoveGuid(ctx context.Context, customerID, guidHash string) error {
	const guid = "DELETE FROM customer_guids WHERE customer_id = $1 AND guid_hash = $2"
	if err := t.db.send(ctx, onboarding.ErrNotFound, guid, customerID, guidHash); err != nil {
		return err
	}
	return t.db.send(ctx, nil, "DELETE FROM token_proofs WHERE customer_id = $1", customerID)
}

var addTokenProof = `INSERT INTO token_proofs (token_id, customer_id, generation, position, expires)
	VALUES ($1, $2, ` + generation("$2") + `,
		COALESCE((SELECT max(position) FROM token_proofs WHERE token_id = $1), 0) + 1, $3)
	ON CONFLICT (token_id, customer_id) DO UPDATE SET ` + excluded("generation, position, expires")

// dropTokenProofs deletes a token's proofs beyond the last TokenProofs. With lockFreeRows it skips
// rows that another transaction is deleting, because many customers share the token of one app.
func dropTokenProofs(lockFreeRows string) string {
	return "DELETE FROM token_proofs WHERE token_id = $1 AND customer_id IN (" +
		"SELECT customer_id FROM token_proofs WHERE token_id = $1" +
		" ORDER BY position DESC, customer_id DESC LIMIT 100" +
		" OFFSET " + strconv.Itoa(onboarding.TokenProofs) + lockFreeRows + ")"
}

func (t *transaction) AddTokenProof(ctx context.Context, tokenID, customerID string, expires time.Time) error {
	if err := t.db.send(ctx, nil, addTokenProof, tokenID, customerID, micros(expires)); err != nil {
		return err
	}
	return t.db.send(ctx, nil, dropTokenProofs(t.db.lockFreeRows()), tokenID)
}

func (r *reader) MatchProven(
	ctx context.Context, organizationID string, m onboarding.Match, e onboarding.Evidence, limit int,
) ([]*onboarding.Customer, error) {
	return r.match(ctx, organizationID, m, limit, " UNION ", &e)
}

func (r *reader) DeviceGuids(ctx context.Context, customerID string) ([]onboarding.DeviceGuid, error) {
	scan := func(row rows) (onboarding.DeviceGuid, error) {
		var g onboarding.DeviceGuid
		err := row.Scan(&g.Hash, instant{&g.Added}, instant{&g.Confirmed}, &g.Ended)
		return g, err
	}
	return collect(ctx, r.db, scan, "SELECT guid_hash, added, COALESCE(confirmed, added), NOT "+
		current("customer_guids", "added")+" FROM customer_guids WHERE customer_id = $1 ORDER BY added, guid_hash",
		customerID)
}

// TrimGuids implements onboarding.CapWriter.
func (t *transaction) TrimGuids(ctx context.Context, customerID, written string, most int) error {
	return t.trim(ctx, "customer_guids", "guid_hash", "COALESCE(confirmed, added), guid_hash",
		customerID, written, most)
}
