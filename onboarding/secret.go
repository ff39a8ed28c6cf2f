package onboarding

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// Secret returns the deployment's secret of that name, size random bytes made and sealed in the database by whoever asks
// first; every replica gets the same.
func (s *Service) Secret(ctx context.Context, name string, size int) ([]byte, error) {
	purpose := "secret " + name
	box, err := s.store.Secret(ctx, name)
	if errors.Is(err, ErrNotFound) {
		fresh := make([]byte, size)
		_, _ = rand.Read(fresh)
		made := s.sealer.Seal(fresh, purpose)
		// It is looked for again where it is written: a neighbour in the same commit may have been faster, whose secret nobody sees before that commit.
		err = s.store.Write(ctx, func(tx Tx) error {
			known, err := tx.Secret(ctx, name)
			if err == nil {
				box = known
			}
			if !errors.Is(err, ErrNotFound) {
				return err
			}
			box = made
			return tx.InsertSecret(ctx, name, made)
		})
		if KindOf(err) == Conflict { // another replica was faster
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
const keySize = 32

// prepareCursors makes and loads the key of cursors.
func (s *Service) prepareCursors(ctx context.Context) error {
	_, err := s.cursors.get(ctx, s, secretCursor)
	return err
}

// Setting returns a plain setting of the deployment; ErrNotFound if nobody set it.
func (s *Service) Setting(ctx context.Context, name string) (string, error) {
	return s.store.Setting(ctx, name)
}

// PutSetting keeps a plain setting, for every process on this database.
func (s *Service) PutSetting(ctx context.Context, name, value string) error {
	return s.store.Write(ctx, func(tx Tx) error { return tx.PutSetting(ctx, name, value) })
}

// FreeRADIUSConfigured reports whether a FreeRADIUS configuration was ever written for this deployment: whether the secret that it
// carries exists.
func (s *Service) FreeRADIUSConfigured(ctx context.Context) (bool, error) {
	_, err := s.store.Secret(ctx, secretRADIUS)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
