package store

import (
	"context"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

const selectKey = "SELECT id, client_key, secret_hash, organization_id, role, scopes, created, revoked FROM service_keys"

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
	return first(collect(ctx, r.db, scanKey, selectKey+" WHERE client_key = $1", clientKey))
}

func (r *reader) ServiceKey(ctx context.Context, id string) (*onboarding.ServiceKey, error) {
	return first(collect(ctx, r.db, scanKey, selectKey+" WHERE id = $1", id))
}

func (r *reader) ServiceKeys(ctx context.Context, organizationID string) ([]*onboarding.ServiceKey, error) {
	if organizationID == "" {
		return collect(ctx, r.db, scanKey, selectKey+" ORDER BY created, id")
	}
	return collect(ctx, r.db, scanKey, selectKey+" WHERE organization_id = $1 ORDER BY created, id", organizationID)
}

func (r *reader) TokenRevoked(ctx context.Context, p *auth.Principal) (bool, error) {
	return r.exists(ctx, `SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE id = $2)
		OR NOT EXISTS (SELECT 1 FROM service_keys WHERE id = $1 AND revoked IS NULL)
		OR EXISTS (SELECT 1 FROM revocation_sweeps WHERE epoch > $3 AND expires >= $4)`, p.ServiceID, p.TokenID, p.Epoch, micros(p.Expires))
}

func (r *reader) TokenEpoch(ctx context.Context) (epoch int64, err error) {
	err = r.one(ctx, "SELECT COALESCE(max(epoch), 0) FROM revocation_sweeps", nil, &epoch)
	return epoch, err
}

var insertKey = insert("service_keys", "id, client_key, secret_hash, organization_id, role, scopes, created, revoked")

func (t *transaction) InsertServiceKey(ctx context.Context, k *onboarding.ServiceKey) error {
	return t.db.send(ctx, nil, insertKey, k.ID, k.ClientKey, k.SecretHash, k.OrganizationID, string(k.Role), k.Scopes.String(),
		micros(k.Created), microsOrNull(k.Revoked))
}

func (t *transaction) RevokeServiceKey(ctx context.Context, clientKey string, at time.Time) error {
	return t.db.send(ctx, onboarding.ErrNotFound,
		"UPDATE service_keys SET revoked = COALESCE(revoked, $2) WHERE client_key = $1", clientKey, micros(at))
}

func (t *transaction) RevokeToken(ctx context.Context, tokenID string, expires time.Time) error {
	return t.db.send(ctx, nil,
		"INSERT INTO revoked_tokens (id, expires) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", tokenID, micros(expires))
}
