package doctor

import (
	"context"
	"time"

	"onramp/onboarding"
)

// most is the maximum number of access points listed.
const most = 20

// AccessPointSource lists access points that sent RADIUS requests and match no declared hotspot.
type AccessPointSource interface {
	UnknownAccessPoints(ctx context.Context, limit int) ([]onboarding.AccessPoint, error)
}

// AccessPoints lists the access points that match no declared hotspot. Their connections are stored
// without a location.
func AccessPoints(s AccessPointSource) Check {
	return func(ctx context.Context) []Line {
		unknown, err := s.UnknownAccessPoints(ctx, most)
		if err != nil {
			return []Line{fail("access points", "%v", err)}
		}
		if len(unknown) == 0 {
			return []Line{ok("access points", "all access points seen are declared hotspots").as("declared")}
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
