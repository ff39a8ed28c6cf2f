package onboarding

import (
	"onramp/profiles"
)

// A Finding is a rule broken by an organization's declaration, or a fact that its operator must
// know. Findings about the Wi-Fi settings and about the rest of the organization share one type.
type (
	Finding  = profiles.Finding
	Severity = profiles.Severity
)

// The severities. An organization with an error is refused; warnings and notes do not refuse it.
const (
	SeverityError   = profiles.Error
	SeverityWarning = profiles.Warning
	SeverityNote    = profiles.Note
)
