package onboarding

import (
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
