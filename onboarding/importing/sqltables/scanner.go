package sqltables

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// dialect is the language of a dump.
type dialect int

const (
	unknown dialect = iota
	mysqlDialect
	postgresDialect
)

// scanner reads the tokens of a dump.
type scanner struct {
	r       *bufio.Reader
	line    int
	dialect dialect
	// escapes: a backslash in '...' begins an escape. In PostgreSQL only with an old setting.
	escapes bool
	begun   bool // the first lines name the program
	whole   bool // the last line is there
	within  int  // conditional comments of MySQL, /*! ... */, that are open
	ahead   *token
}

// kind is the kind of a token.
type kind int

const (
	end       kind = iota // of the dump
	word                  // a keyword, a number or a name without quotes
	name                  // a name in quotes
	text                  // a string
	character             // any other
)

// token is a word, a name, a string, or a single character of a dump.
type token struct {
	kind kind
	text string
	line int // where it begins
}

// is reports whether the token is the character or the keyword.
func (t token) is(text string) bool {
	switch t.kind {
	case word:
		return strings.EqualFold(t.text, text)
	case character:
		return t.text == text
	}
	return false
}

// faultError is broken syntax of a dump.
type faultError struct {
	line    int
	message string
}

// Error implements error.
func (e *faultError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.message) }

func faultAt(line int, format string, args ...any) error {
	return &faultError{line, fmt.Sprintf(format, args...)}
}

// maxToken is the most bytes of a token.
const maxToken = 1 << 20

// get returns the next byte; io.EOF at the end.
func (s *scanner) get() (byte, error) {
	b, err := s.r.ReadByte()
	if b == '\n' && err == nil {
		s.line++
	}
	return b, err
}

// peek returns the next byte without reading it; 0 at the end.
func (s *scanner) peek() byte {
	b, err := s.r.Peek(1)
	if err != nil {
		return 0
	}
	return b[0]
}

// atEnd reports whether no byte is left.
func (s *scanner) atEnd() bool {
	_, err := s.r.Peek(1)
	return err != nil
}

// follows reports whether a text is next.
func (s *scanner) follows(text string) bool {
	b, err := s.r.Peek(len(text))
	return err == nil && string(b) == text
}

// drop skips n bytes, none of which ends a line.
func (s *scanner) drop(n int) { _, _ = s.r.Discard(n) }

// next returns the next token.
func (s *scanner) next() (token, error) { return s.token(true) }

// unread makes next return a token again.
func (s *scanner) unread(t token) { s.ahead = &t }

// token returns the next token, with its text only on demand.
func (s *scanner) token(keep bool) (token, error) {
	if t := s.ahead; t != nil {
		s.ahead = nil
		return *t, nil
	}
	if err := s.space(); err != nil {
		return token{}, err
	}
	t := token{line: s.line}
	b, err := s.get()
	if errors.Is(err, io.EOF) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	switch {
	case b == '\'' || b == '"' && s.dialect == mysqlDialect:
		t.kind = text
		t.text, err = s.quoted(b, s.escapes, keep)
	case b == '"':
		t.kind = name
		t.text, err = s.quoted(b, false, keep)
	case b == '`':
		s.take(mysqlDialect)
		t.kind = name
		t.text, err = s.quoted(b, false, keep)
	case inWord(b):
		t.kind = word
		t.text, err = s.word(b)
	case b == '$' && s.dialect == postgresDialect:
		t.kind = text
		err = s.dollars()
	default:
		t.kind, t.text = character, string(rune(b))
	}
	if errors.Is(err, io.EOF) {
		err = faultAt(t.line, "a quote that begins here has no end")
	}
	return t, err
}

// take sets the dialect, unless it is known.
func (s *scanner) take(d dialect) {
	if s.dialect == unknown {
		s.dialect, s.escapes = d, d == mysqlDialect
	}
}

func inWord(b byte) bool {
	return b == '_' || b == '@' || b == '.' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' ||
		b >= 0x80
}

// word returns the word that begins with b. A point belongs to a number, and otherwise stands
// between two names.
func (s *scanner) word(b byte) (string, error) {
	if b == '.' {
		return ".", nil
	}
	number := b >= '0' && b <= '9'
	text := []byte{b}
	for {
		b := s.peek()
		if !inWord(b) || b == '.' && !number {
			return string(text), nil
		}
		if len(text) == maxToken {
			return "", faultAt(s.line, "a word of more than %d bytes", maxToken)
		}
		s.drop(1)
		text = append(text, b)
	}
}

// quoted returns the text until the closing quote; a doubled quote is one.
func (s *scanner) quoted(quote byte, escapes, keep bool) (string, error) {
	var text []byte
	begin := s.line
	for {
		b, err := s.get()
		if err != nil {
			return "", err
		}
		switch {
		case b == quote && s.peek() != quote:
			return string(text), nil
		case b == quote:
			s.drop(1)
		case b == '\\' && escapes:
			if b, err = s.get(); err != nil {
				return "", err
			}
			if s.dialect == mysqlDialect {
				text = appendMySQL(text, b)
			} else {
				text = s.appendPostgres(text, b)
			}
			if !keep {
				text = text[:0]
			}
			continue
		}
		if !keep {
			continue
		}
		if text = append(text, b); len(text) > maxToken {
			return "", faultAt(begin, "a text of more than %d bytes", maxToken)
		}
	}
}

// appendMySQL appends the meaning of a backslash and b.
func appendMySQL(text []byte, b byte) []byte {
	switch b {
	case '0':
		b = 0
	case 'b':
		b = '\b'
	case 'n':
		b = '\n'
	case 'r':
		b = '\r'
	case 't':
		b = '\t'
	case 'Z':
		b = 26
	case '%', '_': // keep the backslash
		text = append(text, '\\')
	}
	return append(text, b)
}

// appendPostgres appends the meaning of a backslash and b, in E'...' and in the rows of COPY.
func (s *scanner) appendPostgres(text []byte, b byte) []byte {
	switch {
	case b >= '0' && b <= '7':
		return append(text, s.number(int(b-'0'), 8, 2))
	case b == 'x' && digit(s.peek()) < 16:
		return append(text, s.number(0, 16, 2))
	}
	switch b {
	case 'b':
		b = '\b'
	case 'f':
		b = '\f'
	case 'n':
		b = '\n'
	case 'r':
		b = '\r'
	case 't':
		b = '\t'
	case 'v':
		b = '\v'
	}
	return append(text, b)
}

// number returns the byte of up to more further digits.
func (s *scanner) number(n, base, more int) byte {
	for ; more > 0 && digit(s.peek()) < base; more-- {
		n = n*base + digit(s.peek())
		s.drop(1)
	}
	return byte(n)
}

// digit returns the value of a digit up to F; 16 for another byte.
func digit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10
	case b >= 'A' && b <= 'F':
		return int(b-'A') + 10
	}
	return 16
}

// dollars skips PostgreSQL's $tag$ ... $tag$ after its first character.
func (s *scanner) dollars() error {
	tag := []byte{'$'}
	for s.peek() != '$' {
		if !inWord(s.peek()) || len(tag) > 64 {
			return nil // a parameter, such as $1
		}
		b, _ := s.get()
		tag = append(tag, b)
	}
	s.drop(1)
	tag = append(tag, '$')
	for matched := 0; matched < len(tag); {
		b, err := s.get()
		if err != nil {
			return err
		}
		switch b {
		case tag[matched]:
			matched++
		case '$':
			matched = 1
		default:
			matched = 0
		}
	}
	return nil
}
