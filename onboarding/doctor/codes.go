package doctor

import (
	"context"

	"onramp/onboarding"
)

// Codes checks that the deployment can send the codes that organizations ask for with
// portal.verify. Missing returns the setting that an organization lacks, or "".
func Codes(s Organizations, missing func(*onboarding.Organization) string) Check {
	return func(ctx context.Context) []Line {
		organizations, err := s.Export(ctx, "")
		if err != nil {
			return []Line{fail("codes", "%v", err)}
		}
		var lines []Line
		asking := 0
		for _, o := range organizations {
			if o.Portal.Verify != onboarding.VerifyNone {
				asking++
			}
			if setting := missing(o); setting != "" {
				lines = append(lines, warn("organization "+o.ID, "portal.verify: %s needs %s: without it in serve, "+
					"nobody can sign up on the page", o.Portal.Verify, setting))
			}
		}
		switch {
		case asking == 0:
			return []Line{ok("codes", "no organization has portal.verify")}
		case lines == nil:
			return []Line{ok("codes", "every portal.verify has its server")}
		}
		return lines
	}
}
