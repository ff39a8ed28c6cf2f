package web

// Wanted is what a route reads of a JSON value. Everything else is skipped without being built, so that the memory that a
// body costs depends on what is read of it.
type Wanted struct {
	Members map[string]*Wanted // an object's, by name
	Others  *Wanted            // of the object's members that are not among members; nil: they are skipped
	Items   *Wanted            // a list's
	Text    bool               // an object or list may also come as a text that holds JSON
}

// Simple is a text, a number, true, false or null.
var Simple = &Wanted{}

// simples names members that are simple.
func simples(names ...string) map[string]*Wanted {
	members := make(map[string]*Wanted, len(names))
	for _, name := range names {
		members[name] = Simple
	}
	return members
}

// ObjectOf wants an object with those simple members.
func ObjectOf(names ...string) *Wanted { return &Wanted{Members: simples(names...), Text: true} }

// AnyMembers wants an object whose members are all simple and may have any name.
var AnyMembers = &Wanted{Others: Simple, Text: true}

// With adds one more member.
func (w *Wanted) With(name string, of *Wanted) *Wanted {
	w.Members[name] = of
	return w
}
