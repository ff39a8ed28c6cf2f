package store

import (
	"context"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

const (
	keyColumns = "id, client_key, secret_hash, organization_id, role, scopes, created, revoked, last_used, " +
		"location_id, " + keyMutable
	// keyMutable are the columns that UpdateServiceKey replaces besides secret_hash.
	keyMutable = "label, expires, secret_created, old_secret_hash, old_secret_created, old_secret_ends, tokens_ended"
	selectKey  = "SELECT " + keyColumns + " FROM service_keys"
)

func scanKey(row rows) (*onboarding.ServiceKey, error) {
	var k onboarding.ServiceKey
	var scopes, oldHash string
	var oldCreated, oldEnds *time.Time
	err := row.Scan(&k.ID, &k.ClientKey, &k.SecretHash, &k.OrganizationID, textInto(&k.Role), &scopes,
		instant{&k.Created}, maybeInstant{&k.Revoked}, maybeInstant{&k.LastUsed}, textInto(&k.LocationID),
		textInto(&k.Label), maybeInstant{&k.Expires}, maybeInstant{&k.SecretCreated},
		textInto(&oldHash), maybeInstant{&oldCreated}, maybeInstant{&oldEnds}, maybeInstant{&k.TokensEnded})
	if oldHash != "" && oldCreated != nil && oldEnds != nil {
		k.OldSecret = &onboarding.OldSecret{Hash: oldHash, Created: *oldCreated, Ends: *oldEnds}
	}
	for scope := range strings.FieldsSeq(scopes) {
		k.Scopes = auth.ScopesOf(append(k.Scopes.List(), auth.Scope(scope))...)
	}
	return &k, err
}

func (r *reader) ServiceKeyByClientKey(ctx context.Context, clientKey string) (*onboarding.ServiceKey, error) {
	return get(ctx, r.db, scanKey, selectKey+" WHERE client_key = $1"+r.db.lockRows(), clientKey)
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
	return t.db.send(ctx, nil, insertKey, append([]any{
		k.ID, k.ClientKey, k.SecretHash, k.OrganizationID,
		string(k.Role), k.Scopes.String(), micros(k.Created), microsOrNull(k.Revoked), microsOrNull(k.LastUsed),
		orNull(k.LocationID),
	}, mutableKey(k)...)...)
}

// mutableKey returns the arguments for keyMutable.
func mutableKey(k *onboarding.ServiceKey) []any {
	args := []any{orNull(k.Label), microsOrNull(k.Expires), microsOrNull(k.SecretCreated), nil, nil, nil,
		microsOrNull(k.TokensEnded)}
	if old := k.OldSecret; old != nil {
		args[3], args[4], args[5] = old.Hash, micros(old.Created), micros(old.Ends)
	}
	return args
}

var updateKey = "UPDATE service_keys SET (" + keyMutable + ", secret_hash) = (" + placeholders(8) + ") WHERE id = $9"

func (t *transaction) UpdateServiceKey(ctx context.Context, k *onboarding.ServiceKey) error {
	return t.db.send(ctx, onboarding.ErrNotFound, updateKey, append(mutableKey(k), k.SecretHash, k.ID)...)
}

func (t *transaction) TouchServiceKey(ctx context.Context, id string, at time.Time) error {
	return t.db.send(ctx, nil,
		"UPDATE service_keys SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used < $2)",
		id, micros(at))
}

func (t *transaction) RevokeServiceKey(ctx context.Context, clientKey string, at time.Time) error {
	return t.db.send(ctx, onboarding.ErrNotFound,
		"UPDATE service_keys SET revoked = COALESCE(revoked, $2) WHERE client_key = $1", clientKey, micros(at))
}
