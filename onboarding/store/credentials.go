package store

import (
	"context"

	"onramp/onboarding"
)

const credentialColumns = "customer_id, organization_id, username, key_id, box, created, expires"

var insertCredential = insert("credentials", credentialColumns)

func scanCredential(row rows) (*onboarding.Credential, error) {
	var c onboarding.Credential
	err := row.Scan(&c.CustomerID, &c.OrganizationID, &c.Username, &c.Password.KeyID, &c.Password.Box,
		instant{&c.Created}, instant{&c.Expires})
	return &c, err
}

func (r *reader) Credential(ctx context.Context, customerID string) (*onboarding.Credential, error) {
	return get(ctx, r.db, scanCredential,
		"SELECT "+credentialColumns+" FROM credentials WHERE customer_id = $1"+r.db.lockRows(), customerID)
}

func (t *transaction) InsertCredential(ctx context.Context, c *onboarding.Credential) error {
	return t.db.send(ctx, nil, insertCredential,
		c.CustomerID, c.OrganizationID, c.Username, c.Password.KeyID, c.Password.Box,
		micros(c.Created), micros(c.Expires))
}

func (t *transaction) UpdateCredential(ctx context.Context, c *onboarding.Credential) error {
	return t.db.send(ctx, onboarding.ErrNotFound,
		"UPDATE credentials SET key_id = $2, box = $3, created = $4, expires = $5 WHERE customer_id = $1",
		c.CustomerID, c.Password.KeyID, c.Password.Box, micros(c.Created), micros(c.Expires))
}
