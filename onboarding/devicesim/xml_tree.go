package devicesim

import "strings"

// resolved is an element with its namespace worked out, for formats that are defined with namespaces.
type resolved struct {
	space, local string
	text         string // without XML's white space around it
	raw          string // as it stands
	attrs        map[string]string
	children     []*resolved
}

// resolve works out the namespaces of a tree. Attributes with a prefix are left out: no format read here
// defines one.
func resolve(e *element, scope map[string]string) *resolved {
	own := map[string]string{}
	for prefix, uri := range scope {
		own[prefix] = uri
	}
	r := &resolved{text: strings.Trim(e.text, " \t\r\n"), raw: e.text, attrs: map[string]string{}}
	for _, a := range e.attrs {
		switch {
		case a.Name.Space == "xmlns":
			own[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			own[""] = a.Value
		case a.Name.Space == "":
			r.attrs[a.Name.Local] = a.Value
		}
	}
	prefix, local, ok := strings.Cut(e.tag, ":")
	if !ok {
		prefix, local = "", e.tag
	}
	r.space, r.local = own[prefix], local
	if _, known := own[prefix]; !known && prefix != "" {
		r.space = "undeclared:" + prefix
	}
	for _, c := range e.children {
		r.children = append(r.children, resolve(c, own))
	}
	return r
}

// child returns the first child of a name, nil when there is none. It may be called on nil.
func (r *resolved) child(local string) *resolved {
	if r == nil {
		return nil
	}
	for _, c := range r.children {
		if c.local == local {
			return c
		}
	}
	return nil
}

// find goes down a path of children.
func (r *resolved) find(path ...string) *resolved {
	for _, p := range path {
		r = r.child(p)
	}
	return r
}

// value is the text of a node down a path, empty when there is none.
func (r *resolved) value(path ...string) string {
	if n := r.find(path...); n != nil {
		return n.text
	}
	return ""
}

// rawValue is the same with the white space around it, which belongs to a name or a password.
func (r *resolved) rawValue(path ...string) string {
	if n := r.find(path...); n != nil {
		return n.raw
	}
	return ""
}

// contentModel is a sequence of children as an XML schema writes it: in this order, each at least min and
// at most max times (max 0 means any number).
type contentModel []particle

type particle struct {
	local    string
	min, max int
	content  contentModel // nil for a leaf of text
	any      bool         // whatever is inside is not looked at
	foreign  bool         // any elements of other namespaces, in place of those of one name
}

// misfit returns the path of the first child that breaks a content model, empty when none does. Namespaces
// are the caller's affair, except where a schema lets in whatever is of another one.
func (r *resolved) misfit(model contentModel, path string) string {
	i := 0
	for _, p := range model {
		for p.foreign && i < len(r.children) && r.children[i].space != "" && r.children[i].space != r.space {
			i++
		}
		if p.foreign {
			continue
		}
		count := 0
		for i < len(r.children) && r.children[i].local == p.local && (p.max == 0 || count < p.max) {
			c := r.children[i]
			at := path + "/" + p.local
			if p.content == nil && !p.any && len(c.children) > 0 {
				return at + "/" + c.children[0].local
			}
			if p.content != nil {
				if bad := c.misfit(p.content, at); bad != "" {
					return bad
				}
				if c.text != "" {
					return at + " holds text"
				}
			}
			i++
			count++
		}
		if count < p.min {
			return path + "/" + p.local + " is missing"
		}
	}
	if i < len(r.children) {
		return path + "/" + r.children[i].local
	}
	return ""
}

// all returns the children. It may be called on nil.
func (r *resolved) all() []*resolved {
	if r == nil {
		return nil
	}
	return r.children
}
