package auth

import "crypto/rand"

const (
	base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

	// readable is what a person copies without a mistake: of each group that
	// looks alike (0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V) at most one is left, and
	// vowels are left out so that chance writes no words.
	readable = "CDFGHJKMNPRTVWXY34679"

	usernameLength = 14
	passwordLength = 24
)

// GenerateUsername makes a Wi-Fi user name for a customer who brought none: 14
// upper-case letters and digits without look-alikes. Its 61 random bits make
// two equal ones unlikely, not impossible: the store has the last word, and
// the caller asks again.
func GenerateUsername() string { return randomText(readable, usernameLength) }

// GeneratePassword makes a Wi-Fi password: 24 upper-case letters and digits
// without look-alikes, 105 random bits. A captured MSCHAPv2 exchange can be
// attacked at leisure (RFC 2759 leaves the strength to the password), so these
// bits are what stands between the capture and the network.
func GeneratePassword() string { return randomText(readable, passwordLength) }

// randomText draws n characters of the alphabet, each as likely as any other.
// An octet beyond the largest multiple of the alphabet's length is thrown away:
// a plain remainder would prefer the alphabet's first characters.
func randomText(alphabet string, n int) string {
	limit := 256 - 256%len(alphabet)
	text := make([]byte, 0, n)
	var octets [64]byte
	for len(text) < n {
		rand.Read(octets[:]) // never fails: crypto/rand ends the program first
		for _, o := range octets {
			if int(o) < limit && len(text) < n {
				text = append(text, alphabet[int(o)%len(alphabet)])
			}
		}
	}
	return string(text)
}
