package doctor

import (
	"context"
	"strconv"
	"time"

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
			if c.Secret == nil {
				continue // the common one, which Onramp made
			}
			if _, err := onboarding.FreeRADIUSWord(string(c.Secret)); err != nil {
				lines = append(lines,
					fail(name, "hotspot %s: %v; onramp freeradius refuses to write any configuration with it",
						c.HotspotID, err).of(c.OrganizationID))
			} else if err := onboarding.CheckRADIUSSecret(c.Secret); err != nil {
				lines = append(lines, warn(name, "hotspot %s: %v", c.HotspotID, err).of(c.OrganizationID))
			}
		}
		if len(lines) == 0 {
			lines = append(lines, ok(name, "%d access points have a valid secret", len(clients)).
				as("secrets", "n", strconv.Itoa(len(clients))))
		}
		return lines
	}
}

// ClientKeySource lists the client keys of an organization, or all if the ID is empty.
type ClientKeySource interface {
	ServiceKeys(ctx context.Context, organizationID string) ([]*onboarding.ServiceKey, error)
}

// ClientKeys warns of client keys that have expired or expire soon.
func ClientKeys(s ClientKeySource, now time.Time) Check {
	return func(ctx context.Context) []Line {
		const name = "client keys"
		keys, err := s.ServiceKeys(ctx, "")
		if err != nil {
			return []Line{fail(name, "%v", err)}
		}
		var lines []Line
		working := 0
		for _, k := range keys {
			if k.Revoked != nil {
				continue
			}
			known := k.ClientKey
			if k.Label != "" {
				known += " (" + k.Label + ")"
			}
			switch {
			case k.Expired(now):
				lines = append(lines, warn(name, "%s expired at %s: revoke it, or onramp key change --expires", known,
					k.Expires.Format(time.RFC3339)).of(k.OrganizationID))
				continue
			case k.Expires != nil && k.Expires.Sub(now) < onboarding.KeyExpiryNotice:
				lines = append(lines, warn(name, "%s expires at %s: create its successor, or onramp key change "+
					"--expires", known, k.Expires.Format(time.RFC3339)).of(k.OrganizationID))
			}
			working++
		}
		if len(lines) == 0 {
			lines = append(lines, ok(name, "%d work, none expires within 30 days", working).
				as("keys", "n", strconv.Itoa(working)))
		}
		return lines
	}
}
