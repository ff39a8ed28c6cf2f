package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of a logo.
const (
	MaxLogo       = 32 << 10 // bytes, as given and as served
	maxDepth      = 24
	maxElements   = 2000
	maxAttributes = 40 // of an element
)

// LogoError describes the first part of a logo that is not accepted.
type LogoError struct {
	Line    int    // in the SVG, from 1; 0: the file as a whole
	Message string // the finding
	Remedy  string // may be empty
}

func (e *LogoError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d of the SVG: %s", e.Line, e.Message)
}

const svgSpace = "http://www.w3.org/2000/svg"

// editorSpaces are the namespaces in which drawing programs keep their own data. They are left out.
var editorSpaces = map[string]bool{
	"http://www.inkscape.org/namespaces/inkscape":        true,
	"http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd": true,
	"http://www.bohemiancoding.com/sketch/ns":            true,
	"http://www.serif.com/":                              true,
	"http://www.w3.org/1999/02/22-rdf-syntax-ns#":        true,
	"http://creativecommons.org/ns#":                     true,
	"http://purl.org/dc/elements/1.1/":                   true,
	"http://ns.adobe.com/AdobeIllustrator/10.0/":         true,
	"http://ns.adobe.com/Extensibility/1.0/":             true,
	"http://www.w3.org/XML/1998/namespace":               true,
}

// A logoReader reads a logo and writes its served form.
type logoReader struct {
	decoder *xml.Decoder
	out     strings.Builder
	open    []string // names of the open elements
	count   int
	ids     map[string]bool // of the elements
	used    map[string]int  // references, with their lines
}

// CleanLogo returns the form in which a logo is served, which CleanLogo does not change further.
// The error is a *LogoError. Comments, titles, and the private data of drawing programs are left
// out; everything else that is not allowed refuses the logo.
func CleanLogo(source []byte) (string, error) {
	switch {
	case len(bytes.TrimSpace(source)) == 0:
		return "", &LogoError{Message: "is empty"}
	case len(source) > MaxLogo:
		return "", &LogoError{Message: fmt.Sprintf("has more than %d kB", MaxLogo>>10),
			Remedy: "simplify the drawing, and export it without embedded fonts or pictures"}
	case !utf8.Valid(source):
		return "", &LogoError{Message: "is not UTF-8 text", Remedy: "export the logo as SVG, encoded in UTF-8"}
	}
	r := &logoReader{
		decoder: xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(source, []byte("\ufeff")))),
		ids:     map[string]bool{}, used: map[string]int{},
	}
	if err := r.read(); err != nil {
		return "", err
	}
	if r.out.Len() > MaxLogo {
		return "", &LogoError{Message: fmt.Sprintf("has more than %d kB", MaxLogo>>10)}
	}
	return r.out.String(), nil
}

func (r *logoReader) refuse(remedy, format string, args ...any) error {
	line, _ := r.decoder.InputPos()
	return &LogoError{Line: line, Message: fmt.Sprintf(format, args...), Remedy: remedy}
}

func (r *logoReader) read() error {
	for {
		token, err := r.decoder.Token()
		if errors.Is(err, io.EOF) {
			return r.end()
		}
		if err != nil {
			if s, ok := errors.AsType[*xml.SyntaxError](err); ok {
				return &LogoError{Line: s.Line, Message: "is not XML without entities: " + s.Msg}
			}
			return r.refuse("", "is not XML: %v", err)
		}
		if err := r.token(token); err != nil {
			return err
		}
	}
}

func (r *logoReader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		last := len(r.open) - 1
		fmt.Fprintf(&r.out, "</%s>", r.open[last])
		r.open = r.open[:last]
	case xml.CharData:
		if len(r.open) > 0 && isText(r.open[len(r.open)-1]) {
			return r.escape(string(t))
		}
	case xml.ProcInst:
		if t.Target != "xml" {
			return r.refuse("remove it", "contains the processing instruction %s", shown(t.Target))
		}
	case xml.Directive:
		return r.refuse("remove it; SVG needs none", "contains a document type or an entity declaration (<!%s)",
			shown(string(t)))
	}
	return nil
}

func (r *logoReader) start(t xml.StartElement) error {
	name := t.Name.Local
	switch {
	case editorSpaces[t.Name.Space], t.Name.Space == svgSpace && leftOut[name]:
		return r.skip()
	case t.Name.Space != svgSpace && t.Name.Space != "":
		return r.refuse("export the logo as plain SVG", "contains the element %s of the namespace %q", shown(name),
			shown(t.Name.Space))
	case len(r.open) == 0 && r.count > 0, len(r.open) == 0 && name != "svg":
		return r.refuse("", "must be one svg element, but has the element %s", shown(name))
	case len(r.open) > 0 && !elements[name]:
		return r.refuse(remedies[name], "contains the element %s", shown(name))
	case len(r.open) == maxDepth:
		return r.refuse("", "has elements nested more than %d deep", maxDepth)
	case len(t.Attr) > maxAttributes:
		return r.refuse("", "has an element %s with more than %d attributes", name, maxAttributes)
	}
	if r.count++; r.count > maxElements {
		return r.refuse("simplify the drawing", "has more than %d elements", maxElements)
	}
	attributes, err := r.attributes(name, t.Attr)
	if err != nil {
		return err
	}
	if name == "svg" {
		if attributes, err = r.sized(attributes); err != nil {
			return err
		}
	}
	r.open = append(r.open, name)
	r.out.WriteString("<" + name)
	for _, a := range attributes {
		r.out.WriteString(" " + a.name + `="`)
		if err := r.escape(a.value); err != nil {
			return err
		}
		r.out.WriteByte('"')
	}
	r.out.WriteByte('>')
	return nil
}

// skip reads past an element and its content.
func (r *logoReader) skip() error {
	if err := r.decoder.Skip(); err != nil {
		return r.refuse("", "is not XML: %v", err)
	}
	return nil
}

func (r *logoReader) escape(text string) error {
	if err := xml.EscapeText(&r.out, []byte(text)); err != nil {
		return r.refuse("", "contains text that cannot be written: %v", err)
	}
	return nil
}

// end checks the rules that concern the whole drawing.
func (r *logoReader) end() error {
	if r.count == 0 {
		return &LogoError{Message: "contains no svg element"}
	}
	for id, line := range r.used {
		if !r.ids[id] {
			return &LogoError{Line: line, Message: fmt.Sprintf("refers to #%s, which it does not contain", shown(id))}
		}
	}
	return nil
}

// shown returns a value of the logo, shortened for a message.
func shown(text string) string {
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
}
