package xmldoc

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// A Canonicalizer writes Canonical XML 1.0 (W3C, 15 March 2001) without comments, or its exclusive
// form, of a document or one of its elements. It works on the token stream, which preserves the
// order of text and elements.
type Canonicalizer struct {
	Exclusive bool
	// apex selects the element to write by its local name; empty means the whole document.
	Apex string
	// Omit and OmitSpace select elements to leave out, with their content.
	Omit, OmitSpace string

	out     strings.Builder
	scopes  []map[string]string // declared prefixes, from the root down
	written []map[string]string // written prefixes, from the apex down
}

var errCanonical = errors.New("document cannot be canonicalised")

// xmlNamespace is bound to the prefix xml without a declaration.
const xmlNamespace = "http://www.w3.org/XML/1998/namespace"

// Write returns the canonical form of a document. It returns an error for processing
// instructions.
func (c *Canonicalizer) Write(doc string) (string, error) {
	dec := xml.NewDecoder(strings.NewReader(doc))
	skip, depth, apexDepth := 0, 0, 0
	inside := c.Apex == ""
	done := false
	for {
		tok, err := dec.RawToken()
		if err == io.EOF {
			return c.out.String(), nil
		}
		if err != nil {
			return "", errCanonical
		}
		switch t := tok.(type) {
		case xml.StartElement:
			depth++
			c.declare(t)
			switch {
			case skip > 0:
				skip++
				continue
			case c.Omit != "" && t.Name.Local == c.Omit && c.scopes[len(c.scopes)-1][t.Name.Space] == c.OmitSpace:
				skip = 1
				continue
			case !inside && !done && t.Name.Local == c.Apex:
				inside, apexDepth = true, depth
			}
			if inside {
				c.start(t)
			}
		case xml.EndElement:
			depth--
			c.scopes = c.scopes[:max(0, len(c.scopes)-1)]
			if skip > 0 {
				skip--
				continue
			}
			if inside {
				c.out.WriteString("</" + Qualified(t.Name) + ">")
				c.written = c.written[:max(0, len(c.written)-1)]
				if c.Apex != "" && depth < apexDepth {
					inside, done = false, true
				}
			}
		case xml.CharData:
			if inside && skip == 0 && depth > 0 {
				c.out.WriteString(escapeCanonicalText(string(t)))
			}
		case xml.ProcInst:
			if t.Target != "xml" {
				return "", errCanonical
			}
		}
	}
}

// declare adds the element's namespaces to the scope.
func (c *Canonicalizer) declare(t xml.StartElement) {
	scope := map[string]string{"xml": xmlNamespace}
	if n := len(c.scopes); n > 0 {
		for p, u := range c.scopes[n-1] {
			scope[p] = u
		}
	}
	for _, a := range t.Attr {
		if p, is := declaredPrefix(a); is {
			scope[p] = a.Value
		}
	}
	c.scopes = append(c.scopes, scope)
}

func declaredPrefix(a xml.Attr) (string, bool) {
	switch {
	case a.Name.Space == "xmlns":
		return a.Name.Local, true
	case a.Name.Space == "" && a.Name.Local == "xmlns":
		return "", true
	}
	return "", false
}

func (c *Canonicalizer) start(t xml.StartElement) {
	scope := c.scopes[len(c.scopes)-1]
	above := map[string]string{}
	if n := len(c.written); n > 0 {
		above = c.written[n-1]
	}
	now := map[string]string{}
	for p, u := range above {
		now[p] = u
	}
	var prefixes []string
	for p, u := range scope {
		if p == "xml" || c.Exclusive && !usesPrefix(t, p) {
			continue
		}
		if above[p] != u { // an undeclared default namespace counts as empty
			prefixes = append(prefixes, p)
			now[p] = u
		}
	}
	c.written = append(c.written, now)
	c.out.WriteString("<" + Qualified(t.Name))
	slices.Sort(prefixes)
	for _, p := range prefixes {
		name := "xmlns"
		if p != "" {
			name += ":" + p
		}
		c.out.WriteString(" " + name + `="` + escapeCanonicalAttribute(scope[p]) + `"`)
	}
	var attrs []xml.Attr
	for _, a := range t.Attr {
		if _, is := declaredPrefix(a); !is {
			attrs = append(attrs, a)
		}
	}
	space := func(a xml.Attr) string {
		if a.Name.Space == "" {
			return "" // an attribute without a prefix has no namespace
		}
		return scope[a.Name.Space]
	}
	slices.SortFunc(attrs, func(a, b xml.Attr) int {
		if d := strings.Compare(space(a), space(b)); d != 0 {
			return d
		}
		return strings.Compare(a.Name.Local, b.Name.Local)
	})
	for _, a := range attrs {
		c.out.WriteString(" " + Qualified(a.Name) + `="` + escapeCanonicalAttribute(a.Value) + `"`)
	}
	c.out.WriteString(">")
}

// usesPrefix reports whether the name of an element or of an attribute has a prefix.
func usesPrefix(t xml.StartElement, prefix string) bool {
	if t.Name.Space == prefix {
		return true
	}
	for _, a := range t.Attr {
		if _, is := declaredPrefix(a); !is && prefix != "" && a.Name.Space == prefix {
			return true
		}
	}
	return false
}

func escapeCanonicalText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;").Replace(s)
}

func escapeCanonicalAttribute(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;").
		Replace(s)
}
