package jsondoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"onramp/onboarding/devicesim/judge"
)

// Kind names the type of a JSON value.
type Kind string

// The kinds of JSON values.
const (
	Object Kind = "object"
	Array  Kind = "array"
	String Kind = "string"
	Number Kind = "number"
	Bool   Kind = "boolean"
	Null   Kind = "null"
)

// Value is a JSON value. kind selects the fields in use.
type Value struct {
	Kind    Kind
	Text    string // of a string, or the literal of a number
	boolean bool
	Items   []*Value
	Members map[string]*Value
	keys    []string // of members, in file order
}

// Limits on the memory and time that a hostile document can use.
const (
	maxValues = 20_000
	maxDepth  = 64
)

var (
	errSyntax = errors.New("not JSON")
	errTooBig = errors.New("too many or too deeply nested values")
)

// Read parses a document (RFC 8259). It returns an error for a duplicate member name, for invalid
// UTF-8 and for data after the value, because parsers disagree about them. Errors never quote a
// value.
func Read(doc []byte) (*Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(doc))
	count := 0
	v, err := readValue(dec, 0, &count)
	if err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, errors.New("text after the value")
	}
	return v, nil
}

// nextToken reads a token. Its errors do not quote the document, except for the name of a duplicate
// member.
func nextToken(dec *jsontext.Decoder) (jsontext.Token, error) {
	t, err := dec.ReadToken()
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return t, fmt.Errorf("duplicate member %s", judge.Shorten(syntax.JSONPointer.LastToken()))
	case err != nil:
		return t, errSyntax
	}
	return t, nil
}

func readValue(dec *jsontext.Decoder, depth int, count *int) (*Value, error) {
	if *count++; *count > maxValues || depth > maxDepth {
		return nil, errTooBig
	}
	t, err := nextToken(dec)
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case '"':
		return &Value{Kind: String, Text: t.String()}, nil
	case '0':
		return &Value{Kind: Number, Text: t.String()}, nil
	case 't', 'f':
		return &Value{Kind: Bool, boolean: t.Bool()}, nil
	case 'n':
		return &Value{Kind: Null}, nil
	case '[':
		v := &Value{Kind: Array}
		for dec.PeekKind() != ']' {
			item, err := readValue(dec, depth+1, count)
			if err != nil {
				return nil, err
			}
			v.Items = append(v.Items, item)
		}
		_, err = nextToken(dec)
		return v, err
	}
	v := &Value{Kind: Object, Members: map[string]*Value{}}
	for dec.PeekKind() != '}' {
		name, err := nextToken(dec)
		if err != nil {
			return nil, err
		}
		key := name.String() // valid only until the next token
		member, err := readValue(dec, depth+1, count)
		if err != nil {
			return nil, err
		}
		v.Members[key] = member
		v.keys = append(v.keys, key)
	}
	_, err = nextToken(dec)
	return v, err
}

// Member returns the member of an object if it has the given kind, else nil. v may be nil.
func (v *Value) Member(name string, kind Kind) *Value {
	if v == nil || v.Members == nil {
		return nil
	}
	if m := v.Members[name]; m != nil && m.Kind == kind {
		return m
	}
	return nil
}

// Str returns the text of a string member, or an empty string.
func (v *Value) Str(name string) string {
	if m := v.Member(name, String); m != nil {
		return m.Text
	}
	return ""
}

// Flag reports whether a boolean member is present and true.
func (v *Value) Flag(name string) bool {
	m := v.Member(name, Bool)
	return m != nil && m.boolean
}

// Strings returns the strings of an array member. ok is false if an item has another kind.
func (v *Value) Strings(name string) (out []string, ok bool) {
	a := v.Member(name, Array)
	if a == nil {
		return nil, true
	}
	for _, item := range a.Items {
		if item.Kind != String {
			return nil, false
		}
		out = append(out, item.Text)
	}
	return out, true
}

// Shape lists the members that an object may have, with their kinds.
type Shape map[string]Kind

// Misfits describes the members of an object that its shape lacks or has with another kind.
func (v *Value) Misfits(shape Shape) []string {
	var out []string
	for _, key := range v.keys {
		if want, known := shape[key]; !known {
			out = append(out, judge.Shorten(key))
		} else if got := v.Members[key].Kind; got != want {
			out = append(out, fmt.Sprintf("%s is a %s, not a %s", judge.Shorten(key), got, want))
		}
	}
	return out
}
