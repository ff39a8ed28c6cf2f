package onboarding

import (
	"strings"
	"unicode"
	"unicode/utf8"
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

const (
	MaxURL   = 2048
	MaxName  = 255
	MaxValue = 1024
	// maxCustom is the most custom members a customer may have.
	MaxCustom = 64
)

// visibleFormats are the format characters (Unicode's category Cf) that have a shape: signs before numbers, hieroglyphs' joiners.
var visibleFormats = &unicode.RangeTable{
	R16: []unicode.Range16{{0x0600, 0x0605, 1}, {0x06dd, 0x06dd, 1}, {0x070f, 0x070f, 1}, {0x0890, 0x0891, 1}, {0x08e2, 0x08e2, 1}},
	R32: []unicode.Range32{{0x110bd, 0x110bd, 1}, {0x110cd, 0x110cd, 1}, {0x13430, 0x1343f, 1}},
}

// fillers are the characters without a shape that Unicode counts among letters and marks.
var fillers = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x034f, 0x034f, 1}, {0x115f, 0x1160, 1}, {0x17b4, 0x17b5, 1}, {0x2800, 0x2800, 1}, {0x3164, 0x3164, 1}, {0xffa0, 0xffa0, 1},
	},
}

// invisible holds for characters that show nothing themselves: directions, joiners, tags, variation selectors and fillers. Two texts that
// differ only in them look the same.
func invisible(r rune) bool {
	if r < 0xad || unicode.Is(visibleFormats, r) {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, fillers)
}

// joins holds for the invisible characters that names need behind another character: the joiners of Persian, Indic scripts and emoji,
// variation selectors, and the tags of flags.
func joins(r rune) bool {
	return r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Variation_Selector, r) || r >= 0xe0020 && r <= 0xe007f
}

// trimInvisible removes blanks and invisible characters from both ends of a text.
func trimInvisible(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return invisible(r) || unicode.IsSpace(r) })
}

// tidyName removes the invisible characters of a name, among them those that turn the direction of the text around it. Joiners stay
// where they join: between two characters that are seen.
func TidyName(text string) string {
	if !strings.ContainsFunc(text, invisible) {
		return text
	}
	var tidy, joiners strings.Builder
	for _, r := range text {
		switch {
		case !invisible(r):
			tidy.WriteString(joiners.String())
			joiners.Reset()
			tidy.WriteRune(r)
		case !joins(r) || tidy.Len() == 0:
		case r == '\u200c' || r == '\u200d': // joins what comes next, if anything does
			if joiners.Len() == 0 {
				joiners.WriteRune(r)
			}
		default:
			tidy.WriteRune(r)
		}
	}
	return tidy.String()
}

// checkVisible requires a text without invisible characters, for texts that tell one thing from another.
func CheckVisible(field, text string) error {
	for i, r := range text {
		if invisible(r) {
			return InvalidField(field, "an invisible character (U+%04X) at byte %d", r, i)
		}
	}
	return nil
}

// checkText requires that a text of a request is UTF-8 that XML 1.0 carries (section 2.2 of its specification), without control
// characters, and has at most max bytes.
func CheckText(field, text string, max int) error {
	if len(text) > max {
		return InvalidField(field, "longer than %d bytes", max)
	}
	if !utf8.ValidString(text) {
		return InvalidField(field, "not UTF-8")
	}
	if i := strings.IndexFunc(text, NotText); i >= 0 {
		return InvalidField(field, "a control character or one that XML cannot carry at byte %d", i)
	}
	return nil
}

// notText holds for C0 and C1 controls, DEL, and the non-characters that XML 1.0 excludes. U+2028 and its like are text.
func NotText(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff
}

// cutText shortens a text to at most max bytes without splitting a character; it is for what we record of others' headers.
func CutText(text string, max int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= max {
		return text
	}
	for max > 0 && !utf8.RuneStart(text[max]) {
		max--
	}
	return text[:max]
}
