package profiles

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// textProblem returns the reason why not all formats can represent a text, or "".
// XML 1.0 permits neither control characters nor U+FFFE and U+FFFF, and most formats
// permit no line breaks.
func textProblem(s string, lineBreaks bool) string {
	if !utf8.ValidString(s) {
		return "is not UTF-8"
	}
	for _, r := range s {
		switch {
		case lineBreaks && (r == '\n' || r == '\r' || r == '\t'):
		case r < 0x20 || (r >= 0x7F && r < 0xA0):
			return "holds a control character"
		case r == 0xFFFE || r == 0xFFFF:
			return "holds a character that XML cannot carry"
		}
	}
	return ""
}

// timestamp returns the date format that is common to plist, PPS-MO and XML Schema.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// localized returns the text for a language tag, else for its primary language, else
// for "default", else fallback.
func localized(texts map[string]string, language, fallback string) string {
	primary, _, _ := strings.Cut(language, "-")
	for _, key := range []string{language, primary, "default"} {
		if t, ok := texts[key]; ok {
			return t
		}
	}
	return fallback
}

// sortedKeys returns the keys of a map in sorted order.
func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
