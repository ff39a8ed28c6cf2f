package web

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"onramp/onboarding"
)

// object is a JSON object of a request. Its methods return nil for a member that is absent or null,
// and record members of a wrong type by field name.
type object struct {
	prefix  string // of field names, for example "document."
	members map[string]any
	faults  *onboarding.Faults
}

// refuse records a fault of a member.
func (o *object) refuse(name, message string) { o.faults.Refuse(o.prefix+name, message) }

// text returns a text.
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

// boolean returns a boolean, which may also be the text "true" or "false".
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

// integer returns a whole number in any notation (3600, 3.6e3), also as text.
func (o *object) integer(name string) *int {
	written := ""
	switch v := o.members[name].(type) {
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
	o.refuse(name, "not a whole number")
	return nil
}

// object returns an object, or nil.
func (o *object) object(name string) *object {
	switch v := o.members[name].(type) {
	case nil:
	case map[string]any:
		return o.part(name, v)
	case brokenText:
		o.refuse(name, "not an object: the text is not JSON")
	default:
		o.refuse(name, "not an object")
	}
	return nil
}

// part returns an object within o that shares its findings.
func (o *object) part(name string, members map[string]any) *object {
	return &object{prefix: o.prefix + name + ".", members: members, faults: o.faults}
}

// booleans returns an object of booleans, which may also be text.
func (o *object) booleans(name string) map[string]bool {
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

// texts returns an object of texts. Numbers keep their notation; booleans become words.
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
		case Number:
			texts[key] = string(v)
		case bool:
			texts[key] = strconv.FormatBool(v)
		default:
			custom.refuse(key, "not a text, number, true or false")
		}
	}
	return texts
}
