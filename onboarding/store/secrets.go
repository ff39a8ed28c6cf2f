package store

import (
	"context"
	"time"

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

func scanSecret(row rows) (onboarding.StoredSecret, error) {
	var s onboarding.StoredSecret
	var created, begins, used *time.Time
	err := row.Scan(&s.Name, &s.Value.KeyID, &s.Value.Box, maybeInstant{&created}, maybeInstant{&begins},
		maybeInstant{&used}, textInto(&s.UsedBy))
	for _, at := range []struct{ from, into *time.Time }{
		{created, &s.Created}, {begins, &s.Begins}, {used, &s.Used},
	} {
		if at.from != nil {
			*at.into = *at.from
		}
	}
	return s, err
}

const (
	secretColumns  = "name, key_id, box, created, begins"
	secretsColumns = secretColumns + ", used, used_by"
)

func (r *reader) Secrets(ctx context.Context) ([]onboarding.StoredSecret, error) {
	if err := r.db.lockKeys(ctx, false, "secrets"); err != nil {
		return nil, err
	}
	return collect(ctx, r.db, scanSecret, "SELECT "+secretsColumns+" FROM secrets ORDER BY name")
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

var insertSecret = insert("secrets", secretColumns)

func (t *transaction) InsertSecret(ctx context.Context, s onboarding.StoredSecret) error {
	return t.db.send(ctx, nil, insertSecret, s.Name, s.Value.KeyID, s.Value.Box, microsUnlessZero(s.Created),
		microsUnlessZero(s.Begins))
}

// microsUnlessZero returns the argument for an instant; NULL for the zero time.
func microsUnlessZero(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return micros(at)
}

func (t *transaction) TouchSecret(ctx context.Context, name string, at time.Time, by string) error {
	return t.db.send(ctx, nil, "UPDATE secrets SET used = $2, used_by = $3 WHERE name = $1 AND COALESCE(used, 0) < $2",
		name, micros(at), by)
}

func (t *transaction) DeleteSecret(ctx context.Context, name string) error {
	return t.db.send(ctx, onboarding.ErrNotFound, "DELETE FROM secrets WHERE name = $1", name)
}

func (t *transaction) PutSetting(ctx context.Context, name, value string) error {
	return t.db.send(ctx, nil, `INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

func (t *transaction) HoldsSealed(ctx context.Context) (bool, error) {
	return t.exists(ctx, `SELECT EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM credentials)
		OR EXISTS (SELECT 1 FROM idempotency) OR EXISTS (SELECT 1 FROM hotspots WHERE secret_key_id IS NOT NULL)
		OR EXISTS (SELECT 1 FROM customers WHERE document_key_id IS NOT NULL)
		OR EXISTS (SELECT 1 FROM messages WHERE key_id IS NOT NULL)
		OR EXISTS (SELECT 1 FROM verifications WHERE key_id IS NOT NULL)`)
}
