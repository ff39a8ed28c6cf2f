package onboarding

import (
	"encoding/hex"

	"github.com/google/uuid"
)

// NewID returns a UUIDv7 as 32 lower-case hex digits: unique, and ordered by the time of its making.
func NewID() string {
	id := uuid.Must(uuid.NewV7())
	return hex.EncodeToString(id[:])
}

// ValidID reports whether s has the form of an ID: 32 lower-case hex digits.
func ValidID(s string) bool {
	if len(s) != 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
