package doctor

import (
	"context"

	"onramp/onboarding"
)

// Codes checks that the deployment can send the codes that organizations ask for with
// portal.verify, and the notices of portal.renewalDays. Missing and missingForNotices return the
// setting that an organization lacks for them, or "".
func Codes(s Organizations, missing, missingForNotices func(*onboarding.Organization) string) Check {
	return func(ctx context.Context) []Line {
		organizations, err := s.Export(ctx, "")
		if err != nil {
			return []Line{fail("codes", "%v", err)}
		}
		var lines []Line
		verifying, noticing := 0, 0
		for _, o := range organizations {
			if o.Portal.Verify != onboarding.VerifyNone {
				verifying++
			}
			if o.Portal.RenewalDays > 0 {
				noticing++
			}
			if setting := missing(o); setting != "" {
				lines = append(lines, warn("codes", "organization %s: portal.verify: %s needs %s: without it in "+
					"serve, nobody can sign up on the page", o.ID, o.Portal.Verify, setting).of(o.ID))
			}
			if setting := missingForNotices(o); setting != "" {
				lines = append(lines, warn("codes", "organization %s: portal.renewalDays needs %s: without it in "+
					"serve, no notice is sent", o.ID, setting).of(o.ID))
			}
		}
		if lines != nil {
			return lines
		}
		text := "no organization has portal.verify"
		if verifying > 0 {
			text = "every portal.verify has its server"
		}
		if noticing > 0 {
			text += ", and every portal.renewalDays"
			if verifying == 0 {
				text = "every portal.renewalDays has its server"
			}
		}
		return []Line{ok("codes", "%s", text)}
	}
}
