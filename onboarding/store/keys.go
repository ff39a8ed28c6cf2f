package store

import (
	"context"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

const (
	keyColumns = "id, client_key, secret_hash, organization_id, role, scopes, created, revoked"
	selectKey  = "SELECT " + keyColumns + " FROM service_keys"
)

func scanKey(row rows) (*onboarding.ServiceKey, error) {
	var k onboarding.ServiceKey
	var scopes string
	err := row.Scan(&k.ID, &k.ClientKey, &k.SecretHash, &k.OrganizationID, textInto(&k.Role), &scopes,
		instant{&k.Created}, maybeInstant{&k.Revoked})
	for scope := range strings.FieldsSeq(scopes) {
		k.Scopes = auth.ScopesOf(append(k.Scopes.List(), auth.Scope(scope))...)
	}
	return &k, err
}

func (r *reader) ServiceKeyByClientKey(ctx context.Context, clientKey string) (*onboarding.ServiceKey, error) {
	return get(ctx, r.db, scanKey, selectKey+" WHERE client_key = $1", clientKey)
}

func (r *reader) ServiceKey(ctx context.Context, id string) (*onboarding.ServiceKey, error) {
	return get(ctx, r.db, scanKey, selectKey+" WHERE id = $1", id)
}

func (r *reader) ServiceKeys(ctx context.Context, organizationID string) ([]*onboarding.ServiceKey, error) {
	if organizationID == "" {
		return collect(ctx, r.db, scanKey, selectKey+" ORDER BY created, id")
	}
	return collect(ctx, r.db, scanKey, selectKey+" WHERE organization_id = $1 ORDER BY created, id", organizationID)
}

var insertKey = insert("service_keys", keyColumns)

func (t *transaction) InsertServiceKey(ctx context.Context, k *onboarding.ServiceKey) error {
	return t.db.send(ctx, nil, insertKey, k.ID, k.ClientKey, k.SecretHash, k.OrganizationID,
		string(k.Role), k.Scopes.String(), micros(k.Created), microsOrNull(k.Revoked))
}

func (t *transaction) RevokeServiceKey(ctx context.Context, clientKey string, at time.Time) error {
	return t.db.send(ctx, onboarding.ErrNotFound,
		"UPDATE service_keys SET revoked = COALESCE(revoked, $2) WHERE client_key = $1", clientKey, micros(at))
}
