package sqltables

import (
	"bytes"
	"errors"
	"io"
)

// space skips white space and comments.
func (s *scanner) space() error {
	for {
		switch b := s.peek(); {
		case b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f' || b == '\v':
			_, _ = s.get()
		case s.follows("--"), b == '#' && s.dialect != postgresDialect:
			text, err := s.restOfLine()
			if err != nil {
				return err
			}
			s.remark(text)
		case s.follows("/*!") && s.dialect != postgresDialect:
			s.take(mysqlDialect)
			s.drop(len("/*!"))
			for digit(s.peek()) < 10 {
				s.drop(1)
			}
			s.within++
		case s.within > 0 && s.follows("*/"):
			s.drop(len("*/"))
			s.within--
		case s.follows("/*"):
			if err := s.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// restOfLine returns the begin of the rest of the line, and skips the rest.
func (s *scanner) restOfLine() ([]byte, error) {
	const most = 200
	var text []byte
	for {
		b, err := s.get()
		if errors.Is(err, io.EOF) || err == nil && b == '\n' {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
		if len(text) < most {
			text = append(text, b)
		}
	}
}

// remark reads the first and last line of a dump, which are comments.
func (s *scanner) remark(line []byte) {
	has := func(text string) bool { return bytes.Contains(line, []byte(text)) }
	switch {
	case has("Dump completed") || has("PostgreSQL database dump complete"):
		s.whole = true
	case has("MySQL dump") || has("MariaDB dump"):
		s.take(mysqlDialect)
		s.begun, s.whole = true, false
	case has("phpMyAdmin SQL Dump"): // has no last line
		s.take(mysqlDialect)
	case has("PostgreSQL database dump"):
		s.take(postgresDialect)
		s.begun, s.whole = true, false
	}
}

// comment skips a comment; PostgreSQL's may hold others.
func (s *scanner) comment() error {
	begin, depth := s.line, 0
	for {
		switch {
		case s.follows("/*") && (depth == 0 || s.dialect == postgresDialect):
			s.drop(len("/*"))
			depth++
		case s.follows("*/"):
			s.drop(len("*/"))
			if depth--; depth == 0 {
				return nil
			}
		default:
			if _, err := s.get(); errors.Is(err, io.EOF) {
				return faultAt(begin, "a comment that begins here has no end")
			} else if err != nil {
				return err
			}
		}
	}
}
