package judge

import (
	"slices"
	"strings"
)

// A Rule is one thing that a platform asks of a profile. Its Name is stable: scripts and tests may compare it.
type Rule struct {
	// Name is kebab-case and begins with the family of formats it belongs to, for example
	// "android-inner-method".
	Name string `json:"name"`
	// Says is the rule itself, as an instruction to whoever writes the file.
	Says string `json:"says"`
	// Effect is what the device does with a file that breaks the rule.
	Effect string `json:"effect"`
	// Warning is true when a file that breaks the rule is accepted all the same.
	Warning bool `json:"warning,omitempty"`
}

var registry []*Rule

// Refusal declares a rule whose breach makes the device refuse the file, or take it to no use.
func Refusal(name, says, effect string) *Rule {
	r := &Rule{Name: name, Says: says, Effect: effect}
	registry = append(registry, r)
	return r
}

// Caution declares a rule whose breach is worth telling but leaves the file usable.
func Caution(name, says, effect string) *Rule {
	r := Refusal(name, says, effect)
	r.Warning = true
	return r
}

// Rules returns every rule that Check knows, sorted by name. The slice is the caller's own.
func Rules() []Rule {
	out := make([]Rule, 0, len(registry))
	for _, r := range registry {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Rule) int { return strings.Compare(a.Name, b.Name) })
	return out
}
