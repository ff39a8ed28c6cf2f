package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"unicode/utf8"
)

// hashLength is the length of every hash this package returns.
const hashLength = 2 * sha256.Size

// ErrGuid is returned for a guid that is too short, too long or not UTF-8.
var ErrGuid = errors.New("a guid has 16 to 128 characters")

// HashGuid returns what the database keeps of a guid, the text by which an app
// proves its device: 64 lower-case hexadecimal digits, equal for equal guids,
// so that a guid is found by its hash. The app makes the guid; 16 to 128
// characters (of UTF-8, not octets) are taken, anything else is [ErrGuid].
func HashGuid(guid string) (string, error) {
	if n := utf8.RuneCountInString(guid); n < 16 || n > 128 || !utf8.ValidString(guid) {
		return "", ErrGuid
	}
	return hashText("guid", guid), nil
}

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
