package statistics

import (
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// Step counts how far the visitors of the sign-up page came with one platform.
type Step struct {
	Platform string // one of Platforms
	onboarding.Counts
}

// Platforms are the platforms of a funnel, in their order.
var Platforms = []string{
	onboarding.PlatformIOS, onboarding.PlatformAndroid, onboarding.PlatformWindows, onboarding.PlatformMacOS,
	onboarding.PlatformOther,
}

// Funnel returns, for each of Platforms, how often the sign-up page was opened, and how many
// visitors sent its form, took their first file and connected for the first time: the counts
// Opened, Forms, Files and Joined. Each step counts when it happened. The platform of the first two
// is that of the browser, of the others that of the profile; unknown ones are counted as other. The
// period is that of Report.
func (s *Statistics) Funnel(
	ctx context.Context, by *onboarding.Caller, organizationID string, from, to *time.Time,
) ([]Step, error) {
	report, err := s.Sums(ctx, by, organizationID, from, to, string(onboarding.ByPlatform))
	if err != nil {
		return nil, err
	}
	steps := make([]Step, len(Platforms))
	for i, platform := range Platforms {
		steps[i].Platform = platform
	}
	for i := range report.Rows {
		r := &report.Rows[i]
		at := slices.Index(Platforms, r.Key)
		if at < 0 {
			at = len(Platforms) - 1
		}
		steps[at].Add(&r.Counts)
	}
	return steps, nil
}
