package web

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"

	"onramp/onboarding"
)

// ErrEmptyBody is the answer to a body without JSON.
var ErrEmptyBody = &onboarding.Error{Kind: onboarding.Invalid, Message: "the body is empty; a JSON object is required"}

// A Body is a request's JSON object as a Go struct, whose json tags name the members. Decision: the
// struct is filled from the bounded parser of this package and not by json.Unmarshal, which stops
// at the first member of a wrong type; a request reports all of them, and some values have two
// forms.
//
//	field                JSON
//	*string, string      text; null, absent: nil, ""
//	*bool                boolean, or the text "true" or "false"
//	*int                 whole number in any notation, also as text
//	map[string]bool      object of booleans
//	map[string]string    object of texts, numbers and booleans
//	*struct              object
//	[]*struct            list of objects; nil for an item that is not one
//
// An object or a list may also be a text that holds JSON. Members without a field are skipped. A
// member that is given twice is an error.
type Body[T any] struct {
	Value  T
	Guid   *string            // the member guid, if the struct has it
	Faults *onboarding.Faults // members of a wrong type
	Empty  bool               // the body has no JSON
}

// Decode parses a body.
func Decode[T any](raw []byte) (*Body[T], error) {
	b := &Body[T]{Faults: new(onboarding.Faults)}
	if len(bytes.TrimSpace(raw)) == 0 {
		b.Empty = true
		return b, nil
	}
	s := shapeOf(reflect.TypeFor[T]())
	members, err := ParseObject(raw, s.wanted)
	if err != nil {
		return nil, err
	}
	o := object{members: members, faults: b.Faults}
	o.fill(reflect.ValueOf(&b.Value).Elem(), s)
	if text, ok := members["guid"].(string); ok {
		b.Guid = &text
	}
	return b, nil
}

// Err returns all faults as one error.
func (b *Body[T]) Err() error { return b.Faults.Err() }

// Required returns a member's text, and records an error if it is absent.
func (b *Body[T]) Required(name string, text *string) string {
	if text == nil {
		b.Faults.Refuse(name, "missing")
		return ""
	}
	return *text
}

// Alias returns the value of a member that has two names. Different values are a fault of the
// second.
func Alias[T comparable](faults *onboarding.Faults, first, second *T, secondName string) *T {
	switch {
	case first == nil:
		return second
	case second != nil && *first != *second:
		faults.Refuse(secondName, "contradicts another member")
	}
	return first
}

// shape is a struct type's members: their names by field, and the values that the parser builds.
type shape struct {
	names  []string
	wanted *Wanted
}

// shapes caches the shape of each struct type.
var shapes sync.Map // reflect.Type -> *shape

// shapeOf returns the shape of a struct type.
func shapeOf(t reflect.Type) *shape {
	if known, ok := shapes.Load(t); ok {
		return known.(*shape)
	}
	s := &shape{names: make([]string, t.NumField()), wanted: &Wanted{Members: map[string]*Wanted{}, Text: true}}
	for i := range t.NumField() {
		f := t.Field(i)
		s.names[i] = f.Tag.Get("json")
		s.wanted.Members[s.names[i]] = wantedOf(f.Type)
	}
	known, _ := shapes.LoadOrStore(t, s)
	return known.(*shape)
}

// wantedOf returns the values that the parser builds for a field.
func wantedOf(t reflect.Type) *Wanted {
	switch {
	case t.Kind() == reflect.Map:
		return &Wanted{Others: Simple, Text: true}
	case t.Kind() == reflect.Slice:
		return &Wanted{Items: shapeOf(t.Elem().Elem()).wanted, Text: true}
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		return shapeOf(t.Elem()).wanted
	}
	return Simple
}

// fill sets the fields of a struct.
func (o *object) fill(v reflect.Value, s *shape) {
	for i, name := range s.names {
		switch field := v.Field(i).Addr().Interface().(type) {
		case **string:
			*field = o.text(name)
		case *string:
			if text := o.text(name); text != nil {
				*field = *text
			}
		case **bool:
			*field = o.boolean(name)
		case **int:
			*field = o.integer(name)
		case *map[string]bool:
			*field = o.booleans(name)
		case *map[string]string:
			*field = o.texts(name)
		default:
			o.fillPart(name, v.Field(i))
		}
	}
}

// fillPart sets a field that is a struct or a list of structs.
func (o *object) fillPart(name string, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if part := o.object(name); part != nil {
			v.Set(reflect.New(v.Type().Elem()))
			part.fill(v.Elem(), shapeOf(v.Type().Elem()))
		}
		return
	}
	list, _ := o.members[name].([]any)
	for i, one := range list {
		item := reflect.Zero(v.Type().Elem())
		at := fmt.Sprintf("%s[%d]", name, i)
		if members, ok := one.(map[string]any); ok {
			item = reflect.New(v.Type().Elem().Elem())
			o.part(at, members).fill(item.Elem(), shapeOf(item.Type().Elem()))
		} else {
			o.refuse(at, "not an object")
		}
		v.Set(reflect.Append(v, item))
	}
}
