package audit

import (
	"context"
	"errors"

	"onramp/onboarding"
)

// Recent returns up to limit rows of an organization's chain, the latest first: those with a
// Sequence below before, or the last ones if it is 0. Rows enter the chain within seconds. It
// records itself.
func (s *Audit) Recent(
	ctx context.Context, organizationID string, before int64, limit int,
) ([]onboarding.AuditRow, error) {
	if err := s.auditor.RecordRead(ctx, s.store, onboarding.Act{
		OrganizationID: organizationID, Action: onboarding.AuditRead,
	}); err != nil {
		return nil, err
	}
	if before <= 0 {
		head, err := s.store.AuditHead(ctx, organizationID)
		if errors.Is(err, onboarding.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		before = head.Sequence + 1
	}
	after := max(before-1-int64(limit), 0)
	rows, err := s.store.AuditRows(ctx, onboarding.AuditQuery{
		OrganizationID: organizationID, After: after, Limit: int(before - 1 - after),
	})
	if err != nil {
		return nil, err
	}
	latest := make([]onboarding.AuditRow, 0, len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Sequence < before { // a pruned chain has later rows in its place
			latest = append(latest, rows[i])
		}
	}
	return latest, nil
}
