package access

import (
	"context"

	"onramp/onboarding"
)

// Locations returns the organization's declared locations.
func (s *Control) Locations(
	ctx context.Context, by *onboarding.Caller, organizationID string,
) ([]onboarding.Location, error) {
	o, err := s.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	return o.Locations, nil
}

// LocationByID returns one of the caller's organization's locations.
func (s *Control) LocationByID(ctx context.Context, by *onboarding.Caller, id string) (*onboarding.Location, error) {
	o, err := s.ownOrganization(ctx, by)
	if err != nil {
		return nil, err
	}
	if l := o.Location(id); l != nil {
		return l, nil
	}
	return nil, onboarding.NotFoundError("location")
}

// HotspotByID returns one of the caller's organization's hotspots and its location.
func (s *Control) HotspotByID(
	ctx context.Context, by *onboarding.Caller, id string,
) (*onboarding.Location, *onboarding.Hotspot, error) {
	o, err := s.ownOrganization(ctx, by)
	if err != nil {
		return nil, nil, err
	}
	if l, h := o.Hotspot(id); h != nil {
		return l, h, nil
	}
	return nil, nil, onboarding.NotFoundError("hotspot")
}

// ownOrganization returns the organization of the caller's client key.
func (s *Control) ownOrganization(ctx context.Context, by *onboarding.Caller) (*onboarding.Organization, error) {
	if by.Principal == nil {
		return nil, onboarding.ForbiddenError("a token is needed")
	}
	return s.Organization(ctx, by, by.Principal.OrganizationID)
}
