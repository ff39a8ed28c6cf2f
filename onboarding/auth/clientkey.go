package auth

import (
	"crypto/subtle"

	"github.com/google/uuid"
)

// secretLength gives a client secret 190 bits: out of reach for guessing even
// against a stolen hash.
const secretLength = 32

// NewClientKey makes a client key and its secret. The key ("ck-" and a random
// UUID) is a name and may be shown; the secret (32 letters and digits, 190
// random bits) is shown once and kept only as [HashSecret] of it.
func NewClientKey() (key, secret string) {
	return "ck-" + uuid.NewString(), randomText(base62, secretLength)
}

// HashSecret returns what the database keeps of a client secret: 64 lower-case
// hexadecimal digits. It is one SHA-256, without salt or stretching, and right
// only because NewClientKey made the secret; a secret that a person chose
// would need a password hash.
func HashSecret(secret string) string { return hashText("client secret", secret) }

// CompareSecret reports whether hash is HashSecret(secret). It takes the same
// time for a right secret, a wrong one, and an unknown client key, for which
// the caller passes an empty hash: the answer's time does not tell which keys
// exist. An empty or malformed hash matches no secret.
func CompareSecret(hash, secret string) bool {
	kept := hash
	if len(hash) != hashLength {
		kept = noSecret
	}
	equal := subtle.ConstantTimeCompare([]byte(kept), []byte(HashSecret(secret))) == 1
	return equal && len(hash) == hashLength
}

// noSecret stands in for the hash of an unknown key, so that the comparison
// does its whole work. It need not be secret: it never makes one match.
var noSecret = hashText("no client key", "")
