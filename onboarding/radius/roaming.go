package radius

import (
	"context"
	"errors"
	"slices"

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
	announced := host.WiFi.Passpoint.Consortiums()
	return slices.ContainsFunc(home.WiFi.Passpoint.Consortiums(), func(oi string) bool {
		return slices.Contains(announced, oi)
	}), nil
}
