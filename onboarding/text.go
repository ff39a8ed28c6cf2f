package onboarding

import (
	"strings"
	"unicode/utf8"
)

// checkText requires that a text of a request is UTF-8 that XML 1.0 carries (section 2.2 of its specification), without control
// characters, and has at most max bytes.
func checkText(field, text string, max int) error {
	if len(text) > max {
		return InvalidField(field, "longer than %d bytes", max)
	}
	if !utf8.ValidString(text) {
		return InvalidField(field, "not UTF-8")
	}
	if i := strings.IndexFunc(text, notText); i >= 0 {
		return InvalidField(field, "a control character or one that XML cannot carry at byte %d", i)
	}
	return nil
}

// notText holds for C0 and C1 controls, DEL, and the non-characters that XML 1.0 excludes. U+2028 and its like are text.
func notText(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff
}

// cutText shortens a text to at most max bytes without splitting a character; it is for what we record of others' headers.
func cutText(text string, max int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= max {
		return text
	}
	for max > 0 && !utf8.RuneStart(text[max]) {
		max--
	}
	return text[:max]
}
