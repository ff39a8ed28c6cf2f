package audit

import (
	"context"
	"fmt"
	"math"

	"onramp/onboarding"
)

// page is the number of rows in one read.
const page = 1000

// Chain is the result of verifying one chain.
type Chain struct {
	OrganizationID string         // empty: the deployment
	Rows           int64          // verified
	Sequence       int64          // of the last verified row
	Hash           string         // of the last verified row: the head to keep elsewhere
	Wrong          *WrongRowError // nil: the chain is intact
	HeadFound      bool           // the given head is in the chain
}

// WrongRowError describes the first wrong row of a chain. Without an ID the row is missing.
type WrongRowError struct {
	OrganizationID string
	Sequence       int64
	ID             string
	Problem        string
}

func (w *WrongRowError) Error() string {
	chain := "the deployment"
	if w.OrganizationID != "" {
		chain = "organization " + w.OrganizationID
	}
	if w.ID == "" {
		return fmt.Sprintf("audit of %s, sequence %d: %s", chain, w.Sequence, w.Problem)
	}
	return fmt.Sprintf("audit of %s, sequence %d, row %s: %s", chain, w.Sequence, w.ID, w.Problem)
}

// Verify chains the new rows and verifies the chain of the organization, or all chains if the ID is
// empty. HeadFound marks the chain that holds the head of an earlier verification.
func (s *Audit) Verify(ctx context.Context, organizationID, head string) ([]Chain, error) {
	unchained := s.Chain(ctx) // an altered database may prevent it
	ids := []string{organizationID}
	if organizationID == "" {
		var err error
		if ids, err = s.store.AuditChains(ctx); err != nil {
			return nil, err
		}
	}
	chains := make([]Chain, len(ids))
	for i, id := range ids {
		c, err := s.verifyChain(ctx, id, head)
		if err != nil {
			return nil, err
		}
		chains[i] = *c
		if c.Wrong != nil {
			unchained = nil
		}
	}
	return chains, unchained
}

// verifyChain repeats a verification during which the chain was pruned.
func (s *Audit) verifyChain(ctx context.Context, organizationID, head string) (*Chain, error) {
	for {
		base, err := s.head(ctx, s.store, organizationID)
		if err != nil {
			return nil, err
		}
		c, err := s.walk(ctx, base, head)
		if err != nil || c.Wrong == nil {
			return c, err
		}
		if now, err := s.head(ctx, s.store, organizationID); err != nil || now.BaseSequence == base.BaseSequence {
			return c, err
		}
	}
}

// walk verifies the rows from the base to the end.
func (s *Audit) walk(ctx context.Context, base onboarding.AuditHead, head string) (*Chain, error) {
	c := &Chain{
		OrganizationID: base.OrganizationID, Sequence: base.BaseSequence, Hash: base.BaseHash,
		HeadFound: base.BaseHash == head,
	}
	wrong := func(sequence int64, id, problem string) {
		c.Wrong = &WrongRowError{OrganizationID: c.OrganizationID, Sequence: sequence, ID: id, Problem: problem}
	}
	after := int64(math.MinInt64) // a row before the base was added
	for {
		rows, err := s.store.AuditRows(ctx, onboarding.AuditQuery{
			OrganizationID: c.OrganizationID, After: after, Limit: page,
		})
		if err != nil {
			return nil, err
		}
		for i := range rows {
			r := &rows[i]
			if problem := s.problem(c, r); problem != "" {
				id := r.ID
				if r.Sequence > c.Sequence+1 {
					id = "" // the missing row is the first wrong one
				}
				wrong(min(r.Sequence, c.Sequence+1), id, problem)
				return c, nil
			}
			c.Rows, c.Sequence, c.Hash = c.Rows+1, r.Sequence, r.Hash
			c.HeadFound = c.HeadFound || r.Hash == head
			after = r.Sequence
		}
		if len(rows) > 0 {
			continue
		}
		stored, err := s.head(ctx, s.store, c.OrganizationID) // after the rows: it is not older
		if err != nil {
			return nil, err
		}
		switch {
		case !s.authentic(&stored) && (stored.Sequence > 0 || c.Rows > 0):
			wrong(c.Sequence, "", "the record of the chain's end was changed or removed")
		case stored.Sequence > c.Sequence:
			if rows, err = s.store.AuditRows(ctx, onboarding.AuditQuery{
				OrganizationID: c.OrganizationID, After: after, Limit: 1,
			}); err != nil {
				return nil, err
			}
			if len(rows) > 0 { // chained meanwhile
				continue
			}
			wrong(c.Sequence+1, "", fmt.Sprintf("this row and all later ones up to %d were removed", stored.Sequence))
		case stored.Sequence < c.Sequence || stored.Hash != c.Hash:
			wrong(c.Sequence, "", "the row does not belong to the chain, which ends elsewhere")
		}
		return c, nil
	}
}

// problem describes the difference between a row and the one that must follow in the chain; empty
// for none.
func (s *Audit) problem(c *Chain, r *onboarding.AuditRow) string {
	switch {
	case r.Sequence <= c.Sequence:
		return "the row was added"
	case r.Sequence > c.Sequence+1:
		return "the row was removed"
	case r.MAC != s.auditor.RowMAC(r):
		return "the row was changed or added"
	case r.Hash != s.auditor.Next(c.Hash, r.OrganizationID, r.Sequence, r.MAC):
		return "the row was moved, swapped or added"
	}
	return ""
}
