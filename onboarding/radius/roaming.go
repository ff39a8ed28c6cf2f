package radius

import (
	"context"
	"errors"
	"slices"
	"strings"

	"onramp/onboarding"
)

// mayConnectAt reports whether a customer may connect at a place as far as its organization is concerned: at the home organization's
// access points, at those that fit nobody, and abroad where the access points announce an organization identifier that the
// customer's profile carries, if the home organization roams.
func (s *AAA) mayConnectAt(ctx context.Context, l *onboarding.Login, at *place) (bool, error) {
	if !at.known() || at.OrganizationID == l.OrganizationID {
		return true, nil
	}
	home, err := s.store.Organization(ctx, l.OrganizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if home.WiFi.Passpoint == nil || !home.WiFi.Passpoint.Roaming {
		return false, nil
	}
	host, err := s.store.Organization(ctx, at.OrganizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	announced := consortiums(host.WiFi.Passpoint)
	return slices.ContainsFunc(consortiums(home.WiFi.Passpoint), func(oi string) bool { return slices.Contains(announced, oi) }), nil
}

// consortiums returns the organization identifiers that profiles carry and access points announce, in upper case.
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
