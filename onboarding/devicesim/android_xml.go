package devicesim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
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

// node is a node of the OMA-DM tree: a leaf with a value or an inner node with children.
type node struct {
	name     string
	leaf     bool
	value    string
	children []*node
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// readAndroidTree turns the profile part into its one instance node, nil when a rule forbids that.
func readAndroidTree(j *judge, profile []byte) *node {
	if !utf8.Valid(profile) {
		j.breaks(androidUTF8, fmt.Sprintf("%d bytes", len(profile)))
		return nil
	}
	var x xmlReader
	root, err := x.parse(profile)
	switch {
	case errors.Is(err, errTooBig):
		j.breaks(androidTooBig, err.Error())
		return nil
	case x.internalDTD:
		j.breaks(androidDTD, "a DOCTYPE with an internal subset")
		return nil
	case err != nil:
		j.breaks(androidXML, err.Error())
		return nil
	}
	if x.hasDoctype {
		j.breaks(androidDoctype, x.doctype)
	}
	if root.tag != "MgmtTree" {
		j.breaks(androidRoot, root.tag)
		return nil
	}
	var instance *node
	verDTD, nodes := 0, 0
	for _, c := range root.children {
		switch c.tag {
		case "VerDTD":
			if verDTD++; verDTD > 1 {
				j.breaks(androidVerDTD, "VerDTD twice")
			}
		case "Node":
			if nodes++; nodes == 1 {
				instance = readPerProviderSubscription(j, c)
			}
		default:
			j.breaks(androidNode, "MgmtTree/"+c.tag)
		}
	}
	if nodes != 1 {
		j.breaks(androidTopNode, fmt.Sprintf("%d nodes under MgmtTree", nodes))
	}
	return instance
}

const ppsURN = "urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0"

func readPerProviderSubscription(j *judge, e *element) *node {
	const path = "PerProviderSubscription"
	var instance *node
	names, updates, instances := 0, 0, 0
	for _, c := range e.children {
		switch c.tag {
		case "NodeName":
			if names++; names > 1 {
				j.breaks(androidNode, path+": NodeName twice")
			}
			if name := trimControls(c.text); name != path {
				j.breaks(androidTopNode, name)
			}
		case "Node":
			n := buildNode(j, c, path)
			switch {
			case n == nil:
			case n.name == "UpdateIdentifier":
				if updates++; updates > 1 {
					j.breaks(androidDuplicateNode, path+"/UpdateIdentifier")
				}
				readInteger(j, n, path+"/UpdateIdentifier")
			default:
				if instances++; instances > 1 {
					j.breaks(androidInstance, n.name)
					continue
				}
				instance = n
			}
		case "RTProperties":
			if urn := readURN(c); urn != ppsURN {
				j.breaks(androidURN, urn)
			}
		default:
			j.breaks(androidNode, path+"/"+c.tag)
		}
	}
	if names == 0 {
		j.breaks(androidTopNode, "no NodeName")
	}
	if instance == nil {
		if !j.refused() {
			j.breaks(androidInstance, "none")
		}
		return nil
	}
	if instance.leaf {
		j.breaks(androidInstance, instance.name+" has a value")
		return nil
	}
	return instance
}

// readURN walks RTProperties, Type and DDFName, each the only child of the one before.
func readURN(e *element) string {
	if len(e.children) != 1 || e.children[0].tag != "Type" {
		return "RTProperties without exactly one Type"
	}
	t := e.children[0]
	if len(t.children) != 1 || t.children[0].tag != "DDFName" || len(t.children[0].children) != 0 {
		return "Type without exactly one DDFName"
	}
	return trimControls(t.children[0].text)
}

// buildNode flattens a Node element. It returns nil after it has reported why the element is no node.
func buildNode(j *judge, e *element, path string) *node {
	n := &node{}
	hasName, hasValue, broken := false, false, false
	fail := func(r *Rule, why string) {
		j.breaks(r, why)
		broken = true
	}
	for _, c := range e.children {
		if c.tag == "NodeName" {
			if hasName {
				fail(androidNode, path+": NodeName twice")
			}
			hasName, n.name = true, trimControls(c.text)
		}
	}
	here := path + "/" + n.name
	seen := map[string]bool{}
	for _, c := range e.children {
		switch c.tag {
		case "NodeName":
		case "Node":
			child := buildNode(j, c, here)
			if child == nil {
				broken = true
				continue
			}
			if seen[child.name] {
				fail(androidDuplicateNode, here+"/"+child.name)
			}
			seen[child.name] = true
			n.children = append(n.children, child)
		case "Value":
			if hasValue {
				fail(androidNode, here+": Value twice")
			}
			if len(c.children) > 0 {
				fail(androidNode, here+": elements inside Value")
			}
			hasValue = true
			n.value = trimControls(c.text)
			if n.value != c.text && n.value != "" && !strings.ContainsAny(c.text, "\r\n") {
				j.breaks(androidTrimmed, here)
			}
		default:
			fail(androidNode, here+"/"+c.tag)
		}
	}
	switch {
	case !hasName:
		fail(androidNode, path+": a Node without NodeName")
	case !hasValue && len(n.children) == 0 && !broken:
		fail(androidNode, here+": neither Value nor Node")
	case hasValue && len(n.children) > 0:
		fail(androidNode, here+": both Value and Node")
	}
	n.leaf = hasValue
	if broken {
		return nil
	}
	return n
}
