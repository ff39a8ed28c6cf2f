package profiles

import (
	"strings"

	"github.com/google/uuid"
)

// namespace is the namespace of all version 5 UUIDs of this package. Never change the
// namespace or the hashed text: new documents would no longer replace installed ones.
var namespace = uuid.NewSHA1(uuid.NameSpaceOID, []byte("onramp.profiles"))

// stableUUID returns the version 5 UUID (RFC 9562) of the given parts. Parts contain
// no NUL, the separator, so different parts give different UUIDs.
func stableUUID(parts ...string) uuid.UUID {
	return uuid.NewSHA1(namespace, []byte(strings.Join(parts, "\x00")))
}
