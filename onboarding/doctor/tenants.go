package doctor

import (
	"context"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/tenant"
)

// Organizations is the part of onboarding.Service that the checks need.
type Organizations interface {
	Export(ctx context.Context, id string) ([]*onboarding.Organization, error)
}

// Database checks that the database answers, with the schema that this binary needs.
func Database(ping func(context.Context) error) Check {
	return func(ctx context.Context) []Line {
		if err := ping(ctx); err != nil {
			return []Line{fail("database", "%v", err)}
		}
		return []Line{ok("database", "answers, and its schema is current")}
	}
}

// Tenants checks every organization as apply does: what was true when it was applied may have
// expired since.
func Tenants(s Organizations, now time.Time) Check {
	return func(ctx context.Context) []Line {
		organizations, err := s.Export(ctx, "")
		if err != nil {
			return []Line{fail("organizations", "%v", err)}
		}
		if len(organizations) == 0 {
			return []Line{warn("organizations", "none: apply a tenant file")}
		}
		var lines []Line
		for _, o := range organizations {
			lines = append(lines, tenantLines(o, now)...)
		}
		return lines
	}
}

func tenantLines(o *onboarding.Organization, now time.Time) []Line {
	name := "organization " + o.ID
	var lines []Line
	sound := true
	for _, f := range tenant.Check(o, now) {
		text := f.Field + ": " + f.Message
		if f.Remedy != "" {
			text += " (" + f.Remedy + ")"
		}
		status := severities[f.Severity]
		sound = sound && status == OK
		lines = append(lines, Line{status, name, text})
	}
	if o.WiFi.TrustAnchor != "" {
		anchor, err := certs.ParseAnchor([]byte(o.WiFi.TrustAnchor), now)
		if err == nil { // otherwise Check has said it
			lines = append(lines, expiry(name, "trust anchor "+anchor.Subject.CommonName,
				int(anchor.NotAfter.Sub(now).Hours()/24)))
		}
	}
	if sound {
		lines = append(lines, ok(name, "%s is sound on every platform", o.Name))
	}
	return lines
}

// severities are the verdicts on what apply says: a note is what has to hold elsewhere.
var severities = map[onboarding.Severity]Status{
	onboarding.SeverityError: Fail, onboarding.SeverityWarning: Warn, onboarding.SeverityNote: OK,
}
