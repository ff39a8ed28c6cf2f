package acme

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/caddyserver/certmagic"

	"onramp/onboarding"
)

// Store is the part of the database that the package uses.
type Store interface {
	onboarding.Writer
	Secret(ctx context.Context, name string) (onboarding.Sealed, error)
	Secrets(ctx context.Context) ([]onboarding.StoredSecret, error)
	Setting(ctx context.Context, name string) (string, error)
}

// prefix is that of the secrets' names.
const prefix = "acme/"

// storage implements certmagic.Storage: each file is a secret of the deployment, named by its key.
type storage struct {
	store  Store
	sealer *onboarding.Sealer
	clock  onboarding.Clock
	leases *leases
}

// String returns a text for logs.
func (s *storage) String() string { return "database" }

// Store implements certmagic.Storage.
func (s *storage) Store(ctx context.Context, key string, value []byte) error {
	name := prefix + key
	made := onboarding.StoredSecret{
		Name: name, Value: s.sealer.Seal(value, onboarding.SecretPurpose(name)), Created: s.clock.Now(),
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := deleteSecret(ctx, tx, name); err != nil {
			return err
		}
		return tx.InsertSecret(ctx, made)
	})
}

// Load implements certmagic.Storage.
func (s *storage) Load(ctx context.Context, key string) ([]byte, error) {
	name := prefix + key
	box, err := s.store.Secret(ctx, name)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	return s.sealer.Open(box, onboarding.SecretPurpose(name))
}

// Delete implements certmagic.Storage: it deletes the file, or all files below a folder.
func (s *storage) Delete(ctx context.Context, key string) error {
	found, err := s.below(ctx, key)
	if err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		for _, f := range found {
			if err := deleteSecret(ctx, tx, prefix+f.Key); err != nil {
				return err
			}
		}
		return nil
	})
}

// deleteSecret deletes a secret if there is one of that name.
func deleteSecret(ctx context.Context, tx onboarding.Tx, name string) error {
	_, err := tx.Secret(ctx, name)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.DeleteSecret(ctx, name)
}

// Exists implements certmagic.Storage.
func (s *storage) Exists(ctx context.Context, key string) bool {
	found, err := s.below(ctx, key)
	return err == nil && len(found) > 0
}

// List implements certmagic.Storage.
func (s *storage) List(ctx context.Context, folder string, recursive bool) ([]string, error) {
	found, err := s.below(ctx, folder)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, f := range found {
		below, inside := strings.CutPrefix(f.Key, folder+"/")
		if folder == "" {
			below, inside = f.Key, true
		}
		if !inside {
			continue
		}
		key := f.Key
		if child, _, deeper := strings.Cut(below, "/"); deeper && !recursive {
			key = strings.TrimSuffix(f.Key, below) + child
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s: %w", folder, fs.ErrNotExist)
	}
	return keys, nil
}

// Stat implements certmagic.Storage.
func (s *storage) Stat(ctx context.Context, key string) (certmagic.KeyInfo, error) {
	found, err := s.below(ctx, key)
	if err != nil {
		return certmagic.KeyInfo{}, err
	}
	if len(found) == 0 {
		return certmagic.KeyInfo{}, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	if found[0].Key == key {
		return found[0], nil
	}
	return certmagic.KeyInfo{Key: key}, nil
}

// below returns the file of that key, or the files below the folder; "" is the root.
func (s *storage) below(ctx context.Context, key string) ([]certmagic.KeyInfo, error) {
	all, err := s.store.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	var found []certmagic.KeyInfo
	for _, secret := range all {
		name, ours := strings.CutPrefix(secret.Name, prefix)
		if ours && (key == "" || name == key || strings.HasPrefix(name, key+"/")) {
			found = append(found, certmagic.KeyInfo{Key: name, Modified: secret.Created, IsTerminal: true})
		}
	}
	return found, nil
}

// Lock implements certmagic.Locker.
func (s *storage) Lock(ctx context.Context, name string) error { return s.leases.lock(ctx, name) }

// Unlock implements certmagic.Locker.
func (s *storage) Unlock(ctx context.Context, name string) error { return s.leases.unlock(ctx, name) }
