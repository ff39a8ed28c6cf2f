package store

import (
	"context"

	"onramp/onboarding"
)

func (r *reader) Secret(ctx context.Context, name string) (onboarding.Sealed, error) {
	if err := r.db.lockKeys(ctx, false, "secret "+name); err != nil {
		return onboarding.Sealed{}, err
	}
	var s onboarding.Sealed
	err := r.one(ctx, "SELECT key_id, box FROM secrets WHERE name = $1", []any{name}, &s.KeyID, &s.Box)
	return s, err
}

func (r *reader) Setting(ctx context.Context, name string) (string, error) {
	return r.setting(ctx, false, name)
}

func (r *reader) setting(ctx context.Context, shared bool, name string) (string, error) {
	if err := r.db.lockKeys(ctx, shared, "setting "+name); err != nil {
		return "", err
	}
	var value string
	err := r.one(ctx, "SELECT value FROM settings WHERE name = $1", []any{name}, &value)
	return value, err
}

func (t *transaction) InsertSecret(ctx context.Context, name string, value onboarding.Sealed) error {
	return t.db.send(ctx, nil, "INSERT INTO secrets (name, key_id, box) VALUES ($1, $2, $3)",
		name, value.KeyID, value.Box)
}

func (t *transaction) PutSetting(ctx context.Context, name, value string) error {
	return t.db.send(ctx, nil, `INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

func (t *transaction) HoldsSealed(ctx context.Context) (bool, error) {
	return t.exists(ctx, `SELECT EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM credentials)
		OR EXISTS (SELECT 1 FROM idempotency) OR EXISTS (SELECT 1 FROM hotspots WHERE secret_key_id IS NOT NULL)
		OR EXISTS (SELECT 1 FROM customers WHERE document_key_id IS NOT NULL)`)
}
