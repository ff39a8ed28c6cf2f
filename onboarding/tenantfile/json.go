package tenantfile

import (
	"bytes"
	"strconv"
	"unicode/utf16"
)

// fromJSON converts JSON syntax that the YAML parser refuses: in double quotes, a character beyond
// U+FFFF as two escapes of UTF-16 ("\ud83d\ude00") and an escaped slash; in a document that is JSON
// throughout, tabs between values. Line numbers stay the same.
func fromJSON(text []byte) []byte {
	isJSON := bytes.HasPrefix(bytes.TrimSpace(text), []byte("{"))
	if !isJSON && !surrogates(text) && !bytes.Contains(text, []byte(`\/`)) {
		return text
	}
	var out bytes.Buffer
	var s scanner
	for i := 0; i < len(text); {
		quoted := s.quote == '"'
		if pair := surrogatePair(text[i:]); quoted && pair != 0 {
			out.WriteString(`\U` + leftPad(strconv.FormatInt(int64(pair), 16), 8))
			i += 12
			continue
		}
		if quoted && bytes.HasPrefix(text[i:], []byte(`\/`)) { // YAML 1.2, section 5.7
			out.WriteByte('/')
			i += 2
			continue
		}
		n := s.step(text[i:])
		if c := text[i]; isJSON && c == '\t' && s.quote == 0 {
			out.WriteByte(' ')
		} else {
			out.Write(text[i : i+n])
		}
		i += n
	}
	return out.Bytes()
}

// surrogates reports whether the text may hold an escape of UTF-16.
func surrogates(text []byte) bool {
	return bytes.Contains(text, []byte(`\ud`)) || bytes.Contains(text, []byte(`\uD`))
}

// surrogatePair returns the character of the two escapes that the text begins with, or 0.
func surrogatePair(text []byte) rune {
	high, low := escape(text), rune(0)
	if high != 0 {
		low = escape(text[6:])
	}
	if r := utf16.DecodeRune(high, low); r > 0xffff {
		return r
	}
	return 0
}

// escape returns the value of the JSON escape (\u and four hexadecimal digits) at the beginning of
// the text, or 0.
func escape(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	value, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(value)
}

func leftPad(digits string, width int) string {
	return "00000000"[:width-len(digits)] + digits
}

// scanner tracks the quoted scalars of a YAML text, to find out whether a byte is inside double
// quotes. Quotes inside block and plain scalars are at positions where no quoted scalar can begin.
type scanner struct {
	quote   byte // the quote that is open, or 0
	comment bool
	last    byte // the last character that is not a blank; 0 at the beginning of a line
	blank   bool // the previous character was a blank
}

// step consumes the next character, or two of an escape, and returns their number.
func (s *scanner) step(text []byte) int {
	c, n := text[0], 1
	switch {
	case s.quote == '"' && c == '\\' && len(text) > 1:
		return 2
	case s.quote == '\'' && c == '\'' && len(text) > 1 && text[1] == '\'':
		return 2
	case s.quote != 0:
		if c == s.quote {
			s.quote, s.last = 0, c
		}
		return n
	case c == '\n':
		s.comment, s.last, s.blank = false, 0, true
		return n
	case s.comment:
		return n
	case c == '#' && s.blank:
		s.comment = true
	case (c == '"' || c == '\'') && s.begins():
		s.quote = c
	}
	if s.blank = c == ' ' || c == '\t' || c == '\r'; !s.blank {
		s.last = c
	}
	return n
}

// begins reports whether a quoted scalar can begin here.
func (s *scanner) begins() bool {
	switch s.last {
	case 0, '[', '{', ',', ':':
		return true
	case '-', '?':
		return s.blank
	}
	return false
}
