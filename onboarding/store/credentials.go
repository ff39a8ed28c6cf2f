package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const credentialColumns = "customer_id, organization_id, username, key_id, box, created, expires, notice, notice_end"

var insertCredential = insert("credentials", credentialColumns)

func scanCredential(row rows) (*onboarding.Credential, error) {
	var c onboarding.Credential
	err := row.Scan(&c.CustomerID, &c.OrganizationID, &c.Username, &c.Password.KeyID, &c.Password.Box,
		instant{&c.Created}, instant{&c.Expires}, textInto(&c.Notice), maybeInstant{&c.NoticeEnd})
	return &c, err
}

func (r *reader) Credential(ctx context.Context, customerID string) (*onboarding.Credential, error) {
	return get(ctx, r.db, scanCredential,
		"SELECT "+credentialColumns+" FROM credentials WHERE customer_id = $1"+r.db.lockRows(), customerID)
}

// CredentialOfNotice implements onboarding.CustomerReader.
func (r *reader) CredentialOfNotice(ctx context.Context, notice string) (*onboarding.Credential, error) {
	return get(ctx, r.db, scanCredential,
		"SELECT "+credentialColumns+" FROM credentials WHERE notice = $1"+r.db.lockRows(), notice)
}

// EndingCredentials implements onboarding.CustomerReader.
func (r *reader) EndingCredentials(
	ctx context.Context, organizationID string, after onboarding.CredentialPosition, before time.Time, limit int,
) ([]onboarding.EndingCredential, error) {
	scan := func(row rows) (e onboarding.EndingCredential, err error) {
		err = row.Scan(&e.CustomerID, instant{&e.Expires}, &e.Verified)
		return e, err
	}
	// PostgreSQL would read the whole table of addresses for an EXISTS.
	return collect(ctx, r.db, scan,
		"SELECT customer_id, expires, COALESCE((SELECT TRUE FROM verified_addresses AS a "+
			"WHERE a.customer_id = credentials.customer_id LIMIT 1), FALSE) "+
			"FROM credentials WHERE organization_id = $1 AND (expires, customer_id) > ($2, $3) AND expires < $4 "+
			"AND (notice_end IS NULL OR notice_end <> expires) ORDER BY expires, customer_id LIMIT $5",
		organizationID, micros(after.Expires), after.CustomerID, micros(before), limit)
}

func (t *transaction) InsertCredential(ctx context.Context, c *onboarding.Credential) error {
	return t.db.send(ctx, nil, insertCredential,
		c.CustomerID, c.OrganizationID, c.Username, c.Password.KeyID, c.Password.Box,
		micros(c.Created), micros(c.Expires), orNull(c.Notice), microsOrNull(c.NoticeEnd))
}

func (t *transaction) UpdateCredential(ctx context.Context, c *onboarding.Credential) error {
	return t.db.send(ctx, onboarding.ErrNotFound,
		"UPDATE credentials SET key_id = $2, box = $3, created = $4, expires = $5, notice = $6, notice_end = $7 "+
			"WHERE customer_id = $1",
		c.CustomerID, c.Password.KeyID, c.Password.Box, micros(c.Created), micros(c.Expires), orNull(c.Notice),
		microsOrNull(c.NoticeEnd))
}
