package doctor

import (
	"context"

	"onramp/onboarding"
	"onramp/onboarding/radius"
)

// RADIUSClientSource lists the access points that have a secret.
type RADIUSClientSource interface {
	Clients(ctx context.Context) ([]radius.RADIUSClient, error)
}

// RADIUSSecrets checks the stored secrets of access points. Earlier versions accepted some that
// apply refuses now.
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
					fail(name, "hotspot %s: %v; onramp freeradius refuses to write any configuration with it",
						c.HotspotID, err))
			} else if err := onboarding.CheckRADIUSSecret(c.Secret); err != nil {
				lines = append(lines, warn(name, "hotspot %s: %v", c.HotspotID, err))
			}
		}
		if len(lines) == 0 {
			lines = append(lines, ok(name, "%d access points have a valid secret", len(clients)))
		}
		return lines
	}
}
