package radius

import (
	"context"
	"errors"
	"slices"
	"strings"

	"onramp/onboarding"
)

// mayConnectAt reports whether the organizations allow a customer to connect at an access point: at
// the home organization's, at undeclared ones, and, if the home organization roams, at those that
// announce an organization identifier of the customer's profile.
func mayConnectAt(
	ctx context.Context, r onboarding.OrganizationReader, l *onboarding.Login, from *origin,
) (bool, error) {
	if !from.declared() || from.OrganizationID == l.OrganizationID {
		return true, nil
	}
	home, err := r.Organization(ctx, l.OrganizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if home.WiFi.Passpoint == nil || !home.WiFi.Passpoint.Roaming {
		return false, nil
	}
	host, err := r.Organization(ctx, from.OrganizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	announced := consortiums(host.WiFi.Passpoint)
	return slices.ContainsFunc(consortiums(home.WiFi.Passpoint), func(oi string) bool {
		return slices.Contains(announced, oi)
	}), nil
}

// consortiums returns the organization identifiers that profiles contain and
// access points announce, in upper case.
func consortiums(p *onboarding.Passpoint) []string {
	if p == nil {
		return nil
	}
	all := slices.Concat(p.RoamingConsortiums, p.OpenRoaming.RoamingConsortiums())
	for i := range all {
		all[i] = strings.ToUpper(all[i])
	}
	return all
}
