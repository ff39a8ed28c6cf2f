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
