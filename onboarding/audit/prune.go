package audit

import (
	"context"
	"time"

	"onramp/onboarding"
)

// Prune deletes the organization's oldest rows, up to the first one of before or later, in
// portions. Each portion records itself and the end of the deleted prefix, from which the rest
// still verifies. It returns the number of deleted rows. A dry run counts them only.
func (s *Audit) Prune(ctx context.Context, organizationID string, before time.Time, dryRun bool) (int, error) {
	total := 0
	after := int64(-1)
	for {
		head, err := s.head(ctx, s.store, organizationID)
		if err != nil {
			return total, err
		}
		if !dryRun || after < 0 {
			after = head.BaseSequence
		}
		rows, err := s.store.AuditRows(ctx, onboarding.AuditQuery{
			OrganizationID: organizationID, After: after, Limit: page,
		})
		if err != nil {
			return total, err
		}
		old := 0
		for old < len(rows) && rows[old].At.Before(before) {
			old++
		}
		if old == 0 {
			return total, nil
		}
		last := rows[old-1]
		after = last.Sequence
		if !dryRun {
			if err := s.prune(ctx, head, last, old); err != nil {
				return total, err
			}
		}
		if total += old; old < len(rows) {
			return total, nil
		}
	}
}

// prune deletes the rows up to last, and records their number.
func (s *Audit) prune(ctx context.Context, known onboarding.AuditHead, last onboarding.AuditRow, n int) error {
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		head, err := s.head(ctx, tx, known.OrganizationID)
		if err != nil {
			return err
		}
		if head.BaseSequence != known.BaseSequence || !s.authentic(&head) {
			return errOvertaken
		}
		head.BaseSequence, head.BaseHash = last.Sequence, last.Hash
		head.MAC = s.auditor.HeadMAC(&head)
		if err := tx.PutAuditHead(ctx, head); err != nil {
			return err
		}
		if err := tx.DeleteAudit(ctx, head.OrganizationID); err != nil {
			return err
		}
		return s.auditor.Record(ctx, tx, onboarding.Act{
			OrganizationID: head.OrganizationID, Action: onboarding.AuditPruned, Count: n,
		})
	})
}
