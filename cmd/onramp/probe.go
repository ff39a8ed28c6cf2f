package main

import (
	"context"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius/freeradius"
)

// openDeployment opens the use cases with a probe of the FreeRADIUS that the last
// `onramp freeradius` configured.
func openDeployment(ctx context.Context, c deployment.Config) (*deployment.Deployment, error) {
	probe := &freeradius.Probe{Clock: onboarding.Clock(c.Now), AAAURL: settingAAAURL}
	c.Probe = probe
	d, err := deployment.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	probe.AAA, probe.Settings = d.RADIUS, d.Access
	return d, nil
}
