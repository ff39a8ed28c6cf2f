package onboarding

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Sealed is a secret encrypted with a Box under the master key, and the ID of that key.
type Sealed struct {
	KeyID string `json:"keyId"`
	Box   []byte `json:"box"`
}

// Sealer seals and opens secrets with a master key. It is safe for concurrent use.
type Sealer struct {
	keyID string
	box   *Box
}

// MasterKeySize is the length of a master key in bytes.
const MasterKeySize = BoxKeySize

// NewSealer returns a Sealer for a master key of MasterKeySize bytes.
func NewSealer(master []byte) (*Sealer, error) {
	box, err := NewBox(master)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	id := sha256.Sum256(append([]byte("onramp master key ID\x00"), master...))
	return &Sealer{keyID: hex.EncodeToString(id[:8]), box: box}, nil
}

// KeyID identifies the master key without revealing anything about it.
func (s *Sealer) KeyID() string { return s.keyID }

// Seal encrypts plain. The purpose names the row that stores the result, so that a sealed secret
// copied to another row does not open.
func (s *Sealer) Seal(plain []byte, purpose string) Sealed {
	return Sealed{KeyID: s.keyID, Box: s.box.Seal(plain, purpose)}
}

// Open decrypts the result of Seal for the same purpose. Its error reveals nothing about the
// content.
func (s *Sealer) Open(sealed Sealed, purpose string) ([]byte, error) {
	if sealed.KeyID != s.keyID {
		return nil, fmt.Errorf("sealed under master key %s, this process has %s", sealed.KeyID, s.keyID)
	}
	return s.box.Open(sealed.Box, purpose)
}

// HotspotSecretPurpose returns the purpose that binds a RADIUS secret to its hotspot.
func HotspotSecretPurpose(hotspotID string) string { return "hotspot " + hotspotID }

// PasswordPurpose returns the purpose that binds a Wi-Fi password to its customer.
func PasswordPurpose(customerID string) string { return "password " + customerID }
