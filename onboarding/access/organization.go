package access

import (
	"context"

	"onramp/onboarding"
)

// organization returns the caller's organization if that is the one asked for; any other looks like none.
func (s *Control) Organization(ctx context.Context, c *onboarding.Caller, id string) (*onboarding.Organization, error) {
	if c.Principal == nil {
		return nil, onboarding.ForbiddenError("a token is needed")
	}
	if id != c.Principal.OrganizationID {
		return nil, onboarding.NotFoundError("organization")
	}
	return s.store.Organization(ctx, id)
}

// OrganizationFor returns the caller's own organization; any other is not found.
func (s *Control) OrganizationFor(ctx context.Context, by *onboarding.Caller, id string) (*onboarding.Organization, error) {
	return s.Organization(ctx, by, id)
}
