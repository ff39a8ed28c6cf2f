package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"onramp/onboarding"
)

// Secret returns the deployment's secret of that name, size random bytes made and sealed in the database by whoever asks
// first; every replica gets the same.
func (s *Control) Secret(ctx context.Context, name string, size int) ([]byte, error) {
	purpose := "secret " + name
	box, err := s.store.Secret(ctx, name)
	if errors.Is(err, onboarding.ErrNotFound) {
		fresh := make([]byte, size)
		_, _ = rand.Read(fresh)
		made := s.sealer.Seal(fresh, purpose)
		// It is looked for again where it is written: a neighbour in the same commit may have been faster, whose secret nobody sees before that commit.
		err = s.store.Write(ctx, func(tx onboarding.Tx) error {
			known, err := tx.Secret(ctx, name)
			if err == nil {
				box = known
			}
			if !errors.Is(err, onboarding.ErrNotFound) {
				return err
			}
			box = made
			return tx.InsertSecret(ctx, name, made)
		})
		if onboarding.KindOf(err) == onboarding.Conflict { // another replica was faster
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

// keySize is the size of the secrets that requests need.
const KeySize = 32

// prepareCursors makes and loads the key of cursors.
func (s *Control) PrepareCursors(ctx context.Context) error {
	_, err := s.cursors.Get(ctx, s, secretCursor)
	return err
}

// Setting returns a plain setting of the deployment; ErrNotFound if nobody set it.
func (s *Control) Setting(ctx context.Context, name string) (string, error) {
	return s.store.Setting(ctx, name)
}

// PutSetting keeps a plain setting, for every process on this database.
func (s *Control) PutSetting(ctx context.Context, name, value string) error {
	return s.store.Write(ctx, func(tx onboarding.Tx) error { return tx.PutSetting(ctx, name, value) })
}
