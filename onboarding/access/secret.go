package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"onramp/onboarding"
)

// Secret returns the deployment's secret of that name, size random bytes. The first call on the
// database creates it, sealed; all replicas get the same value.
func (s *Control) Secret(ctx context.Context, name string, size int) ([]byte, error) {
	purpose := onboarding.SecretPurpose(name)
	box, err := s.store.Secret(ctx, name)
	if errors.Is(err, onboarding.ErrNotFound) {
		fresh := make([]byte, size)
		_, _ = rand.Read(fresh)
		made := onboarding.StoredSecret{
			Name: name, Value: s.sealer.Seal(fresh, purpose), Created: s.clock.Now(),
		}
		// The secret is read again in the transaction: another transaction of the same group
		// commit may have created it, invisible to reads before that commit.
		err = s.store.Write(ctx, func(tx onboarding.Tx) error {
			known, err := tx.Secret(ctx, name)
			if err == nil {
				box = known
			}
			if !errors.Is(err, onboarding.ErrNotFound) {
				return err
			}
			box = made.Value
			return tx.InsertSecret(ctx, made)
		})
		if onboarding.KindOf(err) == onboarding.Conflict { // another replica created it first
			box, err = s.store.Secret(ctx, name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	value, err := s.sealer.Open(box, purpose)
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return value, nil
}

// GivenSecret returns a secret that a person has given, ErrNotFound if there is none of that name.
func (s *Control) GivenSecret(ctx context.Context, name string) ([]byte, error) {
	box, err := s.store.Secret(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.sealer.Open(box, onboarding.SecretPurpose(name))
}

// secretLimits is the name of the secret of the keyed hashes of budgets.
const secretLimits = "limits-key"

// KeySize is the size in bytes of the secrets used as keys.
const KeySize = onboarding.BoxKeySize

// Setting returns a plain setting of the deployment, ErrNotFound if it is not set.
func (s *Control) Setting(ctx context.Context, name string) (string, error) {
	return s.store.Setting(ctx, name)
}

// OptionalSetting returns a plain setting of the deployment, or "" if it is not set.
func (s *Control) OptionalSetting(ctx context.Context, name string) (string, error) {
	text, err := s.Setting(ctx, name)
	if errors.Is(err, onboarding.ErrNotFound) {
		return "", nil
	}
	return text, err
}

// PutSetting stores a plain setting for all processes on this database.
func (s *Control) PutSetting(ctx context.Context, name, value string) error {
	return s.store.Write(ctx, func(tx onboarding.Tx) error { return tx.PutSetting(ctx, name, value) })
}

// ChangeSetting is PutSetting for a setting that a person chose: a change is recorded.
func (s *Control) ChangeSetting(ctx context.Context, name, value string) error {
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		if stored, err := tx.Setting(ctx, name); err == nil && stored == value {
			return nil
		} else if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
		if err := tx.PutSetting(ctx, name, value); err != nil {
			return err
		}
		return s.Record(ctx, tx, onboarding.Act{Action: onboarding.AuditSettingsChanged, Fields: []string{name}})
	})
}
