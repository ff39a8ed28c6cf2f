package onboarding

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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

// DocumentPurpose returns the purpose that binds a customer's identity document to the customer.
func DocumentPurpose(customerID string) string { return "document " + customerID }

// BoxKeySize is the length of a Box's key in bytes.
const BoxKeySize = 32

// Box encrypts values with AES-256-GCM (NIST SP 800-38D). An encrypted value is the random 12-byte
// nonce, the ciphertext and the 16-byte tag. Its methods are safe for concurrent use.
//
// The purpose is authenticated as associated data and not stored: it names the row, route or form
// to which the value belongs, and the value opens for the same purpose only. Stored and circulating
// values depend on this layout and on the purposes; neither may change.
//
// Random nonces limit a key to 2^32 values. A deployment issues far fewer under each of its keys.
type Box struct{ aead cipher.AEAD }

// NewBox returns a Box for a key of BoxKeySize bytes.
func NewBox(key []byte) (*Box, error) {
	if len(key) != BoxKeySize {
		return nil, fmt.Errorf("key must have %d bytes, not %d", BoxKeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Box{aead: aead}, nil
}

// Seal encrypts plain for a purpose.
func (b *Box) Seal(plain []byte, purpose string) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(purpose))
}

// Open decrypts a result of Seal for the same purpose. Its error reveals nothing about the content.
func (b *Box) Open(sealed []byte, purpose string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, errBox
	}
	return plain, nil
}

var errBox = errors.New("cannot open sealed value: it was altered or belongs elsewhere")
