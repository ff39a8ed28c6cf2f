package xmldoc

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var errTag = errors.New("invalid tag")

// element parses one element with its content.
func (x *Reader) element(depth int) (*Element, error) {
	if x.count++; x.count > maxElements || depth >= maxDepth {
		return nil, ErrTooBig
	}
	x.pos++
	e := &Element{Tag: x.name()}
	if e.Tag == "" {
		return nil, errTag
	}
	for {
		spaced := x.skipSpace()
		rest := x.doc[x.pos:]
		if strings.HasPrefix(rest, "/>") {
			x.pos += 2
			return e, nil
		}
		if strings.HasPrefix(rest, ">") {
			x.pos++
			return e, x.content(e, depth)
		}
		name, raw, err := x.attribute()
		if err != nil {
			return nil, err
		}
		value, err := x.attributeValue(raw)
		if err != nil {
			return nil, err
		}
		if !spaced {
			return nil, errTag
		}
		if len(e.Attrs) >= maxAttributes {
			return nil, ErrTooBig
		}
		for _, a := range e.Attrs {
			if Qualified(a.Name) == name {
				return nil, errors.New("duplicate attribute")
			}
		}
		prefix, local, ok := strings.Cut(name, ":")
		if !ok {
			prefix, local = "", name
		}
		e.Attrs = append(e.Attrs, xml.Attr{Name: xml.Name{Space: prefix, Local: local}, Value: value})
	}
}

// content parses the content of an element and its end tag.
func (x *Reader) content(e *Element, depth int) error {
	var text strings.Builder
	for {
		rest := x.doc[x.pos:]
		next := strings.IndexAny(rest, "<&")
		if next < 0 {
			x.pos = len(x.doc)
			return errEnd
		}
		if i := strings.Index(rest[:next], "]]>"); i >= 0 {
			x.pos += i
			return errors.New("]]> in text")
		}
		text.WriteString(rest[:next])
		x.pos += next
		rest = rest[next:]
		switch {
		case rest[0] == '&':
			r, length, err := x.reference(rest)
			if err != nil {
				return err
			}
			text.WriteString(r)
			x.pos += length
		case strings.HasPrefix(rest, "</"):
			x.pos += 2
			if x.name() != e.Tag {
				return errors.New("mismatched end tag")
			}
			x.skipSpace()
			if !strings.HasPrefix(x.doc[x.pos:], ">") {
				return errTag
			}
			x.pos++
			e.Text = text.String()
			return nil
		case strings.HasPrefix(rest, "<![CDATA["):
			body, _, ok := strings.Cut(rest[len("<![CDATA["):], "]]>")
			if !ok {
				return errEnd
			}
			text.WriteString(body)
			x.pos += len("<![CDATA[") + len(body) + len("]]>")
		case strings.HasPrefix(rest, "<!--"), strings.HasPrefix(rest, "<?"):
			if err := x.misc(); err != nil {
				return err
			}
		default:
			child, err := x.element(depth + 1)
			if err != nil {
				return err
			}
			e.Children = append(e.Children, child)
		}
	}
}

// attribute parses `name="value"`. The value is not decoded.
func (x *Reader) attribute() (name, value string, err error) {
	if name = x.name(); name == "" {
		return "", "", errTag
	}
	x.skipSpace()
	if !strings.HasPrefix(x.doc[x.pos:], "=") {
		return "", "", errTag
	}
	x.pos++
	x.skipSpace()
	rest := x.doc[x.pos:]
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return "", "", errTag
	}
	end := strings.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return "", "", errEnd
	}
	x.pos += end + 2
	return name, rest[1 : 1+end], nil
}

// attributeValue resolves references and replaces white space by blanks.
func (x *Reader) attributeValue(raw string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(raw); {
		switch c := raw[i]; c {
		case '<':
			return "", errors.New("< in an attribute")
		case '&':
			r, length, err := x.reference(raw[i:])
			if err != nil {
				return "", err
			}
			out.WriteString(r)
			i += length
			continue
		case '\t', '\n':
			out.WriteByte(' ')
		default:
			out.WriteByte(c)
		}
		i++
	}
	return out.String(), nil
}

// reference resolves the reference at the start of s: a character or a predefined entity.
func (x *Reader) reference(s string) (text string, length int, err error) {
	bad := errors.New("unescaped & or unknown entity")
	end := strings.IndexByte(s, ';')
	if end < 0 {
		return "", 0, bad
	}
	name := s[1:end]
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			digits, base = hex, 16
		}
		if strings.HasPrefix(digits, "+") {
			return "", 0, bad
		}
		v, err := strconv.ParseUint(digits, base, 32)
		if err != nil || v > unicode.MaxRune || !x.isChar(rune(v)) {
			return "", 0, errors.New("reference to a character not allowed in XML")
		}
		return string(rune(v)), end + 1, nil
	}
	switch name {
	case "amp":
		text = "&"
	case "lt":
		text = "<"
	case "gt":
		text = ">"
	case "quot":
		text = `"`
	case "apos":
		text = "'"
	default:
		return "", 0, bad
	}
	return text, end + 1, nil
}

// name parses a name. It returns an empty string if there is none.
func (x *Reader) name() string {
	start := x.pos
	for x.pos < len(x.doc) {
		r, size := utf8.DecodeRuneInString(x.doc[x.pos:])
		if !isNameRune(r, x.pos == start) {
			break
		}
		x.pos += size
	}
	return x.doc[start:x.pos]
}

func isNameRune(r rune, first bool) bool {
	if r == ':' || r == '_' || unicode.IsLetter(r) {
		return true
	}
	return !first &&
		(r == '-' || r == '.' || r == '\u00b7' || unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc))
}

// skipSpace skips white space and reports whether there was any.
func (x *Reader) skipSpace() bool {
	start := x.pos
	for x.pos < len(x.doc) && isSpace(x.doc[x.pos]) {
		x.pos++
	}
	return x.pos > start
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isChar reports whether a character is allowed in the document's version of XML.
func (x *Reader) isChar(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < 0x20:
		return r > 0 && x.version == "1.1"
	}
	return r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= unicode.MaxRune
}

// isRestricted11 reports whether XML 1.1 allows a character only as a reference.
func isRestricted11(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f && r != 0x85
}

// Qualified returns a name with its prefix.
func Qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}
