package auth

import "crypto/rand"

const (
	base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

	// readable holds the characters that people can copy without mistakes: at most
	// one of each similar group (0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V), and no vowels,
	// to avoid accidental words.
	readable = "CDFGHJKMNPRTVWXY34679"

	usernameLength = 14
	passwordLength = 24
)

// GenerateUsername returns a random Wi-Fi user name: 14 upper-case letters and digits
// without similar characters, 61 random bits. Duplicates are unlikely but possible:
// if the store rejects a name, call GenerateUsername again.
func GenerateUsername() string { return randomText(readable, usernameLength) }

// GeneratePassword returns a random Wi-Fi password: 24 upper-case letters and digits
// without similar characters, 105 random bits. A captured MSCHAPv2 exchange (RFC 2759)
// can be attacked offline and is only as strong as the password.
func GeneratePassword() string { return randomText(readable, passwordLength) }

// randomText returns n random characters of the alphabet, all equally likely. Octets
// from the largest multiple of the alphabet's length on are discarded, because their
// remainders would favour the first characters.
func randomText(alphabet string, n int) string {
	limit := 256 - 256%len(alphabet)
	text := make([]byte, 0, n)
	var octets [64]byte
	for len(text) < n {
		rand.Read(octets[:]) // never returns an error
		for _, o := range octets {
			if int(o) < limit && len(text) < n {
				text = append(text, alphabet[int(o)%len(alphabet)])
			}
		}
	}
	return string(text)
}
