package verification

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// codeDigits is the length of a code.
const codeDigits = 6

// newCode returns a code of uniformly distributed digits.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n), nil
}

// ParseCode returns the code in typed text, which may hold spaces, dashes, and the digits of the
// keyboards of other scripts.
func ParseCode(typed string) (code string, ok bool) {
	if len(typed) > 100 {
		return "", false
	}
	var digits strings.Builder
	for _, r := range typed {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Dash, unicode.Cf) {
			continue
		}
		i := slices.IndexFunc(zeros, func(zero rune) bool { return r >= zero && r < zero+10 })
		if i < 0 {
			return "", false
		}
		digits.WriteByte(byte('0' + r - zeros[i]))
	}
	return digits.String(), digits.Len() == codeDigits
}

// zeros are the digits zero of ASCII, Arabic, Persian, Devanagari, and Japanese full width.
var zeros = []rune{'0', 0x0660, 0x06f0, 0x0966, 0xff10}

// hashes makes the keyed hashes of a deployment: without the key, a copy of the database reveals
// neither codes nor addresses.
type hashes []byte

func (v *Verifications) hashes(ctx context.Context) (hashes, error) {
	key, err := v.key.Get(ctx, v.access, secretKey, func(key []byte) ([]byte, error) { return key, nil })
	return key, err
}

// sum returns the keyed hash of the parts, each preceded by its length.
func (h hashes) sum(parts ...string) []byte {
	mac := hmac.New(sha256.New, h)
	for _, p := range parts {
		mac.Write(binary.AppendUvarint(nil, uint64(len(p))))
		mac.Write([]byte(p))
	}
	return mac.Sum(nil)
}

func (h hashes) text(parts ...string) string { return hex.EncodeToString(h.sum(parts...)) }

// token returns a token that only the holder of the key can derive.
func (h hashes) token(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(h.sum(parts...)[:24])
}

func (h hashes) code(id, code string) string { return h.text("code", id, code) }

func (h hashes) recipient(organizationID string, channel onboarding.VerifyChannel, address string) string {
	return h.text("recipient", organizationID, string(channel), channel.Key(address))
}

// mailbox returns the hash of the addresses that may lead to one person's mailbox: many servers
// ignore dots before the @, and the part after a +.
func (h hashes) mailbox(organizationID string, channel onboarding.VerifyChannel, address string) string {
	if local, domain, ok := onboarding.CutLastAt(address); ok && channel == onboarding.VerifyEmail {
		local, _, _ = strings.Cut(local, "+")
		address = strings.ReplaceAll(local, ".", "") + "@" + domain
	}
	return h.recipient(organizationID, channel, address)
}

func (h hashes) session(token string) string { return h.text("session", token) }
func (h hashes) link(token string) string    { return h.text("link", token) }
func (h hashes) form(id string) string       { return h.text("form", id) }

// pageLink returns the token of the link to the profile for the page of a sign-up.
func (h hashes) pageLink(session string) string { return h.token("profile of a page", session) }

// browserLink returns the token of the link to the profile for the browser that sends the form of a
// link's page.
func (h hashes) browserLink(form, link string) string {
	return h.token("profile of a link", form, link)
}

// equal compares two hashes in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// newLinkToken returns the token of a link that is sent.
func newLinkToken() string { return auth.NewLinkToken() }
