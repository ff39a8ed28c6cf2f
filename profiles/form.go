package profiles

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
)

// A form is an XML document with blanks for the values of a credential. It is made
// once per organization, so that a download only copies and escapes a few strings and
// costs less than its signature.
type form struct {
	texts  [][]byte // texts[i] precedes blanks[i]; there is one more text than blanks
	blanks []string
}

// newForm returns a form from the document that build writes, with blank(name) in
// place of the value called name.
func newForm(build func(blank func(name string) string) ([]byte, error)) (*form, error) {
	open, err := unusedMarker(build)
	if err != nil {
		return nil, err
	}
	doc, err := build(func(name string) string { return open + name + markerEnd })
	if err != nil {
		return nil, err
	}
	f := &form{}
	for {
		text, rest, found := bytes.Cut(doc, []byte(open))
		f.texts = append(f.texts, text)
		if !found {
			return f, nil
		}
		name, rest, found := bytes.Cut(rest, []byte(markerEnd))
		if !found {
			return nil, fmt.Errorf("a blank has no end")
		}
		f.blanks = append(f.blanks, string(name))
		doc = rest
	}
}

// markerEnd is the end of a blank. Markers are private-use characters, which escaping
// does not change.
const markerEnd = "\uE001"

// unusedMarker returns a start of blanks that the document itself does not contain,
// since settings may contain private-use characters too.

func unusedMarker(build func(func(string) string) ([]byte, error)) (string, error) {
	doc, err := build(func(string) string { return "" })
	if err != nil {
		return "", err
	}
	for n := 0; ; n++ {
		open := "\uE000" + strconv.Itoa(n) + ":"
		if !bytes.Contains(doc, []byte(open)) {
			return open, nil
		}
	}
}

// fill returns the document with each blank replaced by its escaped value. It panics
// if a value is missing.
func (f *form) fill(values map[string]string) []byte {
	size := 0
	for _, t := range f.texts {
		size += len(t) + 64
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	for i, name := range f.blanks {
		b.Write(f.texts[i])
		value, ok := values[name]
		if !ok {
			panic("profiles: no value for blank " + name)
		}
		// A bytes.Buffer never fails.
		_ = xml.EscapeText(b, []byte(value))
	}
	b.Write(f.texts[len(f.texts)-1])
	return b.Bytes()
}
