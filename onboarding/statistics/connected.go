package statistics

import (
	"context"

	"onramp/onboarding"
)

// connectedMost is the most open connections of the deployment that are read for a count.
const connectedMost = 100_000

// Connected counts the people who are connected now, by the accounting records.
func (s *Statistics) Connected(
	ctx context.Context, by *onboarding.Caller, organizationID string,
) (int, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return 0, err
	}
	return s.store.CountConnected(ctx, o.ID, o.OpenSince(s.clock.Now()), connectedMost)
}
