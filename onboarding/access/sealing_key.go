package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"sync"
)

// SealingKey is a secret of the deployment used as an AEAD key. PrepareSecrets loads it at start;
// otherwise it is loaded when first used.
type SealingKey struct {
	mu   sync.Mutex
	aead cipher.AEAD
}

func (k *SealingKey) Get(ctx context.Context, s *Control, name string) (cipher.AEAD, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.aead != nil {
		return k.aead, nil
	}
	key, err := s.Secret(ctx, name, KeySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	k.aead, err = cipher.NewGCM(block)
	return k.aead, err
}
