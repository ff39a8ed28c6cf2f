package web

// Wanted describes the parts of a JSON value that a route reads. The parser skips all others
// without building them, so that a body costs memory only for its known members.
type Wanted struct {
	Members map[string]*Wanted // of an object, by name
	Others  *Wanted            // for an object's other members; nil: they are skipped
	Items   *Wanted            // of a list
	Text    bool               // an object or list may also be a text that holds JSON
}

// Simple is a text, number, boolean or null.
var Simple = &Wanted{}

// simples returns members that are simple.
func simples(names ...string) map[string]*Wanted {
	members := make(map[string]*Wanted, len(names))
	for _, name := range names {
		members[name] = Simple
	}
	return members
}

// ObjectOf returns an object with simple members.
func ObjectOf(names ...string) *Wanted { return &Wanted{Members: simples(names...), Text: true} }

// AnyMembers is an object of simple members with any names.
var AnyMembers = &Wanted{Others: Simple, Text: true}

// With adds a member.
func (w *Wanted) With(name string, of *Wanted) *Wanted {
	w.Members[name] = of
	return w
}
