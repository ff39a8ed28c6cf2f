package devicesim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxElements = 20000
	maxDepth    = 64
)

// element is one XML element. tag keeps a namespace prefix as it was written, because Android's parser
// compares qualified names.
type element struct {
	tag      string
	attrs    []xml.Attr
	text     string
	children []*element
}

// xmlReader parses a document into elements with the strictness of a validating reader of XML 1.0, and
// bounds what a hostile document can cost.
type xmlReader struct {
	hasDeclaration bool
	encoding       string
	hasDoctype     bool
	doctype        string
	internalDTD    bool
}

var (
	errTooBig = errors.New("too many or too deeply nested elements")
	errXMLBOM = errors.New("a byte order mark before the document")
)

// parse reads a whole document. The text of an element is all of its own character data, CDATA sections
// included, without that of its children.
func (x *xmlReader) parse(doc []byte) (*element, error) {
	if bytes.HasPrefix(doc, []byte("\xef\xbb\xbf")) {
		return nil, errXMLBOM
	}
	dec := xml.NewDecoder(bytes.NewReader(doc))
	dec.Strict = true
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var root *element
	var open []*element
	var texts []*strings.Builder
	count := 0
	for {
		start := dec.InputOffset()
		tok, err := dec.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, safeXMLError(err)
		}
		switch t := tok.(type) {
		case xml.ProcInst:
			if strings.EqualFold(t.Target, "xml") {
				if start != 0 || t.Target != "xml" {
					return nil, errors.New("an XML declaration that is not the first thing in the document")
				}
				x.hasDeclaration = true
				x.encoding = declaredEncoding(string(t.Inst))
			}
		case xml.Directive:
			if root != nil || !bytes.HasPrefix(t, []byte("DOCTYPE")) {
				return nil, errors.New("a declaration out of place")
			}
			if x.hasDoctype {
				return nil, errors.New("two DOCTYPEs")
			}
			x.hasDoctype, x.doctype = true, string(t)
			x.internalDTD = bytes.ContainsRune(t, '[')
		case xml.StartElement:
			if root != nil && len(open) == 0 {
				return nil, errors.New("more than one root element")
			}
			if count++; count > maxElements || len(open) >= maxDepth {
				return nil, errTooBig
			}
			if err := uniqueAttributes(t.Attr); err != nil {
				return nil, err
			}
			e := &element{tag: qualified(t.Name), attrs: t.Copy().Attr}
			if root == nil {
				root = e
			} else {
				parent := open[len(open)-1]
				parent.children = append(parent.children, e)
			}
			open = append(open, e)
			texts = append(texts, &strings.Builder{})
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].tag != qualified(t.Name) {
				return nil, fmt.Errorf("</%s> closes nothing", qualified(t.Name))
			}
			open[len(open)-1].text = texts[len(texts)-1].String()
			open, texts = open[:len(open)-1], texts[:len(texts)-1]
		case xml.CharData:
			if len(open) > 0 {
				texts[len(texts)-1].Write(t)
			} else if len(bytes.Trim(t, " \t\r\n")) > 0 {
				return nil, errors.New("text outside the root element")
			}
		}
	}
	if root == nil || len(open) > 0 {
		return nil, errors.New("the document ends early")
	}
	return root, nil
}

// safeXMLError says what is wrong without quoting the document, whose text may be a password.
func safeXMLError(err error) error {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		return errors.New("not XML")
	}
	what := "not well-formed"
	switch {
	case strings.Contains(syntax.Msg, "entity"):
		what = "an unescaped & or an unknown entity"
	case strings.Contains(syntax.Msg, "EOF"):
		what = "the document ends early"
	case strings.Contains(syntax.Msg, "character code"), strings.Contains(syntax.Msg, "UTF-8"):
		what = "a character that XML 1.0 does not carry"
	}
	return fmt.Errorf("%s on line %d", what, syntax.Line)
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func uniqueAttributes(attrs []xml.Attr) error {
	seen := map[string]bool{}
	for _, a := range attrs {
		q := qualified(a.Name)
		if seen[q] {
			return fmt.Errorf("attribute %s twice", q)
		}
		seen[q] = true
	}
	return nil
}

// declaredEncoding is the encoding named in an XML declaration, empty when it names none.
func declaredEncoding(inst string) string {
	_, after, ok := strings.Cut(inst, "encoding")
	if !ok {
		return ""
	}
	after = strings.TrimLeft(after, " \t\r\n=")
	if after == "" {
		return ""
	}
	value, _, ok := strings.Cut(after[1:], after[:1])
	if !ok {
		return ""
	}
	return value
}
