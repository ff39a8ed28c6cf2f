package visits

import (
	"context"

	"onramp/onboarding"
)

// Follow updates the data derived from a customer and its consents: the tally of visits and the
// segments. Every transaction that changes a customer or a consent must call it last; was is the
// customer before the change, nil for a new one.
//
// Visits from before the consent to profiling are never counted: visits are stored from then on,
// for connections that begin after it. When the consent is revoked, all of them are deleted; a
// new consent begins with an empty tally.
func (s *Visits) Follow(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, was, is *onboarding.Customer,
) error {
	profiled := was != nil && was.Profiled()
	switch {
	case is.Profiled() && !profiled:
		if err := tx.BeginTally(ctx, is.OrganizationID, is.ID); err != nil {
			return err
		}
	case profiled && !is.Profiled():
		if err := tx.ForgetBehaviour(ctx, is.ID); err != nil {
			return err
		}
	}
	return s.updateSegments(ctx, tx, o, is)
}

// UpdateMetrics updates the tally of a profiled customer after a change of visits at one
// location. It must run in the transaction that changed them.
func (s *Visits) UpdateMetrics(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, customerID string, change Change,
) error {
	if change.none() {
		return nil
	}
	tallies, err := tx.MetricsOf(ctx, []string{customerID})
	if err != nil {
		return err
	}
	t := tallies[customerID]
	if t == nil { // the customer consented before tallies were stored
		t, err = retally(ctx, tx, o, &onboarding.Tally{CustomerID: customerID, OrganizationID: o.ID})
	} else {
		err = changeTally(t, o, change.before, change.after, func(locationID string) (onboarding.VisitBounds, error) {
			return tx.VisitBounds(ctx, customerID, locationID)
		})
	}
	if err != nil {
		return err
	}
	if err := tx.PutTally(ctx, t); err != nil || !countsInSegments(o) {
		return err
	}
	c, err := tx.Customer(ctx, o.ID, customerID)
	if err != nil {
		return err
	}
	f := &facts{customer: c}
	if c.Profiled() {
		f.tally = t
	}
	return s.putSegments(ctx, tx, o, f)
}

// retally counts all stored visits, with the declared time zones.
func retally(
	ctx context.Context, r onboarding.VisitReader, o *onboarding.Organization, old *onboarding.Tally,
) (*onboarding.Tally, error) {
	visits, err := r.Visits(ctx, old.CustomerID)
	if err != nil {
		return nil, err
	}
	return TallyOf(o, old, visits), nil
}
