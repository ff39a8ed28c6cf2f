package doctor

import (
	"context"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/tenant"
)

// Organizations exports the organizations to check.
type Organizations interface {
	Export(ctx context.Context, id string) ([]*onboarding.Organization, error)
}

// Database checks that the database responds and has the schema version that this binary needs.
func Database(ping func(context.Context) error) Check {
	return func(ctx context.Context) []Line {
		if err := ping(ctx); err != nil {
			return []Line{fail("database", "%v", err)}
		}
		return []Line{ok("database", "responds, and its schema is current").as("database")}
	}
}

// Tenants runs the checks of apply on every organization, because certificates may have expired
// since it was applied.
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
		lines = append(lines, Line{Status: status, Check: name, Text: text}.of(o.ID))
	}
	if o.WiFi.TrustAnchor != "" {
		anchor, err := certs.ParseAnchor([]byte(o.WiFi.TrustAnchor), now)
		if err == nil { // otherwise Check has reported it
			line := expiry("trust anchor", anchor.Subject.CommonName, int(anchor.NotAfter.Sub(now).Hours()/24))
			line.Text = name + ": " + line.Text
			lines = append(lines, line.of(o.ID))
		}
	}
	if sound {
		lines = append(lines, ok(name, "%s has valid settings for every platform", o.Name).of(o.ID))
	}
	return lines
}

// severities maps the severities of apply to statuses. Notes are conditions outside the deployment.
var severities = map[onboarding.Severity]Status{
	onboarding.SeverityError: Fail, onboarding.SeverityWarning: Warn, onboarding.SeverityNote: OK,
}
