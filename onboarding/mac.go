package onboarding

import "strings"

// NormalizeMAC turns a 48-bit address in any usual notation (02-00-00-00-00-01, 02:00:..., 0200.0000.0001, bare digits, any
// case) into lower-case hex with colons.
func NormalizeMAC(text string) (mac string, ok bool) {
	var digits []byte
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
			digits = append(digits, c)
		case c >= 'A' && c <= 'F':
			digits = append(digits, c+'a'-'A')
		}
	}
	if len(digits) != 12 || !macLayout(text) {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.Write(digits[i : i+2])
	}
	return b.String(), true
}

// macLayout reports whether separators stand where a notation puts them: one kind of separator, between groups of equal length.
func macLayout(text string) bool {
	separators := strings.Map(func(r rune) rune {
		if strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return -1
		}
		return r
	}, text)
	if separators == "" {
		return true
	}
	separator := separators[:1]
	if !strings.Contains(":-. ", separator) || strings.Trim(separators, separator) != "" {
		return false
	}
	groups := strings.Split(text, separator)
	if len(groups) != 6 && len(groups) != 3 && len(groups) != 2 {
		return false
	}
	for _, g := range groups {
		if len(g) != 12/len(groups) {
			return false
		}
	}
	return true
}
