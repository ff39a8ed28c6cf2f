package xmldoc

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxElements = 20000
	maxDepth    = 64
	// maxAttributes is the maximum per element.
	maxAttributes = 256
)

// Element is an XML element. Tag contains the namespace prefix as written, because Android's parser
// compares qualified names.
type Element struct {
	Tag      string
	Attrs    []xml.Attr
	Text     string
	Children []*Element
}

// Reader parses a document into elements. It refuses documents that are not well-formed, resolves
// only the predefined entities, and limits the cost of hostile documents.
type Reader struct {
	// takes11 allows a document that declares version 1.1.
	Takes11 bool

	HasDeclaration bool
	version        string
	Encoding       string
	HasDoctype     bool
	Doctype        string
	InternalDTD    bool

	doc   string
	pos   int
	count int
}

var (
	// ErrTooBig means that a document exceeds the limits on elements, depth or attributes.
	ErrTooBig      = errors.New("too many or too deeply nested elements, or too many attributes")
	errBOM         = errors.New("byte order mark before the document")
	errEnd         = errors.New("unexpected end of document")
	errInternalDTD = errors.New("DOCTYPE with an internal subset")
)

// Parse parses a document. The text of an element is its own character data, including CDATA
// sections, without that of its children.
func (x *Reader) Parse(doc []byte) (*Element, error) {
	if bytes.HasPrefix(doc, []byte("\xef\xbb\xbf")) {
		return nil, errBOM
	}
	if !utf8.Valid(doc) {
		return nil, errors.New("not UTF-8")
	}
	x.doc = strings.ReplaceAll(strings.ReplaceAll(string(doc), "\r\n", "\n"), "\r", "\n")
	root, err := x.document()
	if err != nil {
		return nil, fmt.Errorf("%w on line %d", err, 1+strings.Count(x.doc[:min(x.pos, len(x.doc))], "\n"))
	}
	return root, nil
}

func (x *Reader) document() (*Element, error) {
	if err := x.declaration(); err != nil {
		return nil, err
	}
	for i, r := range x.doc {
		if !x.isChar(r) || x.version == "1.1" && isRestricted11(r) {
			x.pos = i
			return nil, errors.New("character not allowed in XML")
		}
	}
	var root *Element
	for {
		x.skipSpace()
		switch rest := x.doc[x.pos:]; {
		case rest == "" && root == nil:
			return nil, errEnd
		case rest == "":
			return root, nil
		case strings.HasPrefix(rest, "<!--"), strings.HasPrefix(rest, "<?"):
			if err := x.misc(); err != nil {
				return nil, err
			}
		case strings.HasPrefix(rest, "<!"):
			if root != nil || x.HasDoctype {
				return nil, errors.New("misplaced declaration")
			}
			if err := x.readDoctype(); err != nil {
				return nil, err
			}
		case rest[0] != '<':
			return nil, errors.New("text outside the root element")
		case root != nil:
			return nil, errors.New("more than one root element")
		default:
			var err error
			if root, err = x.element(0); err != nil {
				return nil, err
			}
		}
	}
}

// declaration parses `<?xml version="..." encoding="..." standalone="..."?>`. The document is UTF-8
// already, so the encoding is only recorded.
func (x *Reader) declaration() error {
	rest, ok := strings.CutPrefix(x.doc, "<?xml")
	if !ok || rest == "" || !isSpace(rest[0]) {
		return nil
	}
	x.pos = len("<?xml")
	x.HasDeclaration = true
	broken := errors.New("invalid XML declaration")
	seen := ""
	for {
		spaced := x.skipSpace()
		if strings.HasPrefix(x.doc[x.pos:], "?>") {
			x.pos += 2
			break
		}
		name, value, err := x.attribute()
		if err != nil || !spaced {
			return broken
		}
		switch order := seen + " " + name; order {
		case " version":
			x.version = value
		case " version encoding":
			x.Encoding = value
		case " version standalone", " version encoding standalone":
			if value != "yes" && value != "no" {
				return broken
			}
		default:
			return broken
		}
		seen += " " + name
	}
	if x.version != "1.0" && !(x.version == "1.1" && x.Takes11) {
		return errors.New("unsupported XML version")
	}
	return nil
}

// misc parses a comment or a processing instruction.
func (x *Reader) misc() error {
	if strings.HasPrefix(x.doc[x.pos:], "<!--") {
		body, after, ok := strings.Cut(x.doc[x.pos+len("<!--"):], "--")
		if !ok {
			return errEnd
		}
		if !strings.HasPrefix(after, ">") {
			return errors.New("-- inside a comment")
		}
		x.pos += len("<!--") + len(body) + len("-->")
		return nil
	}
	x.pos += len("<?")
	target := x.name()
	if target == "" || strings.EqualFold(target, "xml") {
		return errors.New("misplaced XML declaration or invalid processing instruction")
	}
	end := strings.Index(x.doc[x.pos:], "?>")
	switch {
	case end < 0:
		return errEnd
	case end > 0 && !isSpace(x.doc[x.pos]):
		return errors.New("invalid processing instruction")
	}
	x.pos += end + len("?>")
	return nil
}

// readDoctype parses a DOCTYPE with at most an external identifier, which is not fetched.
func (x *Reader) readDoctype() error {
	broken := errors.New("invalid DOCTYPE")
	start := x.pos
	if !strings.HasPrefix(x.doc[x.pos:], "<!DOCTYPE") {
		return errors.New("misplaced declaration")
	}
	x.pos += len("<!DOCTYPE")
	x.HasDoctype = true
	if !x.skipSpace() || x.name() == "" {
		return broken
	}
	spaced := x.skipSpace()
	literals := 0
	switch rest := x.doc[x.pos:]; {
	case strings.HasPrefix(rest, "SYSTEM"):
		literals = 1
	case strings.HasPrefix(rest, "PUBLIC"):
		literals = 2
	}
	if literals > 0 {
		if !spaced {
			return broken
		}
		x.pos += len("SYSTEM")
		for range literals {
			if !x.skipSpace() || x.pos >= len(x.doc) {
				return broken
			}
			quote := x.doc[x.pos]
			end := strings.IndexByte(x.doc[x.pos+1:], quote)
			if quote != '"' && quote != '\'' || end < 0 {
				return broken
			}
			x.pos += end + 2
		}
		x.skipSpace()
	}
	if strings.HasPrefix(x.doc[x.pos:], "[") {
		x.InternalDTD = true
		return errInternalDTD
	}
	if !strings.HasPrefix(x.doc[x.pos:], ">") {
		return broken
	}
	x.Doctype = x.doc[start+len("<!") : x.pos]
	x.pos++
	return nil
}
