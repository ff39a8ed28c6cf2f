package profiles

import (
	"fmt"
	"strings"
)

// Severity is the weight of a finding.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // a platform would refuse or never connect; nothing is applied
	Warning Severity = "warning" // a platform deviates from the settings
	Note    Severity = "note"    // something outside the settings must agree with them
)

// A Finding is a rule that an organization's settings break, or a fact that its
// operator must know. onboarding/tenant uses it for the rest of an organization as
// well.
type Finding struct {
	Severity Severity
	// Field is the path in the tenant's YAML below the organization, such as
	// wifi.passpoint.roamingConsortiums[0].
	Field string
	// Platform is the only one concerned; empty: all.
	Platform Platform
	// Rule is a stable name; messages may change.
	Rule string
	// Message states the problem, with the value and the effect on devices. It
	// begins with a verb that has the field as its subject: "is empty".
	Message string
	// Remedy is the correction, or "".
	Remedy string

	// spares are the platforms whose documents an error does not concern. Prepare
	// builds those, so that a new rule affects no other phones of a deployment with
	// older settings.
	spares []Platform
}

func (f Finding) String() string {
	text := fmt.Sprintf("%s: %s: %s [%s", f.Severity, f.Field, f.Message, f.Rule)
	if f.Platform != "" {
		text += ", " + string(f.Platform)
	}
	text += "]"
	if f.Remedy != "" {
		text += " Remedy: " + f.Remedy + "."
	}
	return text
}

// A SettingsError holds the errors that Check found. Prepare returns it.
type SettingsError struct{ Findings []Finding }

func (e *SettingsError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

func settingsError(findings []Finding) error {
	var errors []Finding
	for _, f := range findings {
		if f.Severity == Error {
			errors = append(errors, f)
		}
	}
	if len(errors) == 0 {
		return nil
	}
	return &SettingsError{errors}
}
