package visits

import (
	"context"
	"fmt"

	"onramp/onboarding"
)

// portion is a part of a sweep, or of the customers who are due, without those that cannot be read.
type portion struct {
	due         bool
	after, last string // positions of the sweep
	ids         []string
	skipped     int
	more        bool
}

// withoutUnreadable processes the next customers after their batch has failed, if some of them
// cannot be read: the others are processed, and the error counts those left out. Without such a
// customer it returns the error of the batch. It reports whether there may be more; customers who
// are due and cannot be read stay due, so that the next tick continues after the others.
func (r *segmentRunner) withoutUnreadable(
	ctx context.Context, o *onboarding.Organization, fingerprint string, failed error,
) (more bool, err error) {
	if ctx.Err() != nil || onboarding.KindOf(failed) == onboarding.Unavailable {
		return false, failed
	}
	p, err := r.readable(ctx, o.ID)
	if err != nil || p.skipped == 0 {
		return false, failed
	}
	if more, err = r.batch(ctx, o.ID, fingerprint, p); err != nil {
		return false, err
	}
	r.visits.log.WarnContext(ctx, "customers cannot be read, their segments stay", "organization", o.ID,
		"skipped", p.skipped, "error", failed)
	return more, nil
}

// readable returns the next portion.
func (r *segmentRunner) readable(ctx context.Context, organizationID string) (*portion, error) {
	s := r.visits.store
	sweep, err := s.SegmentSweep(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	p := &portion{due: sweep.Done, after: sweep.Position, last: sweep.Position}
	var ids []string
	if p.due {
		if ids, err = s.SegmentsDue(ctx, organizationID, r.visits.clock.Now(), segmentsBatch); err != nil {
			return nil, err
		}
	}
	for after := sweep.Position; !p.due && len(ids) < segmentsBatch; {
		keys, err := s.CustomerKeys(ctx, after, 10*segmentsBatch)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			if k.OrganizationID == organizationID && len(ids) < segmentsBatch {
				ids, p.last = append(ids, k.ID), k.ID
			}
		}
		if len(keys) < 10*segmentsBatch {
			break
		}
		after = keys[len(keys)-1].ID
	}
	p.more = !p.due && len(ids) == segmentsBatch
	for _, id := range ids {
		switch _, err := s.Customer(ctx, organizationID, id); {
		case err == nil:
			p.ids = append(p.ids, id)
		case onboarding.KindOf(err) == onboarding.Unavailable || ctx.Err() != nil:
			return nil, err
		case onboarding.KindOf(err) != onboarding.NotFound:
			p.skipped++
		}
	}
	return p, nil
}

// of returns the customers of the portion in a transaction, if the sweep is where it began.
func (p *portion) of(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, sweep *onboarding.SegmentSweep,
) ([]*onboarding.Customer, error) {
	if sweep.Done != p.due || sweep.Position != p.after {
		return nil, fmt.Errorf("the sweep of organization %q has moved on", o.ID)
	}
	customers := make([]*onboarding.Customer, 0, len(p.ids))
	for _, id := range p.ids {
		c, err := tx.Customer(ctx, o.ID, id)
		if err != nil {
			return nil, err
		}
		customers = append(customers, c)
	}
	return customers, nil
}
