package devicesim

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonKind names the type of a JSON value.
type jsonKind string

const (
	jsonObject jsonKind = "object"
	jsonArray  jsonKind = "array"
	jsonString jsonKind = "string"
	jsonNumber jsonKind = "number"
	jsonBool   jsonKind = "boolean"
	jsonNull   jsonKind = "null"
)

// jsonValue is a JSON value. kind selects the fields in use.
type jsonValue struct {
	kind    jsonKind
	text    string // of a string, or the literal of a number
	boolean bool
	items   []*jsonValue
	members map[string]*jsonValue
	keys    []string // of members, in file order
}

// Limits on what a hostile document can cost.
const (
	jsonMaxValues = 20_000
	jsonMaxDepth  = 64
)

var (
	errJSON       = errors.New("not JSON")
	errJSONTooBig = errors.New("too many or too deeply nested values")
)

// readJSON parses a document (RFC 8259). It returns an error for a duplicate member name, for invalid
// UTF-8 and for data after the value, because parsers disagree about them. Errors never quote a value.
func readJSON(doc []byte) (*jsonValue, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(doc))
	count := 0
	v, err := readJSONValue(dec, 0, &count)
	if err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, errors.New("text after the end")
	}
	return v, nil
}

// nextToken reads a token. Its errors do not quote the document, except for the name of a duplicate member.
func nextToken(dec *jsontext.Decoder) (jsontext.Token, error) {
	t, err := dec.ReadToken()
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return t, fmt.Errorf("member %s twice", shorten(syntax.JSONPointer.LastToken()))
	case err != nil:
		return t, errJSON
	}
	return t, nil
}

func readJSONValue(dec *jsontext.Decoder, depth int, count *int) (*jsonValue, error) {
	if *count++; *count > jsonMaxValues || depth > jsonMaxDepth {
		return nil, errJSONTooBig
	}
	t, err := nextToken(dec)
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case '"':
		return &jsonValue{kind: jsonString, text: t.String()}, nil
	case '0':
		return &jsonValue{kind: jsonNumber, text: t.String()}, nil
	case 't', 'f':
		return &jsonValue{kind: jsonBool, boolean: t.Bool()}, nil
	case 'n':
		return &jsonValue{kind: jsonNull}, nil
	case '[':
		v := &jsonValue{kind: jsonArray}
		for dec.PeekKind() != ']' {
			item, err := readJSONValue(dec, depth+1, count)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
		_, err = nextToken(dec)
		return v, err
	}
	v := &jsonValue{kind: jsonObject, members: map[string]*jsonValue{}}
	for dec.PeekKind() != '}' {
		name, err := nextToken(dec)
		if err != nil {
			return nil, err
		}
		key := name.String() // valid only until the next token
		member, err := readJSONValue(dec, depth+1, count)
		if err != nil {
			return nil, err
		}
		v.members[key] = member
		v.keys = append(v.keys, key)
	}
	_, err = nextToken(dec)
	return v, err
}

// member returns the member of an object if it has the given kind, else nil. v may be nil.
func (v *jsonValue) member(name string, kind jsonKind) *jsonValue {
	if v == nil || v.members == nil {
		return nil
	}
	if m := v.members[name]; m != nil && m.kind == kind {
		return m
	}
	return nil
}

// str returns the text of a string member, or an empty string.
func (v *jsonValue) str(name string) string {
	if m := v.member(name, jsonString); m != nil {
		return m.text
	}
	return ""
}

// flag reports whether a boolean member is present and true.
func (v *jsonValue) flag(name string) bool {
	m := v.member(name, jsonBool)
	return m != nil && m.boolean
}

// strings returns the strings of an array member. ok is false if an item has another kind.
func (v *jsonValue) strings(name string) (out []string, ok bool) {
	a := v.member(name, jsonArray)
	if a == nil {
		return nil, true
	}
	for _, item := range a.items {
		if item.kind != jsonString {
			return nil, false
		}
		out = append(out, item.text)
	}
	return out, true
}

// jsonShape lists the members that an object may have, with their kinds.
type jsonShape map[string]jsonKind

// misfits describes the members of an object that its shape lacks or has with another kind.
func (v *jsonValue) misfits(shape jsonShape) []string {
	var out []string
	for _, key := range v.keys {
		if want, known := shape[key]; !known {
			out = append(out, shorten(key))
		} else if got := v.members[key].kind; got != want {
			out = append(out, fmt.Sprintf("%s is a %s, not a %s", shorten(key), got, want))
		}
	}
	return out
}
