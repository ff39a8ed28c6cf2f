package signing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// parseXML parses a document and returns its root element. It rejects documents
// that XML parsers interpret differently: text outside the root, processing
// instructions, document types, duplicate attributes and undeclared prefixes.
// encoding/xml accepts several of these.
func parseXML(document []byte) (*etree.Element, error) {
	if !utf8.Valid(document) {
		return nil, errors.New("signing: the document is not UTF-8")
	}
	tree := etree.NewDocument()
	tree.ReadSettings.PreserveDuplicateAttrs = true // to see them in checkAttributes
	tree.ReadSettings.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("it declares the encoding %q instead of UTF-8", charset)
	}
	if err := tree.ReadFromBytes(bytes.TrimPrefix(document, []byte("\ufeff"))); err != nil {
		return nil, fmt.Errorf("signing: the document is not XML: %w", err)
	}
	var root *etree.Element
	for i, token := range tree.Child {
		switch token := token.(type) {
		case *etree.Element:
			if root != nil {
				return nil, errors.New("signing: the document has more than one root element")
			}
			root = token
		case *etree.ProcInst:
			if i == 0 && token.Target == "xml" {
				continue // the XML declaration
			}
			return nil, errors.New("signing: the document has a processing instruction")
		case *etree.Directive:
			return nil, errors.New("signing: the document has a document type declaration")
		case *etree.CharData:
			if strings.TrimSpace(token.Data) != "" {
				return nil, errors.New("signing: the document has text outside its root element")
			}
		}
	}
	if root == nil {
		return nil, errors.New("signing: the document has no root element")
	}
	if err := checkElement(root, nil); err != nil {
		return nil, err
	}
	for _, child := range root.ChildElements() {
		if child.Tag == "Signature" && child.NamespaceURI() == xmlSignature {
			return nil, errors.New("signing: the document is already signed")
		}
	}
	return root, nil
}

// checkElement checks an element and its descendants. declared holds the
// prefixes that its ancestors declare.
func checkElement(e *etree.Element, declared []string) error {
	declared, err := checkAttributes(e, declared)
	if err != nil {
		return err
	}
	if !known(e.Space, declared) || strings.Contains(e.Tag, ":") {
		return fmt.Errorf("signing: the element %s has an undeclared namespace prefix", e.FullTag())
	}
	for _, token := range e.Child {
		switch token := token.(type) {
		case *etree.Element:
			if err := checkElement(token, declared); err != nil {
				return err
			}
		case *etree.ProcInst, *etree.Directive:
			return fmt.Errorf("signing: the element %s holds a processing instruction or declaration", e.FullTag())
		}
	}
	return nil
}

// checkAttributes checks the attributes of an element and returns declared plus
// the prefixes that the element declares.
//
// It rejects elements with attributes of two namespaces. Canonical XML sorts
// attributes by namespace and then by name, but goxmldsig sorts prefixed ones by
// name first, so its digest could differ from that of other implementations.
// Provisioning files have no such element.
func checkAttributes(e *etree.Element, declared []string) ([]string, error) {
	for _, a := range e.Attr {
		if a.Space == "xmlns" {
			declared = append(declared[:len(declared):len(declared)], a.Key)
		}
	}
	prefix := ""
	for i, a := range e.Attr {
		for _, earlier := range e.Attr[:i] {
			if a.Space == earlier.Space && a.Key == earlier.Key {
				return nil, fmt.Errorf("signing: the element %s has the attribute %s twice",
					e.FullTag(), a.FullKey())
			}
		}
		if a.Space == "" && !strings.Contains(a.Key, ":") || a.Space == "xmlns" {
			continue
		}
		if !known(a.Space, declared) || strings.Contains(a.Key, ":") {
			return nil, fmt.Errorf("signing: the attribute %s of %s has an undeclared namespace prefix",
				a.FullKey(), e.FullTag())
		}
		if prefix != "" && prefix != a.Space {
			return nil, fmt.Errorf("signing: the element %s has attributes of two namespaces: "+
				"canonicalization of these is not supported", e.FullTag())
		}
		prefix = a.Space
	}
	return declared, nil
}

// known reports whether a prefix is declared. The empty prefix and xml need no
// declaration.
func known(prefix string, declared []string) bool {
	return prefix == "" || prefix == "xml" || slices.Contains(declared, prefix)
}
