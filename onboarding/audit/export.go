package audit

import (
	"context"
	"time"

	"onramp/onboarding"
)

// Query selects the rows of an export. Zero fields select all.
type Query struct {
	OrganizationID string
	CustomerID     string
	From, To       *time.Time // both inclusive
}

// Export passes the selected rows to each, chain by chain in their order, and returns their number.
// It chains new rows first, and records itself before it reads.
func (s *Audit) Export(ctx context.Context, q Query, each func(onboarding.AuditRow) error) (int, error) {
	target := ""
	act := onboarding.Act{
		OrganizationID: q.OrganizationID, Action: onboarding.AuditExported, CustomerID: q.CustomerID,
	}
	if q.CustomerID != "" {
		target = s.auditor.ContactHash(q.CustomerID)
	}
	if err := s.auditor.RecordRead(ctx, s.store, act); err != nil {
		return 0, err
	}
	if err := s.Chain(ctx); err != nil {
		return 0, err
	}
	ids := []string{q.OrganizationID}
	if q.OrganizationID == "" {
		var err error
		if ids, err = s.store.AuditChains(ctx); err != nil {
			return 0, err
		}
	}
	n := 0
	for _, id := range ids {
		at := onboarding.AuditQuery{OrganizationID: id, From: q.From, To: q.To, TargetID: target, Limit: page}
		for {
			rows, err := s.store.AuditRows(ctx, at)
			if err != nil {
				return n, err
			}
			for i := range rows {
				if err := each(rows[i]); err != nil {
					return n, err
				}
				n++
			}
			if len(rows) < page {
				break
			}
			at.After = rows[len(rows)-1].Sequence
		}
	}
	return n, nil
}
