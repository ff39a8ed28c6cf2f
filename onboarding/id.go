package onboarding

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/google/uuid"

	"onramp/onboarding/auth"
)

// NewID returns a UUIDv7 as 32 lower-case hex digits: unique, and ordered by creation time.
func NewID() string {
	id := uuid.Must(uuid.NewV7())
	return hex.EncodeToString(id[:])
}

// RandomID returns an ID that, unlike one of NewID, holds no creation time.
func RandomID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return hex.EncodeToString(id[:])
}

// ValidID reports whether s has the form of an ID: 32 lower-case hex digits.
func ValidID(s string) bool { return auth.ValidID(s) }
