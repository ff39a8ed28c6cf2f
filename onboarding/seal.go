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

// Sealed is a secret under AES-256-GCM: the nonce, then the ciphertext, and the ID of the key that opens it.
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
		return nil, fmt.Errorf("a master key has %d bytes, not %d", MasterKeySize, len(master))
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

// KeyID names the master key without telling anything of it.
func (s *Sealer) KeyID() string { return s.keyID }

// Seal encrypts plain. What it is for (the row that will hold it) is authenticated, so that a box moved to another
// place does not open.
func (s *Sealer) Seal(plain []byte, purpose string) Sealed {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return Sealed{KeyID: s.keyID, Box: s.aead.Seal(nonce, nonce, plain, []byte(purpose))}
}

// Open decrypts what Seal made for the same purpose. The error says nothing of the content.
func (s *Sealer) Open(box Sealed, purpose string) ([]byte, error) {
	if box.KeyID != s.keyID {
		return nil, fmt.Errorf("sealed under master key %s, this process has %s", box.KeyID, s.keyID)
	}
	n := s.aead.NonceSize()
	if len(box.Box) < n {
		return nil, errors.New("sealed value is cut")
	}
	plain, err := s.aead.Open(nil, box.Box[:n], box.Box[n:], []byte(purpose))
	if err != nil {
		return nil, errors.New("sealed value does not open: it was changed or belongs elsewhere")
	}
	return plain, nil
}

// hotspotSecretPurpose binds a hotspot's sealed RADIUS secret to its hotspot.
func HotspotSecretPurpose(hotspotID string) string { return "hotspot " + hotspotID }

// passwordPurpose binds a sealed Wi-Fi password to its customer.
func PasswordPurpose(customerID string) string { return "password " + customerID }
