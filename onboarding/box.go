package onboarding

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

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
