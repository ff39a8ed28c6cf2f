package visits

import (
	"context"

	"onramp/onboarding"
)

// follow brings up to date what follows from a customer and his consents: whether his visits are counted, and his segments. It belongs at the end
// of every transaction that changes either; was is the customer before, nil for a new one.
//
// What a customer did before he agreed to be profiled is never looked at: visits are kept from then on, of connections that are first heard of after
// it. When he withdraws, all of it is removed, and agreeing again starts from nothing.
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

// keepMetrics counts what became of a profiled customer's visits at one location. It follows the change in the transaction that made it.
func (s *Visits) UpdateMetrics(
	ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, customerID string, change visitChange,
) error {
	if change.none() {
		return nil
	}
	tallies, err := tx.MetricsOf(ctx, []string{customerID})
	if err != nil {
		return err
	}
	t := tallies[customerID]
	if t == nil { // he agreed before tallies were kept
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

// retally counts all the visits that there are, by the zones that are declared now.
func retally(
	ctx context.Context, r onboarding.VisitReader, o *onboarding.Organization, old *onboarding.Tally,
) (*onboarding.Tally, error) {
	visits, err := r.Visits(ctx, old.CustomerID)
	if err != nil {
		return nil, err
	}
	return tallyOf(o, old, visits), nil
}
