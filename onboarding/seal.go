package onboarding

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Sealed is a secret under AES-256-GCM: the nonce followed by the ciphertext, and the ID of the
// master key.
type Sealed struct {
	KeyID string `json:"keyId"`
	Box   []byte `json:"box"`
}

// Sealer seals and opens secrets with a master key. It is safe for concurrent use.
type Sealer struct {
	keyID string
	aead  cipher.AEAD
}

// MasterKeySize is the length of a master key in bytes.
const MasterKeySize = 32

// NewSealer returns a Sealer for a master key of MasterKeySize bytes.
func NewSealer(master []byte) (*Sealer, error) {
	if len(master) != MasterKeySize {
		return nil, fmt.Errorf("master key must have %d bytes, not %d", MasterKeySize, len(master))
	}
	block, err := aes.NewCipher(master)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(append([]byte("onramp master key ID\x00"), master...))
	return &Sealer{keyID: hex.EncodeToString(id[:8]), aead: aead}, nil
}

// KeyID identifies the master key without revealing anything about it.
func (s *Sealer) KeyID() string { return s.keyID }

// Seal encrypts plain. The purpose names the row that stores the result and is authenticated, so
// that a sealed secret copied to another row does not open.
func (s *Sealer) Seal(plain []byte, purpose string) Sealed {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return Sealed{KeyID: s.keyID, Box: s.aead.Seal(nonce, nonce, plain, []byte(purpose))}
}

// Open decrypts the result of Seal for the same purpose. Its error reveals nothing about the
// content.
func (s *Sealer) Open(box Sealed, purpose string) ([]byte, error) {
	if box.KeyID != s.keyID {
		return nil, fmt.Errorf("sealed under master key %s, this process has %s", box.KeyID, s.keyID)
	}
	n := s.aead.NonceSize()
	if len(box.Box) < n {
		return nil, errors.New("sealed value is truncated")
	}
	plain, err := s.aead.Open(nil, box.Box[:n], box.Box[n:], []byte(purpose))
	if err != nil {
		return nil, errors.New("cannot open sealed value: it was altered or belongs to another row")
	}
	return plain, nil
}

// HotspotSecretPurpose returns the purpose that binds a RADIUS secret to its hotspot.
func HotspotSecretPurpose(hotspotID string) string { return "hotspot " + hotspotID }

// PasswordPurpose returns the purpose that binds a Wi-Fi password to its customer.
func PasswordPurpose(customerID string) string { return "password " + customerID }
