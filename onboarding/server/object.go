package server

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"onramp/onboarding"
)

// object is a JSON object of a request, read member by member. Members of a wrong type are remembered, under their dotted names;
// err returns them at the end. A member that is absent or null is nil.
type object struct {
	prefix  string // "document." within a document
	members map[string]any
	faults  *onboarding.Faults
}

func (o *object) err() error { return o.faults.Err() }

func (o *object) refuse(name, message string) { o.faults.Refuse(o.prefix+name, message) }

func (o *object) text(name string) *string {
	switch v := o.members[name].(type) {
	case nil:
	case string:
		return &v
	default:
		o.refuse(name, "not a text")
	}
	return nil
}

// plainText is text for members in which empty and absent mean the same.
func (o *object) plainText(name string) string {
	if v := o.text(name); v != nil {
		return *v
	}
	return ""
}

// needText is text for a member that must be there.
func (o *object) needText(name string) string {
	v := o.text(name)
	if v == nil {
		o.refuse(name, "missing")
		return ""
	}
	return *v
}

// boolean takes true and false, also as text.
func (o *object) boolean(name string) *bool {
	yes := false
	switch o.members[name] {
	case nil:
		return nil
	case true, "true":
		yes = true
	case false, "false":
	default:
		o.refuse(name, "not true or false")
		return nil
	}
	return &yes
}

// integer takes a whole number, however it is written (3600, 3.6e3, also as text).
func (o *object) integer(name string) *int {
	written := ""
	switch v := o.members[name].(type) {
	case nil:
		return nil
	case number:
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
	o.refuse(name, "not a whole number")
	return nil
}

// object returns nil where there is none.
func (o *object) object(name string) *object {
	switch v := o.members[name].(type) {
	case nil:
	case map[string]any:
		return &object{prefix: o.prefix + name + ".", members: v, faults: o.faults}
	case brokenText:
		o.refuse(name, "not an object: the text is not JSON")
	default:
		o.refuse(name, "not an object")
	}
	return nil
}

// decisions reads the policies of a request: true and false, also as text.
func (o *object) decisions(name string) map[string]bool {
	policies := o.object(name)
	if policies == nil {
		return nil
	}
	decided := make(map[string]bool, len(policies.members))
	for _, key := range slices.Sorted(maps.Keys(policies.members)) {
		if yes := policies.boolean(key); yes != nil {
			decided[key] = *yes
		}
	}
	return decided
}

// texts reads members of any simple type as texts: a number as it was written, true and false as words.
func (o *object) texts(name string) map[string]string {
	custom := o.object(name)
	if custom == nil {
		return nil
	}
	texts := make(map[string]string, len(custom.members))
	for _, key := range slices.Sorted(maps.Keys(custom.members)) {
		switch v := custom.members[key].(type) {
		case nil:
		case string:
			texts[key] = v
		case number:
			texts[key] = string(v)
		case bool:
			texts[key] = strconv.FormatBool(v)
		default:
			custom.refuse(key, "not a text, number, true or false")
		}
	}
	return texts
}

// alias reads a member that has two names. Both with different values contradict each other: second is to blame.
func alias[T comparable](o *object, first, second *T, secondName string) *T {
	switch {
	case first == nil:
		return second
	case second != nil && *first != *second:
		o.refuse(secondName, "contradicts another member")
	}
	return first
}
