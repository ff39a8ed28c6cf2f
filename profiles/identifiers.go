package profiles

import (
	"strings"

	"github.com/google/uuid"
)

// namespace keeps the UUIDs below apart from everybody else's version 5 UUIDs.
// Changing it, or what is hashed, would make every installed profile a stranger
// to its successor: never change either.
var namespace = uuid.NewSHA1(uuid.NameSpaceOID, []byte("onramp.profiles"))

// stableUUID derives a version 5 UUID (RFC 9562) from what it identifies. NUL
// cannot occur in a part, so different parts never give the same text.
func stableUUID(parts ...string) uuid.UUID {
	return uuid.NewSHA1(namespace, []byte(strings.Join(parts, "\x00")))
}
