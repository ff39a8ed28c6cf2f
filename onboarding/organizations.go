package onboarding

import "context"

// OrganizationFor returns the caller's own organization; any other is not found.
func (s *Service) OrganizationFor(ctx context.Context, by *Caller, id string) (*Organization, error) {
	return s.organization(ctx, by, id)
}
