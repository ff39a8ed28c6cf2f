package auth

import (
	"crypto/subtle"

	"github.com/google/uuid"
)

// secretLength is the number of characters of a client secret. They have 190 random
// bits, which cannot be guessed even with a stolen hash.
const secretLength = 32

// NewClientKey returns a new client key and its secret. The key is "ck-" and a random
// UUID, and is not secret. The secret has 32 letters and digits (190 random bits);
// show it once and store only its [HashSecret].
func NewClientKey() (key, secret string) {
	return "ck-" + uuid.NewString(), randomText(base62, secretLength)
}

// HashSecret returns the hash of a client secret for the database: 64 lower-case
// hexadecimal digits. It is a SHA-256 without salt or stretching, which is safe only
// for the random secrets of NewClientKey.
func HashSecret(secret string) string { return hashText("client secret", secret) }

// CompareSecret reports whether hash equals HashSecret(secret), in constant time. For
// an unknown client key, pass an empty hash: it matches no secret and takes the same
// time, so that callers cannot find out which keys exist. A malformed hash matches no
// secret.
func CompareSecret(hash, secret string) bool {
	kept := hash
	if len(hash) != hashLength {
		kept = noSecret
	}
	equal := subtle.ConstantTimeCompare([]byte(kept), []byte(HashSecret(secret))) == 1
	return equal && len(hash) == hashLength
}

// noSecret replaces the hash of an unknown key, so that the comparison takes the same
// time. It is not confidential, because CompareSecret reports false for it.
var noSecret = hashText("no client key", "")
