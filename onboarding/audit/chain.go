package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
)

const (
	// chainEvery is the pause between two runs. Rows are chained within 5 seconds.
	chainEvery = 2 * time.Second
	// chainPortion is the maximum number of rows that one transaction chains. Other writers wait a
	// few milliseconds for it.
	chainPortion = 500
)

// errOvertaken reports that another process has extended a chain since it was read.
var errOvertaken = errors.New("chain was extended by another process")

// Run chains new rows every few seconds until ctx ends. Any number of processes may run it on one
// database.
func (s *Audit) Run(ctx context.Context) {
	onboarding.Repeat(ctx, chainEvery, func() {
		if err := s.Chain(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "chaining the audit failed", "error", err)
		}
	})
}

// Chain gives every committed row its place in the chain of its organization.
func (s *Audit) Chain(ctx context.Context) error {
	for distrust := false; ; {
		n, err := s.chainSome(ctx, distrust)
		switch {
		case errors.Is(err, errOvertaken) || errors.Is(err, onboarding.ErrNotFound):
			continue // the rows that the other process has chained are not read again
		case onboarding.KindOf(err) == onboarding.Conflict && !distrust:
			distrust = true // a head names an earlier row than the last one
			continue
		}
		if err != nil || n < chainPortion {
			return err
		}
	}
}

// chainSome chains up to chainPortion rows and returns their number. It continues after the last
// row of a chain whose head is not as a chainer left it, or of every chain if it distrusts heads,
// and leaves that head unauthenticated, for Verify.
func (s *Audit) chainSome(ctx context.Context, distrust bool) (int, error) {
	rows, err := s.store.UnchainedAudit(ctx, chainPortion)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	slices.SortStableFunc(rows, func(a, b onboarding.AuditRow) int {
		return strings.Compare(a.OrganizationID, b.OrganizationID)
	})
	var before, after []onboarding.AuditHead // in the order of organizations, in which they are locked
	links := make([]onboarding.AuditLink, len(rows))
	for i := range rows {
		r := &rows[i]
		if len(after) == 0 || after[len(after)-1].OrganizationID != r.OrganizationID {
			head, err := s.head(ctx, s.store, r.OrganizationID)
			if err != nil {
				return 0, err
			}
			before = append(before, head)
			if distrust || !s.authentic(&head) {
				if head, err = s.lastRow(ctx, head); err != nil {
					return 0, err
				}
			}
			after = append(after, head)
		}
		head := &after[len(after)-1]
		head.Sequence++
		head.Hash = s.auditor.Next(head.Hash, r.OrganizationID, head.Sequence, r.MAC)
		links[i] = onboarding.AuditLink{ID: r.ID, Sequence: head.Sequence, Hash: head.Hash}
	}
	return len(rows), s.store.Write(ctx, func(tx onboarding.Tx) error {
		for _, h := range before {
			switch now, err := s.head(ctx, tx, h.OrganizationID); {
			case err != nil:
				return err
			case now != h:
				return errOvertaken
			}
		}
		if err := tx.ChainAudit(ctx, links); err != nil {
			return err
		}
		for _, h := range after {
			if h.MAC != alteredHead {
				h.MAC = s.auditor.HeadMAC(&h)
			}
			if err := tx.PutAuditHead(ctx, h); err != nil {
				return err
			}
		}
		return nil
	})
}

// alteredHead is the MAC of a head that was not as a chainer left it.
const alteredHead = "altered"

// authentic reports whether the head is as a chainer left it.
func (s *Audit) authentic(h *onboarding.AuditHead) bool { return h.MAC == s.auditor.HeadMAC(h) }

// lastRow returns the head moved to the last row of its chain and marked as altered. It returns
// that of a chain without rows and without a stored head unchanged.
func (s *Audit) lastRow(ctx context.Context, head onboarding.AuditHead) (onboarding.AuditHead, error) {
	if head.MAC != "" {
		head.MAC = alteredHead
	}
	for after := int64(0); ; {
		rows, err := s.store.AuditRows(ctx, onboarding.AuditQuery{
			OrganizationID: head.OrganizationID, After: after, Limit: page,
		})
		if err != nil || len(rows) == 0 {
			return head, err
		}
		last := rows[len(rows)-1]
		after, head.Sequence, head.Hash, head.MAC = last.Sequence, last.Sequence, last.Hash, alteredHead
	}
}

// head returns the state of a chain; that of an empty chain if there is none.
func (s *Audit) head(
	ctx context.Context, r onboarding.AuditReader, organizationID string,
) (onboarding.AuditHead, error) {
	h, err := r.AuditHead(ctx, organizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		first := s.auditor.First(organizationID)
		return onboarding.AuditHead{OrganizationID: organizationID, Hash: first, BaseHash: first}, nil // no MAC
	}
	if err != nil {
		return onboarding.AuditHead{}, err
	}
	return *h, nil
}
