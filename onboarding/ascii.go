package onboarding

import (
	"strings"
	"unicode"
)

// asciiForms returns a text with its invisible format characters removed, every decimal digit and full-width sign as its ASCII
// form, and every other space as a blank.
func asciiForms(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < unicode.MaxASCII:
			return r
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			return -1
		case r >= '\uff01' && r <= '\uff5e': // full-width forms of ASCII
			return r - '\uff01' + '!'
		case r == '\ufe62': // small plus
			return '+'
		case unicode.Is(unicode.Pd, r) || r == '\u2212': // hyphens, dashes, minus
			return '-'
		case unicode.IsSpace(r):
			return ' '
		}
		if digit, ok := decimalDigit(r); ok {
			return '0' + rune(digit)
		}
		return r
	}, text)
}

// decimalDigit returns the value of a decimal digit of any script. Unicode keeps the ten of each script together and in order.
func decimalDigit(r rune) (int, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	first := r
	for unicode.Is(unicode.Nd, first-1) {
		first--
	}
	return int(r-first) % 10, true
}
