package terminal

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Visible returns a text of others, such as an error of another server, as one line that cannot
// control a terminal: control characters and characters that change the direction of writing are
// written as \u and their number.
func Visible(text string) string { return visible(text, "") }

// VisibleLines is Visible for a text of several lines.
func VisibleLines(text string) string { return visible(text, "\n\t") }

func visible(text, but string) string {
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case controls(r) && !strings.ContainsRune(but, r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// controls reports whether a character is a control character, a separator of lines, or changes the
// direction of writing.
func controls(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x061c || r >= 0x200e && r <= 0x200f ||
		r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
