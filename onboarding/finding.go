package onboarding

import "fmt"

// Severity tells what refuses an organization from what its operator only has to know.
type Severity string

const (
	SeverityError   Severity = "error"   // nothing is applied
	SeverityWarning Severity = "warning" // applied as it stands
	SeverityNote    Severity = "note"    // what has to agree with it elsewhere
)

// Finding is something to say about an organization's declaration.
type Finding struct {
	Severity Severity
	// Field is the path in the tenant's YAML, from its organization on: wifi.passpoint.realm, locations[0].hotspots[1].mac.
	Field string
	// Platform is the one that the rule comes from, or empty: it holds for all.
	Platform string
	// Rule is a stable name; messages may be reworded.
	Rule    string
	Message string // begins with a verb that has the field as its subject: "is missing"
	Remedy  string // what to write instead, or empty
}

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
