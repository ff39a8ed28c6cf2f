package onboarding

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Fault is one error in a request.
type Fault struct {
	Field   string // as named on the wire
	Message string
}

// Faults collects the errors of a request, at most one per field, in the order in which they were
// found.
type Faults []Fault

// maxFaults is the maximum number of faults in a response.
const maxFaults = 100

// Add records an error that names a field. It returns any other error, which ends the check.
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

// Refuse records that a field breaks a rule. Of several faults of one field the first is kept.
// Parts of a field that could not be parsed as a whole get no faults of their own.
func (f *Faults) Refuse(field, message string) {
	covered := func(known Fault) bool {
		return known.Field == field || strings.HasPrefix(field, known.Field+".")
	}
	if len(*f) >= maxFaults || slices.ContainsFunc(*f, covered) {
		return
	}
	*f = append(*f, Fault{field, message})
}

// Err returns the faults as one error, nil if there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Field: f[0].Field, Message: f[0].Message, More: slices.Clone(f[1:])}
}

// InOrder sorts the faults by the order of members, and those of one member in the order in which
// they were found. A field that is not among the members comes last.
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
