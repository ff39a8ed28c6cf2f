package java

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Some of the parser's limits and leniencies come from Java's library.

// Integer parses a number as Java's Integer.parseInt and Long.parseLong do: an optional sign, then
// digits of any script.
func Integer(s string, base, bits int) (int64, error) {
	plain := strings.Map(func(r rune) rune {
		if d := digit(r); d >= 0 {
			return rune(strconv.FormatInt(int64(d), 36)[0])
		}
		if r == '_' {
			return -2 // not a digit
		}
		return r
	}, s)
	return strconv.ParseInt(plain, base, bits)
}

// digit returns the value of a digit or Latin letter, including full-width letters, or -1.
func digit(r rune) int {
	switch {
	case '0' <= r && r <= '9':
		return int(r - '0')
	case 'a' <= r && r <= 'z':
		return int(r-'a') + 10
	case 'A' <= r && r <= 'Z':
		return int(r-'A') + 10
	case 0xff21 <= r && r <= 0xff3a:
		return int(r-0xff21) + 10
	case 0xff41 <= r && r <= 0xff5a:
		return int(r-0xff41) + 10
	}
	for _, block := range unicode.Nd.R16 {
		if rune(block.Lo) <= r && r <= rune(block.Hi) {
			return int(r-rune(block.Lo)) % 10
		}
	}
	for _, block := range unicode.Nd.R32 {
		if rune(block.Lo) <= r && r <= rune(block.Hi) {
			return int(r-rune(block.Lo)) % 10
		}
	}
	return -1
}

// Split splits as String.split does: trailing empty parts are removed, and an empty text has one
// empty part.
func Split(s, separator string) []string {
	parts := strings.Split(s, separator)
	if s == "" {
		return parts
	}
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// Length returns the length as String.length does, in UTF-16 units.
func Length(s string) int { return len(utf16.Encode([]rune(s))) }

// Hex decodes pairs of hex digits. Each pair is parsed as a number, so the first may be a sign.
func Hex(s string) ([]byte, error) {
	if Length(s)%2 != 0 {
		return nil, hex.ErrLength
	}
	runes := []rune(s)
	if len(runes)%2 != 0 {
		return nil, hex.ErrLength
	}
	out := make([]byte, 0, len(runes)/2)
	for i := 0; i < len(runes); i += 2 {
		v, err := Integer(string(runes[i:i+2]), 16, 16)
		if err != nil {
			return nil, err
		}
		out = append(out, byte(v))
	}
	return out, nil
}

// IsWhitespace reports whether Character.isWhitespace holds for a character of ISO 8859-1.
func IsWhitespace(c byte) bool { return c >= '\t' && c <= '\r' || c >= 0x1c && c <= ' ' }

// IsBlank reports whether a line has only characters up to U+0020. Such a line ends a header.
func IsBlank(line string) bool { return Trim(line) == "" }

// Trim removes characters up to U+0020 from both ends, as String.trim does.
func Trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}
