package doctor

import (
	"context"
	"time"

	"onramp/onboarding"
)

// most is how many lines a list gets.
const most = 20

// AccessPointSource is the part of onboarding.Service that the check needs.
type AccessPointSource interface {
	UnknownAccessPoints(ctx context.Context, limit int) ([]onboarding.AccessPoint, error)
}

// AccessPoints lists those that send RADIUS and fit no declared hotspot: their connections are
// kept, but at no location.
func AccessPoints(s AccessPointSource) Check {
	return func(ctx context.Context) []Line {
		unknown, err := s.UnknownAccessPoints(ctx, most)
		if err != nil {
			return []Line{fail("access points", "%v", err)}
		}
		if len(unknown) == 0 {
			return []Line{ok("access points", "every one that was heard of is a declared hotspot")}
		}
		var lines []Line
		for _, a := range unknown {
			lines = append(lines,
				warn("access points", "unknown: NAS-Identifier %q, address %s, MAC %q, SSID %q, last seen %s "+
					"(declare it as a hotspot of its location)",
					a.NASIdentifier, a.Address, a.MAC, a.SSID, a.LastSeen.Format(time.RFC3339)))
		}
		return lines
	}
}
