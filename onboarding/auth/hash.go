package auth

import (
	"crypto/sha256"
	"encoding/hex"
)

// hashLength is the length of every hash this package returns.
const hashLength = 2 * sha256.Size

// activationLength gives an activation token 131 bits in a short text.
const activationLength = 22

// NewActivationToken makes the secret part of an activation link: 22 letters
// and digits, 131 random bits, to be put into a URL as they are. Only
// [HashToken] of it is kept.
func NewActivationToken() string { return randomText(base62, activationLength) }

// HashToken returns what the database keeps of an activation token, and what a
// link is looked up by: 64 lower-case hexadecimal digits. It takes any text, so
// that a mistyped link costs what a good one does and is simply not found.
func HashToken(token string) string { return hashText("activation token", token) }

// hashText hashes a text under a label that says what kind of secret it is.
// No label holds the separating zero octet, so no two kinds can meet.
func hashText(label, text string) string {
	h := sha256.New()
	h.Write([]byte("onramp " + label + "\x00"))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}
