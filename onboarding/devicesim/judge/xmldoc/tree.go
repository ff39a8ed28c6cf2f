package xmldoc

import "strings"

// Node is an element with its namespace worked out, for formats that are defined with namespaces.
type Node struct {
	Space, Local string
	Text         string // without XML's white space around it
	Raw          string // as it stands
	Attrs        map[string]string
	Children     []*Node
}

// Resolve works out the namespaces of a tree. Attributes with a prefix are left out: no format read here
// defines one.
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

// Child returns the first child of a name, nil when there is none. It may be called on nil.
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

// Find goes down a path of children.
func (r *Node) Find(path ...string) *Node {
	for _, p := range path {
		r = r.Child(p)
	}
	return r
}

// Value is the text of a node down a path, empty when there is none.
func (r *Node) Value(path ...string) string {
	if n := r.Find(path...); n != nil {
		return n.Text
	}
	return ""
}

// RawValue is the same with the white space around it, which belongs to a name or a password.
func (r *Node) RawValue(path ...string) string {
	if n := r.Find(path...); n != nil {
		return n.Raw
	}
	return ""
}

// Model is a sequence of children as an XML schema writes it: in this order, each at least min and
// at most max times (max 0 means any number).
type Model []Particle

type Particle struct {
	Local    string
	Min, Max int
	Content  Model // nil for a leaf of text
	Any      bool  // whatever is inside is not looked at
	Foreign  bool  // any elements of other namespaces, in place of those of one name
}

// Misfit returns the path of the first child that breaks a content model, empty when none does. Namespaces
// are the caller's affair, except where a schema lets in whatever is of another one.
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

// All returns the children. It may be called on nil.
func (r *Node) All() []*Node {
	if r == nil {
		return nil
	}
	return r.Children
}
