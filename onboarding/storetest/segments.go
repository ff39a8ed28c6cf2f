package storetest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

var segmentParts = []part{
	{"Segments", testSegments},
	{"SegmentsDue", testSegmentsDue},
	{"SegmentSweep", testSegmentSweep},
	{"SegmentSweepRace", testSegmentSweepRace},
}

// testSegments checks that PutSegments replaces the segments of one customer.
func testSegments(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a, b, none := storedCustomer(t, s), storedCustomer(t, s), storedCustomer(t, s)
	put := func(c *onboarding.Customer, ids ...string) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutSegments(ctx, c.OrganizationID, c.ID, ids, nil)
		})
	}
	of := func() map[string][]string {
		t.Helper()
		return must(s.SegmentsOf(ctx, []string{a.ID, b.ID, none.ID}))(t)
	}
	equal(t, "before any", of(), map[string][]string{})
	put(a, "s2", "s1")
	put(b, "s2", `'"; --`)
	put(none)
	equal(t, "two in each", of(), map[string][]string{a.ID: {"s1", "s2"}, b.ID: {`'"; --`, "s2"}})
	put(a, "s2", "s3")
	put(b)
	equal(t, "one left, one joined, the other in none", of(), map[string][]string{a.ID: {"s2", "s3"}})
	put(a, "s2", "s3")
	equal(t, "again", of(), map[string][]string{a.ID: {"s2", "s3"}})
	equal(t, "of nobody", must(s.SegmentsOf(ctx, nil))(t), map[string][]string{})
	notFound(t, "a segment of nobody", tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.PutSegments(ctx, a.OrganizationID, onboarding.NewID(), []string{"s1"}, nil)
	}))
}

// testSegmentsDue checks that customers are returned in the order of their due times, up to the
// limit.
func testSegmentsDue(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a, b, other := newCustomer("o1"), newCustomer("o1"), newCustomer("o2")
	put := func(c *onboarding.Customer, due *time.Time) func(context.Context, onboarding.Tx) error {
		return func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutSegments(ctx, c.OrganizationID, c.ID, nil, due)
		}
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, c := range []*onboarding.Customer{a, b, other} {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	write(t, s, put(a, ptr(noon.Add(time.Second))))
	write(t, s, put(b, ptr(noon)))
	write(t, s, put(other, ptr(noon)))
	due := func(at time.Time, limit int) []string {
		t.Helper()
		return must(s.SegmentsDue(ctx, "o1", at, limit))(t)
	}
	equal(t, "before", due(noon.Add(-time.Microsecond), 9), []string{})
	equal(t, "at the first", due(noon, 9), []string{b.ID})
	equal(t, "both", due(noon.Add(time.Minute), 9), []string{b.ID, a.ID})
	equal(t, "no more than asked for", due(noon.Add(time.Minute), 1), []string{b.ID})
	write(t, s, put(b, ptr(noon.Add(time.Hour))))
	write(t, s, put(a, nil))
	equal(t, "moved and taken back", due(noon.Add(time.Hour), 9), []string{b.ID})
}

// testSegmentSweep checks that a sweep is stored with every field and replaced as a whole.
func testSegmentSweep(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	_, err := s.SegmentSweep(ctx, "o1")
	notFound(t, "a sweep", err)
	one := &onboarding.SegmentSweep{OrganizationID: "o1", Declared: "f1", Held: noon.UTC()}
	put := func() {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutSegmentSweep(ctx, one) })
		equal(t, "sweep", must(s.SegmentSweep(ctx, "o1"))(t), one)
	}
	put()
	one.Declared, one.Position, one.Done, one.Holder, one.Held = "f2", "p", true, "h", noon.Add(time.Hour).UTC()
	put()
	_, err = s.SegmentSweep(ctx, "o2")
	notFound(t, "another organization's", err)
}

// testSegmentSweepRace checks that concurrent transactions which advance a sweep each see the step
// before.
func testSegmentSweepRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	var first atomic.Int32
	race(24, func(int) {
		var mine bool
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			sweep, err := tx.SegmentSweep(ctx, "o1")
			if mine = onboarding.KindOf(err) == onboarding.NotFound; mine {
				sweep, err = &onboarding.SegmentSweep{OrganizationID: "o1", Held: noon}, nil
			}
			if err != nil {
				return err
			}
			sweep.Position += "x"
			return tx.PutSegmentSweep(ctx, sweep)
		})
		if err != nil {
			t.Errorf("going on at once: %v", err)
		}
		if mine {
			first.Add(1)
		}
	})
	if got := must(s.SegmentSweep(ctx, "o1"))(t); len(got.Position) != 24 || first.Load() != 1 {
		t.Errorf("%d steps of 24 are kept, and %d were the first", len(got.Position), first.Load())
	}
}
