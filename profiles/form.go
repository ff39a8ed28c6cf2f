package profiles

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
)

// A form is an XML document that is finished except for its blanks. Preparing
// it once for an organization keeps the cost of a download to copying and
// escaping a few strings, so that signing stays the larger part.
type form struct {
	texts  [][]byte // texts[i] stands before blanks[i]; one more text than blanks
	blanks []string
}

// newForm calls build, which writes the document with blank(name) wherever the
// value called name will stand.
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
			return nil, fmt.Errorf("a blank was cut in two")
		}
		f.blanks = append(f.blanks, string(name))
		doc = rest
	}
}

// Blanks are marked with private-use characters, which escaping leaves alone. A
// tenant may use them too, so the marker is numbered until it is one that the
// document without blanks does not hold.
const markerEnd = "\uE001"

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

// fill returns the document with each blank replaced by its escaped value. A
// blank without a value is a mistake in the program.
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
