package terms

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which texts are compared: lower case, without accents and invisible
// characters, with the plain form of compatibility characters (full-width letters, ligatures).
func Fold(text string) string {
	ascii := true
	for i := range len(text) {
		ascii = ascii && text[i] < 0x80
	}
	if ascii {
		return strings.ToLower(text)
	}
	text = strings.Map(func(r rune) rune {
		if accent(r) || unicode.In(r, unicode.Cf, unicode.Variation_Selector) || r == unicode.MaxRune {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(norm.NFKD.String(text))))
	return norm.NFC.String(plain.Replace(text))
}

// accent reports whether a combining mark only modifies a letter. The marks of Indic scripts and of
// Japanese are part of the letter.
func accent(r rune) bool {
	const voiced, semiVoiced = '\u3099', '\u309a'
	return unicode.Is(unicode.Mn, r) && unicode.In(r, unicode.Inherited, unicode.Hebrew, unicode.Arabic) &&
		r != voiced && r != semiVoiced
}

// plain replaces letters that have no decomposition.
var plain = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th",
	"ħ", "h", "ŧ", "t", "ı", "i", "ς", "σ")

// apostrophes join the parts of a word.
const apostrophes = "'\u2019\u02bc`\u00b4."

// words returns the words of a folded name: runs of letters, digits and symbols. Apostrophes and
// points are left out; other punctuation separates.
func words(name string) []string {
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(apostrophes, r):
			return -1
		case unicode.IsPunct(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	return strings.Fields(name)
}

// address returns a folded e-mail address with its domain in Unicode. Other texts are unchanged.
func address(text string) string {
	i := strings.LastIndexByte(text, '@')
	if i < 0 || !strings.Contains(text[i:], "xn--") {
		return text
	}
	domain, err := idna.Lookup.ToUnicode(text[i+1:])
	if err != nil {
		return text
	}
	return text[:i+1] + Fold(domain)
}
