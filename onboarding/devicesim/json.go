package devicesim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// jsonValue is a JSON value; which field counts is told by kind.
type jsonValue struct {
	kind    jsonKind
	text    string // of a string, or a number as it was written
	boolean bool
	items   []*jsonValue
	members map[string]*jsonValue
	keys    []string // of members, in the file's order
}

// readJSON parses a document and refuses what readers disagree about: a member twice, and text after the
// end. Errors never quote the document.
func readJSON(doc []byte) (*jsonValue, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	count := 0
	v, err := readJSONValue(dec, 0, &count)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("text after the end")
	}
	return v, nil
}

func readJSONValue(dec *json.Decoder, depth int, count *int) (*jsonValue, error) {
	if *count++; *count > maxElements || depth > maxDepth {
		return nil, errTooBig
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, errors.New("not JSON")
	}
	switch t := tok.(type) {
	case string:
		return &jsonValue{kind: jsonString, text: t}, nil
	case json.Number:
		return &jsonValue{kind: jsonNumber, text: t.String()}, nil
	case bool:
		return &jsonValue{kind: jsonBool, boolean: t}, nil
	case nil:
		return &jsonValue{kind: jsonNull}, nil
	case json.Delim:
		if t == '[' {
			return readJSONArray(dec, depth, count)
		}
		return readJSONObject(dec, depth, count)
	}
	return nil, errors.New("not JSON")
}

func readJSONArray(dec *json.Decoder, depth int, count *int) (*jsonValue, error) {
	v := &jsonValue{kind: jsonArray}
	for dec.More() {
		item, err := readJSONValue(dec, depth+1, count)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("not JSON")
	}
	return v, nil
}

func readJSONObject(dec *json.Decoder, depth int, count *int) (*jsonValue, error) {
	v := &jsonValue{kind: jsonObject, members: map[string]*jsonValue{}}
	for dec.More() {
		tok, err := dec.Token()
		key, ok := tok.(string)
		if err != nil || !ok {
			return nil, errors.New("not JSON")
		}
		member, err := readJSONValue(dec, depth+1, count)
		if err != nil {
			return nil, err
		}
		if v.members[key] != nil {
			return nil, fmt.Errorf("member %s twice", shorten(key))
		}
		v.members[key] = member
		v.keys = append(v.keys, key)
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("not JSON")
	}
	return v, nil
}

// member returns a member of an object when it has the kind asked for, else nil. It may be called on nil.
func (v *jsonValue) member(name string, kind jsonKind) *jsonValue {
	if v == nil || v.members == nil {
		return nil
	}
	if m := v.members[name]; m != nil && m.kind == kind {
		return m
	}
	return nil
}

func (v *jsonValue) str(name string) string {
	if m := v.member(name, jsonString); m != nil {
		return m.text
	}
	return ""
}

func (v *jsonValue) flag(name string) bool {
	m := v.member(name, jsonBool)
	return m != nil && m.boolean
}

// strings returns the strings of an array member; ok is false when an item is something else.
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

// jsonShape tells what members an object may have and of which kind.
type jsonShape map[string]jsonKind

// misfits returns the members of an object that its shape does not have, or has with another kind.
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
