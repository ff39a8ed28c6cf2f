package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

var visitParts = []part{
	{"Visits", testVisits},
	{"VisitBounds", testVisitBounds},
}

func newVisit(customerID string, start, end time.Time) *onboarding.Visit {
	return &onboarding.Visit{
		ID: onboarding.NewID(), OrganizationID: "o1", CustomerID: customerID, LocationID: "l1", HotspotID: "h1",
		Start: start.UTC(), End: end.UTC(), Connections: 1, Proven: true,
	}
}

// testVisits checks that visits are found by location and time, replaced and deleted.
func testVisits(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	one, two := newVisit(c.ID, noon, noon.Add(time.Hour)), newVisit(c.ID, noon.Add(5*time.Hour), noon.Add(6*time.Hour))
	elsewhere := newVisit(c.ID, noon, noon.Add(time.Hour))
	elsewhere.LocationID, elsewhere.HotspotID = "l2", ""
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, v := range []*onboarding.Visit{two, one, elsewhere} {
			if err := tx.PutVisit(ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
	near := func(from, to time.Duration) []onboarding.Visit {
		t.Helper()
		return must(s.VisitsNear(ctx, c.ID, "l1", noon.Add(from), noon.Add(to)))(t)
	}
	equal(t, "both", near(time.Hour, 5*time.Hour), []onboarding.Visit{*one, *two})
	equal(t, "between", near(time.Hour+time.Microsecond, 5*time.Hour-time.Microsecond), []onboarding.Visit{})
	equal(t, "within", near(5*time.Hour+time.Minute, 5*time.Hour+time.Minute), []onboarding.Visit{*two})
	one.Connections, one.End, one.Proven = 3, noon.Add(2*time.Hour).UTC(), false
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.PutVisit(ctx, one); err != nil {
			return err
		}
		return tx.DeleteVisit(ctx, two.ID)
	})
	equal(t, "all at the location", near(0, 100*time.Hour), []onboarding.Visit{*one})
	equal(t, "all", len(must(s.Visits(ctx, c.ID))(t)), 2)
}

// testVisitBounds checks that VisitBounds covers the visits at one location, also within a
// transaction.
func testVisitBounds(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	_, err := s.VisitBounds(ctx, c.ID, "l1")
	notFound(t, "the bounds of no visits", err)
	one, two := newVisit(c.ID, noon, noon.Add(9*time.Hour)), newVisit(c.ID, noon.Add(time.Hour), noon.Add(2*time.Hour))
	other := newVisit(c.ID, noon.Add(-time.Hour), noon.Add(20*time.Hour))
	other.LocationID = "l2"
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, v := range []*onboarding.Visit{one, two, other} {
			if err := tx.PutVisit(ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "bounds", must(s.VisitBounds(ctx, c.ID, "l1"))(t),
		onboarding.VisitBounds{First: noon.UTC(), Last: two.Start, Seen: one.End})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.DeleteVisit(ctx, one.ID); err != nil {
			return err
		}
		within, err := tx.VisitBounds(ctx, c.ID, "l1")
		if err == nil {
			equal(t, "within the transaction", within, onboarding.VisitBounds{First: two.Start, Last: two.Start,
				Seen: two.End})
		}
		return err
	})
}
