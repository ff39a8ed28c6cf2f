package onboarding

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with a request.
type Fault struct {
	Field   string // in the wire's spelling
	Message string
}

// Faults collects everything that is wrong with a request, one fault a field, in the order in which it was found.
type Faults []Fault

// maxFaults is the most faults that an answer lists.
const maxFaults = 100

// Add takes note of an error that blames a field for breaking a rule. Any other error is returned: it ends the check.
func (f *Faults) Add(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != Invalid || e.Field == "" {
		return err
	}
	for _, one := range e.Faults() {
		f.Refuse(one.Field, one.Message)
	}
	return nil
}

// Refuse takes note that a field breaks a rule. Of several faults of one field the first is kept; what could not be read as a
// whole has no faults in its parts.
func (f *Faults) Refuse(field, message string) {
	covered := func(known Fault) bool {
		return known.Field == field || strings.HasPrefix(field, known.Field+".")
	}
	if len(*f) >= maxFaults || slices.ContainsFunc(*f, covered) {
		return
	}
	*f = append(*f, Fault{field, message})
}

// Err returns the faults as one error, nil where there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Field: f[0].Field, Message: f[0].Message, More: slices.Clone(f[1:])}
}

// inOrder sorts the faults by the members' order, those of one member as they were found. A field that is not among the
// members comes last.
func (f Faults) InOrder(members []string) Faults {
	rank := func(one Fault) int {
		name, _, _ := strings.Cut(one.Field, ".")
		if i := slices.Index(members, name); i >= 0 {
			return i
		}
		return len(members)
	}
	slices.SortStableFunc(f, func(a, b Fault) int { return cmp.Compare(rank(a), rank(b)) })
	return f
}
