package doctor

import (
	"context"

	"onramp/onboarding"
	"onramp/onboarding/radius"
)

// RADIUSClientSource is the part of onboarding.Service that the check needs.
type RADIUSClientSource interface {
	Clients(ctx context.Context) ([]radius.RADIUSClient, error)
}

// RADIUSSecrets looks at the stored secrets of access points, some of which an earlier version took
// and apply would refuse now.
func RADIUSSecrets(s RADIUSClientSource) Check {
	return func(ctx context.Context) []Line {
		const name = "radius secrets"
		clients, err := s.Clients(ctx)
		if err != nil {
			return []Line{fail(name, "%v", err)}
		}
		var lines []Line
		for _, c := range clients {
			if _, err := onboarding.FreeRADIUSWord(string(c.Secret)); err != nil {
				lines = append(lines,
					fail(name, "that of hotspot %s: %v; onramp freeradius refuses to write any configuration with it",
						c.HotspotID, err))
			} else if err := onboarding.CheckRADIUSSecret(c.Secret); err != nil {
				lines = append(lines, warn(name, "that of hotspot %s: %v", c.HotspotID, err))
			}
		}
		if len(lines) == 0 {
			lines = append(lines, ok(name, "%d access points with an address", len(clients)))
		}
		return lines
	}
}
