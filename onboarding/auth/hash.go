package auth

import (
	"crypto/sha256"
	"encoding/hex"
)

// hashLength is the length of every hash this package returns.
const hashLength = 2 * sha256.Size

// activationLength is the number of characters of a link's token, 131 random bits.
const activationLength = 22

// NewLinkToken returns the secret part of a new link: 22 letters and digits (131
// random bits), which need no escaping in a URL. Store only its [HashToken].
func NewLinkToken() string { return randomText(base62, activationLength) }

// sessionLength is the number of characters of a session's token, 256 random bits.
const sessionLength = 43

// NewSessionToken returns the secret of a new session of the console: 43 letters and
// digits (256 random bits). Store only its [HashToken].
func NewSessionToken() string { return randomText(base62, sessionLength) }

// HashToken returns the hash of a link's token, by which the database finds the link:
// 64 lower-case hexadecimal digits. It accepts any text, so that an invalid token
// costs the same time as a valid one.
func HashToken(token string) string { return hashText("activation token", token) }

// hashText returns the SHA-256 of a label and a text. The label names the kind of
// secret and contains no zero octet, the separator, so that the hashes of two kinds
// differ.
func hashText(label, text string) string {
	h := sha256.New()
	h.Write([]byte("onramp " + label + "\x00"))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}
