package access

import (
	"context"

	"onramp/onboarding"
)

// Organization returns the organization if it is the caller's own; any other is not found.
func (s *Control) Organization(ctx context.Context, c *onboarding.Caller, id string) (*onboarding.Organization, error) {
	if c.Principal == nil {
		return nil, onboarding.ForbiddenError("a token is needed")
	}
	if id != c.Principal.OrganizationID {
		return nil, onboarding.NotFoundError("organization")
	}
	return s.store.Organization(ctx, id)
}
