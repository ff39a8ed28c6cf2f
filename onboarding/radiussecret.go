package onboarding

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// The length of a RADIUS secret in bytes. RFC 2865 requires at least one and recommends sixteen.
// Fewer than eight can be found by trial, because every packet lets an eavesdropper check a
// guess. Access points accept no more than 128.
const (
	minRADIUSSecret = 8
	maxRADIUSSecret = 128
)

// CheckRADIUSSecret returns the reason to refuse an access point's RADIUS secret, without showing
// the secret. A secret that passes can be written into FreeRADIUS's configuration.
func CheckRADIUSSecret(secret []byte) error {
	switch {
	case len(secret) == 0:
		return InvalidField("", "it is empty")
	case len(secret) < minRADIUSSecret:
		return InvalidField("", "it has %d bytes; fewer than %d are easily guessed, use 16 or more",
			len(secret), minRADIUSSecret)
	case len(secret) > maxRADIUSSecret:
		return InvalidField("", "it has %d bytes, the maximum is %d", len(secret), maxRADIUSSecret)
	case !utf8.Valid(secret):
		return InvalidField("", "it is not UTF-8")
	case bytes.ContainsFunc(secret, NotText):
		return InvalidField("", "it contains a line break or another control character")
	case !bytes.Equal(secret, bytes.TrimSpace(secret)):
		return InvalidField("", "it must not start or end with a space")
	}
	if _, err := FreeRADIUSWord(string(secret)); err != nil {
		return InvalidField("", "%v", err)
	}
	return nil
}

// errUnquotable omits the text, which is usually a secret.
var errUnquotable = errors.New("FreeRADIUS cannot read it: it contains a control character, " +
	"a backslash at its end, or backslashes before both kinds of quotes")

// FreeRADIUSWord returns the text as one word of FreeRADIUS configuration. In single quotes,
// FreeRADIUS reads \' as ' and every other character literally, including other pairs with a
// backslash; in double quotes likewise, but it expands ${...} and $ENV{...}.
func FreeRADIUSWord(text string) (string, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0xfffd }) {
		return "", errUnquotable
	}
	if quotable(text, '\'') {
		return "'" + strings.ReplaceAll(text, "'", `\'`) + "'", nil
	}
	if quotable(text, '"') && !strings.ContainsRune(text, '$') {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`, nil
	}
	return "", errUnquotable
}

// quotable reports whether no backslash of the text, paired as FreeRADIUS does, precedes the
// quote.
func quotable(text string, quote byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if i == len(text) || text[i] == quote {
			return false
		}
	}
	return true
}
