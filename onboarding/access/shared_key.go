package access

import (
	"context"
	"sync"
)

// SharedKey is a value built from a secret of the deployment, such as a cipher. It is loaded on
// first use and kept; PrepareSecrets loads it at start. Its method is safe for concurrent use.
type SharedKey[T any] struct {
	mu     sync.Mutex
	value  T
	loaded bool
}

// Get returns the value. The first successful call builds it from the secret of that name.
func (k *SharedKey[T]) Get(ctx context.Context, s *Control, name string, build func(key []byte) (T, error)) (T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.loaded {
		return k.value, nil
	}
	var none T
	key, err := s.Secret(ctx, name, KeySize)
	if err != nil {
		return none, err
	}
	value, err := build(key)
	if err != nil {
		return none, err
	}
	k.value, k.loaded = value, true
	return value, nil
}
