package onboarding

import (
	"fmt"
	"slices"

	"onramp/profiles"
)

// A Finding is a rule that an organization's declaration breaks, or a fact that its operator must
// know. Findings about the Wi-Fi settings and about the rest of the organization have one type.
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
	*f = append(*f, Finding{Severity: SeverityError, Field: field, Rule: rule, Message: fmt.Sprintf(format, args...),
		Remedy: remedy})
}

func (f *findings) warn(field, rule, remedy, format string, args ...any) {
	*f = append(*f, Finding{Severity: SeverityWarning, Field: field, Rule: rule, Message: fmt.Sprintf(format,
		args...), Remedy: remedy})
}

// errors returns the findings that refuse the organization.
func (f findings) errors() []Finding {
	return slices.DeleteFunc(slices.Clone(f), func(finding Finding) bool { return finding.Severity != SeverityError })
}

// sorted returns errors, then warnings, then notes, each in the order in which they were found.
func (f findings) sorted() []Finding {
	order := []Severity{SeverityError, SeverityWarning, SeverityNote}
	return slices.SortedStableFunc(slices.Values(f), func(a, b Finding) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	})
}
