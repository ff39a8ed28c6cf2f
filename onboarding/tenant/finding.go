package tenant

import (
	"fmt"
	"slices"

	"onramp/onboarding"
)

// findings collects the findings about one organization.
type findings []onboarding.Finding

// refuse adds an error.
func (f *findings) refuse(field, rule, remedy, format string, args ...any) {
	*f = append(*f, onboarding.Finding{
		Severity: onboarding.SeverityError, Field: field, Rule: rule, Message: fmt.Sprintf(format, args...),
		Remedy: remedy,
	})
}

// warn adds a warning.
func (f *findings) warn(field, rule, remedy, format string, args ...any) {
	*f = append(*f, onboarding.Finding{
		Severity: onboarding.SeverityWarning, Field: field, Rule: rule, Message: fmt.Sprintf(format, args...),
		Remedy: remedy,
	})
}

// errors returns the findings that refuse the organization.
func (f findings) errors() []onboarding.Finding {
	return slices.DeleteFunc(slices.Clone(f), func(finding onboarding.Finding) bool {
		return finding.Severity != onboarding.SeverityError
	})
}

// sorted returns errors, then warnings, then notes, each in the order in which they were found.
func (f findings) sorted() []onboarding.Finding {
	order := []onboarding.Severity{onboarding.SeverityError, onboarding.SeverityWarning, onboarding.SeverityNote}
	return slices.SortedStableFunc(slices.Values(f), func(a, b onboarding.Finding) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	})
}
