package web

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"onramp/onboarding"
)

// Limits of a body, whether or not its values are read.
const (
	maxDepth  = 32   // of nested objects and arrays
	maxValues = 8192 // of all values, names not counted
)

// Number is a JSON number in its original text.
type Number string

// container represents an object or array where neither is expected.
type container struct{}

// brokenText represents a text that starts like JSON but does not parse.
type brokenText struct{}

// parser reads the values of one body.
type parser struct {
	*jsontext.Decoder
	values *int   // values read so far, including those within texts that hold JSON
	within string // prefix of field names within a text that holds JSON, for example "custom."
}

// ParseObject parses a single JSON object and returns its wanted members. JSON strings become
// string, numbers Number, objects map[string]any, arrays []any.
func ParseObject(raw []byte, of *Wanted) (map[string]any, error) {
	if !utf8.Valid(raw) {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the body is not UTF-8"}
	}
	p := &parser{Decoder: jsontext.NewDecoder(bytes.NewBuffer(raw)), values: new(int)}
	if kind := p.PeekKind(); kind != '{' && kind != 0 {
		of = Simple
	}
	value, err := p.whole(of, 0)
	if err != nil {
		return nil, p.malformed(err)
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the body is not a JSON object"}
	}
	return members, nil
}

// whole parses one value and requires the end of the input after it.
func (p *parser) whole(of *Wanted, depth int) (any, error) {
	value, err := p.value(of, depth, "")
	if err != nil {
		return nil, err
	}
	if _, after := p.ReadToken(); !errors.Is(after, io.EOF) {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "unexpected data after the JSON object"}
	}
	return value, nil
}

// next reads a token that starts or ends a value, and enforces the limits.
func (p *parser) next(depth int) (jsontext.Token, error) {
	t, err := p.ReadToken()
	if err != nil {
		return t, err
	}
	if *p.values++; *p.values > maxValues {
		return t, &onboarding.Error{
			Kind: onboarding.Invalid, Message: "the JSON has more than " + strconv.Itoa(maxValues) + " values",
		}
	}
	if depth > maxDepth {
		return t, &onboarding.Error{Kind: onboarding.Invalid, Message: "the JSON is nested too deeply"}
	}
	return t, nil
}

// value parses a value and skips its unwanted parts.
func (p *parser) value(of *Wanted, depth int, path string) (any, error) {
	t, err := p.next(depth)
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case 't', 'f':
		return t.Bool(), nil
	case '0':
		return Number(t.String()), nil
	case '"':
		if of.Text {
			return p.inText(t.String(), of, depth, path)
		}
		return t.String(), nil
	case '[':
		if of.Items == nil {
			return container{}, p.skip(']', depth)
		}
		list := []any{}
		for p.PeekKind() != ']' {
			value, err := p.value(of.Items, depth+1, path+"["+strconv.Itoa(len(list))+"]")
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := p.ReadToken()
		return list, err
	case '{':
		if of.Members == nil && of.Others == nil {
			return container{}, p.skip('}', depth)
		}
		return p.object(of, depth, path)
	}
	return nil, nil // null
}

// object parses the rest of an object.
func (p *parser) object(of *Wanted, depth int, path string) (any, error) {
	members := map[string]any{}
	for p.PeekKind() != '}' {
		name, err := p.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // the token is valid until the next read only
		member := of.Members[key]
		if member == nil {
			member = of.Others
		}
		if member == nil {
			if err := p.skipValue(depth + 1); err != nil {
				return nil, err
			}
			continue
		}
		at := key
		if path != "" {
			at = path + "." + key
		}
		if members[key], err = p.value(member, depth+1, at); err != nil {
			return nil, err
		}
	}
	_, err := p.ReadToken()
	return members, err
}

// skipValue skips a value.
func (p *parser) skipValue(depth int) error {
	t, err := p.next(depth)
	if err != nil {
		return err
	}
	switch t.Kind() {
	case '[':
		return p.skip(']', depth)
	case '{':
		return p.skip('}', depth)
	}
	return nil
}

// skip skips the rest of an array or object.
func (p *parser) skip(end jsontext.Kind, depth int) error {
	for p.PeekKind() != end {
		if end == '}' {
			if _, err := p.ReadToken(); err != nil { // the name
				return err
			}
		}
		if err := p.skipValue(depth + 1); err != nil {
			return err
		}
	}
	_, err := p.ReadToken()
	return err
}

// inText parses a text that holds an object or a list as JSON, and returns any other text
// unchanged.
func (p *parser) inText(text string, of *Wanted, depth int, path string) (any, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil // a blank text counts as absent
	}
	inner := &parser{
		Decoder: jsontext.NewDecoder(strings.NewReader(text)), values: p.values, within: p.within + path + ".",
	}
	if kind := inner.PeekKind(); kind != '{' && kind != '[' {
		return text, nil
	}
	value, err := inner.whole(of, depth+1)
	if err == nil {
		return value, nil
	}
	if e, ok := errors.AsType[*onboarding.Error](inner.malformed(err)); ok && e.Field != "" {
		return nil, e
	}
	return brokenText{}, nil
}

// malformed returns the error for JSON that does not parse: the byte offset, or the name of a
// repeated member.
func (p *parser) malformed(err error) error {
	if e, ok := errors.AsType[*onboarding.Error](err); ok {
		return e
	}
	e := &onboarding.Error{Kind: onboarding.Invalid, Message: "malformed JSON"}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(syntax, jsontext.ErrDuplicateName) {
			return onboarding.InvalidField(p.within+dotted(syntax.JSONPointer), "given twice")
		}
		e.Message += " at byte " + strconv.FormatInt(syntax.ByteOffset, 10)
	}
	return e
}

// dotted converts a JSON pointer (RFC 6901) to a field name.
func dotted(p jsontext.Pointer) string {
	var names []string
	for name := range p.Tokens() {
		names = append(names, name)
	}
	return strings.Join(names, ".")
}
