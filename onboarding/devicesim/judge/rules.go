package judge

import (
	"slices"
	"strings"
)

// A Rule is one requirement of a platform. Its Name is stable: scripts and tests may compare it.
type Rule struct {
	// Name is kebab-case and begins with the family of formats it belongs to, for example
	// "android-inner-method".
	Name string `json:"name"`
	// Requirement is the condition that a file must meet.
	Requirement string `json:"requirement"`
	// Effect describes the device's behaviour if the rule is broken.
	Effect string `json:"effect"`
	// Warning is true if a file that breaks the rule is accepted.
	Warning bool `json:"warning,omitempty"`
}

var registry []*Rule

// Refusal declares a rule. A file that breaks it is refused: the device does not accept it, or
// cannot use it as intended.
func Refusal(name, requirement, effect string) *Rule {
	r := &Rule{Name: name, Requirement: requirement, Effect: effect}
	registry = append(registry, r)
	return r
}

// Caution declares a rule. A file that breaks it is accepted with a warning.
func Caution(name, requirement, effect string) *Rule {
	r := Refusal(name, requirement, effect)
	r.Warning = true
	return r
}

// Rules returns all rules of the linked formats, sorted by name. The caller owns the slice.
func Rules() []Rule {
	out := make([]Rule, 0, len(registry))
	for _, r := range registry {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Rule) int { return strings.Compare(a.Name, b.Name) })
	return out
}
