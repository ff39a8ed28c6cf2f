package onboarding

import "context"

// Locations returns the organization's locations as they are declared.
func (s *Service) Locations(ctx context.Context, by *Caller, organizationID string) ([]Location, error) {
	o, err := s.organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	return o.Locations, nil
}

// LocationByID returns one of the caller's organization's locations.
func (s *Service) LocationByID(ctx context.Context, by *Caller, id string) (*Location, error) {
	o, err := s.ownOrganization(ctx, by)
	if err != nil {
		return nil, err
	}
	if l := o.Location(id); l != nil {
		return l, nil
	}
	return nil, notFound("location")
}

// HotspotByID returns one of the caller's organization's hotspots and its location.
func (s *Service) HotspotByID(ctx context.Context, by *Caller, id string) (*Location, *Hotspot, error) {
	o, err := s.ownOrganization(ctx, by)
	if err != nil {
		return nil, nil, err
	}
	if l, h := o.Hotspot(id); h != nil {
		return l, h, nil
	}
	return nil, nil, notFound("hotspot")
}

// ownOrganization returns the organization that the caller's key belongs to.
func (s *Service) ownOrganization(ctx context.Context, by *Caller) (*Organization, error) {
	if by.Principal == nil {
		return nil, forbidden("a token is needed")
	}
	return s.organization(ctx, by, by.Principal.OrganizationID)
}
