package xmldoc

import "strings"

// Node is an element with its namespace resolved.
type Node struct {
	Space, Local string
	Text         string // without outer white space
	Raw          string // unchanged
	Attrs        map[string]string
	Children     []*Node
}

// Resolve resolves the namespaces of a tree. It drops attributes with a prefix: no supported format
// defines any.
func Resolve(e *Element, scope map[string]string) *Node {
	own := map[string]string{}
	for prefix, uri := range scope {
		own[prefix] = uri
	}
	r := &Node{Text: strings.Trim(e.Text, " \t\r\n"), Raw: e.Text, Attrs: map[string]string{}}
	for _, a := range e.Attrs {
		switch {
		case a.Name.Space == "xmlns":
			own[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			own[""] = a.Value
		case a.Name.Space == "":
			r.Attrs[a.Name.Local] = a.Value
		}
	}
	prefix, local, ok := strings.Cut(e.Tag, ":")
	if !ok {
		prefix, local = "", e.Tag
	}
	r.Space, r.Local = own[prefix], local
	if _, known := own[prefix]; !known && prefix != "" {
		r.Space = "undeclared:" + prefix
	}
	for _, c := range e.Children {
		r.Children = append(r.Children, Resolve(c, own))
	}
	return r
}

// Child returns the first child with a name, or nil. r may be nil.
func (r *Node) Child(local string) *Node {
	if r == nil {
		return nil
	}
	for _, c := range r.Children {
		if c.Local == local {
			return c
		}
	}
	return nil
}

// Find returns the node at a path of children, or nil.
func (r *Node) Find(path ...string) *Node {
	for _, p := range path {
		r = r.Child(p)
	}
	return r
}

// Value returns the text of the node at a path, or an empty string.
func (r *Node) Value(path ...string) string {
	if n := r.Find(path...); n != nil {
		return n.Text
	}
	return ""
}

// RawValue is Value with the outer white space, which is significant in names and passwords.
func (r *Node) RawValue(path ...string) string {
	if n := r.Find(path...); n != nil {
		return n.Raw
	}
	return ""
}

// Model is a sequence of children as in an XML schema: in this order, each at least Min and at most
// Max times (0 means unbounded).
type Model []Particle

// Particle is one element of a Model.
type Particle struct {
	Local    string
	Min, Max int
	Content  Model // nil for a text leaf
	Any      bool  // any content
	Foreign  bool  // any elements of other namespaces
}

// Misfit returns the path of the first child that does not match the model, or an empty string. It
// ignores namespaces, except for foreign elements.
func (r *Node) Misfit(model Model, path string) string {
	i := 0
	for _, p := range model {
		for p.Foreign && i < len(r.Children) && r.Children[i].Space != "" && r.Children[i].Space != r.Space {
			i++
		}
		if p.Foreign {
			continue
		}
		count := 0
		for i < len(r.Children) && r.Children[i].Local == p.Local && (p.Max == 0 || count < p.Max) {
			c := r.Children[i]
			at := path + "/" + p.Local
			if p.Content == nil && !p.Any && len(c.Children) > 0 {
				return at + "/" + c.Children[0].Local
			}
			if p.Content != nil {
				if bad := c.Misfit(p.Content, at); bad != "" {
					return bad
				}
				if c.Text != "" {
					return at + " holds text"
				}
			}
			i++
			count++
		}
		if count < p.Min {
			return path + "/" + p.Local + " is missing"
		}
	}
	if i < len(r.Children) {
		return path + "/" + r.Children[i].Local
	}
	return ""
}

// All returns the children. r may be nil.
func (r *Node) All() []*Node {
	if r == nil {
		return nil
	}
	return r.Children
}
