package web

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// Object is a JSON object of a request. Its methods return nil for a member that is absent or null,
// and record members of a wrong type by field name; Err returns all of them.
type Object struct {
	prefix  string // of field names, for example "document."
	Members map[string]any
	Faults  *onboarding.Faults
}

// ErrEmptyBody is the answer to a body without JSON.
var ErrEmptyBody = &onboarding.Error{Kind: onboarding.Invalid, Message: "the body is empty; a JSON object is required"}

// readObject reads a request's body, which must be one JSON object.
func readObject(c echo.Context, of *Wanted) (*Object, error) {
	raw, err := ReadBody(c)
	if err != nil {
		return nil, err
	}
	o, empty, err := DecodeObject(raw, of)
	if err == nil && empty {
		err = ErrEmptyBody
	}
	return o, err
}

// DecodeObject parses the wanted members of a body, and reports whether the body is empty.
func DecodeObject(raw []byte, of *Wanted) (o *Object, empty bool, err error) {
	o = &Object{Members: map[string]any{}, Faults: new(onboarding.Faults)}
	if len(bytes.TrimSpace(raw)) == 0 {
		return o, true, nil
	}
	o.Members, err = ParseObject(raw, of)
	return o, false, err
}

func (o *Object) Err() error { return o.Faults.Err() }

func (o *Object) Refuse(name, message string) { o.Faults.Refuse(o.prefix+name, message) }

func (o *Object) Text(name string) *string {
	switch v := o.Members[name].(type) {
	case nil:
	case string:
		return &v
	default:
		o.Refuse(name, "not a text")
	}
	return nil
}

// PlainText returns a text for which empty and absent are equal.
func (o *Object) PlainText(name string) string {
	if v := o.Text(name); v != nil {
		return *v
	}
	return ""
}

// RequiredText returns a text, and records an error if it is absent.
func (o *Object) RequiredText(name string) string {
	v := o.Text(name)
	if v == nil {
		o.Refuse(name, "missing")
		return ""
	}
	return *v
}

// Boolean returns a boolean, which may also be the text "true" or "false".
func (o *Object) Boolean(name string) *bool {
	yes := false
	switch o.Members[name] {
	case nil:
		return nil
	case true, "true":
		yes = true
	case false, "false":
	default:
		o.Refuse(name, "not true or false")
		return nil
	}
	return &yes
}

// Integer returns a whole number in any notation (3600, 3.6e3), also as text.
func (o *Object) Integer(name string) *int {
	written := ""
	switch v := o.Members[name].(type) {
	case nil:
		return nil
	case Number:
		written = string(v)
	case string:
		if jsontext.Value(v).Kind() == '0' && jsontext.Value(v).IsValid() {
			written = v
		}
	}
	if f, err := strconv.ParseFloat(written, 64); err == nil && f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
		i := int(f)
		return &i
	}
	o.Refuse(name, "not a whole number")
	return nil
}

// Object returns an object, or nil.
func (o *Object) Object(name string) *Object {
	switch v := o.Members[name].(type) {
	case nil:
	case map[string]any:
		return o.Member(name, v)
	case brokenText:
		o.Refuse(name, "not an object: the text is not JSON")
	default:
		o.Refuse(name, "not an object")
	}
	return nil
}

// List returns the items of a member that is a list.
func (o *Object) List(name string) []any {
	list, _ := o.Members[name].([]any)
	return list
}

// Member returns an object within o that shares its findings.
func (o *Object) Member(name string, members map[string]any) *Object {
	return &Object{prefix: o.prefix + name + ".", Members: members, Faults: o.Faults}
}

// Decisions returns an object of booleans, which may also be text.
func (o *Object) Decisions(name string) map[string]bool {
	policies := o.Object(name)
	if policies == nil {
		return nil
	}
	decided := make(map[string]bool, len(policies.Members))
	for _, key := range slices.Sorted(maps.Keys(policies.Members)) {
		if yes := policies.Boolean(key); yes != nil {
			decided[key] = *yes
		}
	}
	return decided
}

// Texts returns an object of texts. Numbers keep their notation; booleans become words.
func (o *Object) Texts(name string) map[string]string {
	custom := o.Object(name)
	if custom == nil {
		return nil
	}
	texts := make(map[string]string, len(custom.Members))
	for _, key := range slices.Sorted(maps.Keys(custom.Members)) {
		switch v := custom.Members[key].(type) {
		case nil:
		case string:
			texts[key] = v
		case Number:
			texts[key] = string(v)
		case bool:
			texts[key] = strconv.FormatBool(v)
		default:
			custom.Refuse(key, "not a text, number, true or false")
		}
	}
	return texts
}

// Alias returns the value of a member that has two names. Different values are an error of the
// second.
func Alias[T comparable](o *Object, first, second *T, secondName string) *T {
	switch {
	case first == nil:
		return second
	case second != nil && *first != *second:
		o.Refuse(secondName, "contradicts another member")
	}
	return first
}
