package onboarding

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// asciiForms removes invisible format characters, converts every decimal digit and full-width
// sign to ASCII, and every other space to an ASCII space.
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

// decimalDigit returns the value of a decimal digit of any script. Unicode assigns the ten digits
// of each script contiguously and in order.
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

// IsLoopback reports whether a host is localhost or a loopback address. It resolves no name.
func IsLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

const (
	MaxURL   = 2048
	MaxName  = 255
	MaxValue = 1024
	// MaxCustom is the maximum number of custom fields of a customer.
	MaxCustom = 64
)

// visibleFormats are the format characters (Unicode category Cf) with a visible shape, such as
// signs before numbers and joiners of hieroglyphs.
var visibleFormats = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0600, 0x0605, 1}, {0x06dd, 0x06dd, 1}, {0x070f, 0x070f, 1}, {0x0890, 0x0891, 1}, {0x08e2, 0x08e2, 1},
	},
	R32: []unicode.Range32{{0x110bd, 0x110bd, 1}, {0x110cd, 0x110cd, 1}, {0x13430, 0x1343f, 1}},
}

// fillers are the characters without a visible shape that Unicode classifies as letters, marks or
// symbols.
var fillers = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x034f, 0x034f, 1}, {0x115f, 0x1160, 1}, {0x17b4, 0x17b5, 1},
		{0x2800, 0x2800, 1}, {0x3164, 0x3164, 1}, {0xffa0, 0xffa0, 1},
	},
}

// invisible reports whether a character has no visible shape: directions, joiners, tags,
// variation selectors and fillers. Two texts that differ only in them look the same.
func invisible(r rune) bool {
	if r < 0xad || unicode.Is(visibleFormats, r) {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, fillers)
}

// joins reports whether an invisible character is needed in names after another character: the
// joiners of Persian, Indic scripts and emoji, variation selectors, and the tags of flags.
func joins(r rune) bool {
	return r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Variation_Selector, r) || r >= 0xe0020 && r <= 0xe007f
}

// trimInvisible removes spaces and invisible characters from both ends of a text.
func trimInvisible(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return invisible(r) || unicode.IsSpace(r) })
}

// TidyName removes the invisible characters of a name, including those that change the direction
// of the surrounding text. Joiners are kept between two visible characters.
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
		case r == '\u200c' || r == '\u200d': // joins the next character, if there is one
			if joiners.Len() == 0 {
				joiners.WriteRune(r)
			}
		default:
			tidy.WriteRune(r)
		}
	}
	return tidy.String()
}

// CheckVisible refuses a text with invisible characters. It is for texts that identify something.
func CheckVisible(field, text string) error {
	for i, r := range text {
		if invisible(r) {
			return InvalidField(field, "contains an invisible character (U+%04X) at byte %d", r, i)
		}
	}
	return nil
}

// CheckText checks the text of a request: valid UTF-8 without control characters, limited to the
// characters of XML 1.0 (section 2.2), and at most max bytes.
func CheckText(field, text string, max int) error {
	if len(text) > max {
		return InvalidField(field, "longer than %d bytes", max)
	}
	if !utf8.ValidString(text) {
		return InvalidField(field, "not UTF-8")
	}
	if i := strings.IndexFunc(text, NotText); i >= 0 {
		return InvalidField(field, "contains a control character or one that XML excludes at byte %d", i)
	}
	return nil
}

// NotText reports whether a character is a C0 or C1 control, DEL, or a non-character that XML 1.0
// excludes. U+2028 and similar characters are text.
func NotText(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff
}

// CutText shortens a text to at most max bytes without splitting a character. It is for headers
// that are recorded as evidence.
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

// SpacesToPluses replaces each space of the texts by a +, because an unescaped + in a URL is
// decoded as a space.
func SpacesToPluses(texts ...*string) {
	for _, text := range texts {
		*text = strings.ReplaceAll(*text, " ", "+")
	}
}
