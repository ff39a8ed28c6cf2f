package onboarding

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// The length of a RADIUS secret in bytes. RFC 2865 wants at least one and advises sixteen; fewer than eight are found by trying, since
// every packet lets a listener check a guess. More than 128 no access point takes.
const (
	minRADIUSSecret = 8
	maxRADIUSSecret = 128
)

// CheckRADIUSSecret returns why an access point's RADIUS secret is refused, without showing it. A secret that passes can be written into
// FreeRADIUS's configuration.
func CheckRADIUSSecret(secret []byte) error {
	switch {
	case len(secret) == 0:
		return InvalidField("", "it is empty")
	case len(secret) < minRADIUSSecret:
		return InvalidField("", "it has %d bytes, and one shorter than %d is soon guessed: make one of 16 or more", len(secret), minRADIUSSecret)
	case len(secret) > maxRADIUSSecret:
		return InvalidField("", "it has %d bytes, more than %d", len(secret), maxRADIUSSecret)
	case !utf8.Valid(secret):
		return InvalidField("", "it is not UTF-8")
	case bytes.ContainsFunc(secret, NotText):
		return InvalidField("", "it holds a line break or another control character")
	case !bytes.Equal(secret, bytes.TrimSpace(secret)):
		return InvalidField("", "it begins or ends with a blank")
	}
	if _, err := FreeRADIUSWord(string(secret)); err != nil {
		return InvalidField("", "%v", err)
	}
	return nil
}

// errUnquotable does not show the text: it is mostly a secret.
var errUnquotable = errors.New("it has a form that FreeRADIUS cannot read: a control character, a backslash at its end, or backslashes before both kinds of quotes")

// FreeRADIUSWord returns the text as one word of FreeRADIUS's configuration. In single quotes FreeRADIUS reads \' as ' and leaves everything else as
// it is, another pair with a backslash included; in double quotes likewise, but it expands ${...} and $ENV{...}.
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

// quotable reports whether every backslash of the text, read in pairs as FreeRADIUS does, has another character than the quote after it.
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
