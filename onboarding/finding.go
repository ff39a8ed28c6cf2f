package onboarding

import (
	"fmt"

	"onramp/profiles"
)

// A Finding is a rule that an organization's declaration breaks, or a fact that its operator must know. Findings about the
// Wi-Fi settings and about the rest of the organization have one type.
type (
	Finding  = profiles.Finding
	Severity = profiles.Severity
)

// The severities. An error refuses the organization; warnings and notes do not.
const (
	SeverityError   = profiles.Error
	SeverityWarning = profiles.Warning
	SeverityNote    = profiles.Note
)

// findings collects them.
type findings []Finding

func (f *findings) refuse(field, rule, remedy, format string, args ...any) {
	*f = append(*f, Finding{Severity: SeverityError, Field: field, Rule: rule, Message: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (f *findings) warn(field, rule, remedy, format string, args ...any) {
	*f = append(*f, Finding{Severity: SeverityWarning, Field: field, Rule: rule, Message: fmt.Sprintf(format, args...), Remedy: remedy})
}

// errors returns only the findings that refuse.
func (f findings) errors() []Finding { return f.only(SeverityError) }

// advice returns only the others.
func (f findings) advice() []Finding {
	return append(f.only(SeverityWarning), f.only(SeverityNote)...)
}

func (f findings) only(s Severity) []Finding {
	var some []Finding
	for _, finding := range f {
		if finding.Severity == s {
			some = append(some, finding)
		}
	}
	return some
}
