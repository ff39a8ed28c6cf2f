package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

var metricsParts = []part{
	{"Tallies", testTallies},
	{"TallyRace", testTallyRace},
}

func newTally(c *onboarding.Customer) *onboarding.Tally {
	t := &onboarding.Tally{
		CustomerID:     c.ID,
		OrganizationID: c.OrganizationID,
		Visits:         7,
		Length:         90*time.Minute + time.Microsecond,
		Proven:         3,
		Places: map[string]onboarding.PlaceTally{
			"l1": {Visits: 4, First: noon.UTC(), Last: noon.UTC().Add(time.Microsecond),
				Seen: noon.UTC().Add(time.Hour), Zone: "Europe/Rome"},
			"l2": {Visits: 3, First: noon.UTC(), Last: noon.UTC(), Seen: noon.UTC()},
		},
	}
	t.Weekdays[6], t.Hours[23] = 7, 7
	return t
}

// testTallies checks that tallies are created once, replaced as a whole and read for many
// customers.
func testTallies(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a, b, none := storedCustomer(t, s), storedCustomer(t, s), storedCustomer(t, s)
	of := func(ids ...string) map[string]*onboarding.Tally {
		t.Helper()
		return must(s.MetricsOf(ctx, ids))(t)
	}
	equal(t, "before any", of(a.ID, b.ID), map[string]*onboarding.Tally{})
	empty := &onboarding.Tally{CustomerID: a.ID, OrganizationID: a.OrganizationID}
	full := newTally(b)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.BeginTally(ctx, a.OrganizationID, a.ID); err != nil {
			return err
		}
		return tx.PutTally(ctx, full)
	})
	equal(t, "both", of(b.ID, a.ID, none.ID, "nobody", b.ID), map[string]*onboarding.Tally{a.ID: empty, b.ID: full})
	equal(t, "of nobody", of(), map[string]*onboarding.Tally{})
	many := []string{a.ID}
	for range 12000 {
		many = append(many, onboarding.NewID())
	}
	equal(t, "among many", of(many...), map[string]*onboarding.Tally{a.ID: empty})

	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.BeginTally(ctx, b.OrganizationID, b.ID); err != nil {
			return err
		}
		full.Visits, full.Places["l3"] = 8, onboarding.PlaceTally{Visits: 1, First: noon.UTC(), Last: noon.UTC(),
			Seen: noon.UTC()}
		if err := tx.PutTally(ctx, full); err != nil {
			return err
		}
		within, err := tx.MetricsOf(ctx, []string{b.ID})
		if err == nil {
			equal(t, "within the transaction", within, map[string]*onboarding.Tally{b.ID: full})
		}
		return err
	})
	equal(t, "replaced", of(b.ID), map[string]*onboarding.Tally{b.ID: full})
	notFound(t, "the tally of nobody", tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.BeginTally(ctx, a.OrganizationID, onboarding.NewID())
	}))
}

// testTallyRace checks that a transaction which has read a customer can rely on the tally it read.
func testTallyRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedProfiled(t, s, "o1")
	const callers = 24
	race(callers, func(int) {
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			if _, err := tx.Customer(ctx, c.OrganizationID, c.ID); err != nil {
				return err
			}
			tallies, err := tx.MetricsOf(ctx, []string{c.ID})
			if err != nil {
				return err
			}
			tally := tallies[c.ID]
			if tally == nil {
				tally = &onboarding.Tally{CustomerID: c.ID, OrganizationID: c.OrganizationID}
			}
			tally.Visits++
			return tx.PutTally(ctx, tally)
		})
		if err != nil {
			t.Errorf("counting at once: %v", err)
		}
	})
	if got := must(s.MetricsOf(ctx, []string{c.ID}))(t)[c.ID].Visits; got != callers {
		t.Errorf("%d visits counted, not %d", got, callers)
	}
}

var minimisationParts = []part{{"ForgetBehaviour", testForgetBehaviour}}

// testForgetBehaviour checks that tally, visits and logins of one customer are deleted and all
// other rows kept.
func testForgetBehaviour(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	forgotten, kept := storedProfiled(t, s, "o1"), storedProfiled(t, s, "o1")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, c := range []*onboarding.Customer{forgotten, kept} {
			if err := tx.PutTally(ctx, newTally(c)); err != nil {
				return err
			}
			if err := tx.PutVisit(ctx, newVisit(c.ID, noon, noon.Add(time.Hour))); err != nil {
				return err
			}
			events := []onboarding.Event{newEvent(c, onboarding.EventLogin, noon),
				newEvent(c, onboarding.EventConsent, noon)}
			if err := tx.AppendEvents(ctx, events); err != nil {
				return err
			}
		}
		return tx.ForgetBehaviour(ctx, forgotten.ID)
	})
	left := func(id string) (types []onboarding.EventType) {
		for _, e := range must(s.Events(ctx, onboarding.EventQuery{OrganizationID: "o1", CustomerID: id, Limit: 10}))(
			t) {
			types = append(types, e.Type)
		}
		return types
	}
	equal(t, "events of who is forgotten", left(forgotten.ID), []onboarding.EventType{onboarding.EventConsent})
	equal(t, "events of the other", len(left(kept.ID)), 3)
	equal(t, "visits of who is forgotten", len(must(s.Visits(ctx, forgotten.ID))(t)), 0)
	equal(t, "visits of the other", len(must(s.Visits(ctx, kept.ID))(t)), 1)
	equal(t, "tallies", must(s.MetricsOf(ctx, []string{forgotten.ID, kept.ID}))(t),
		map[string]*onboarding.Tally{kept.ID: newTally(kept)})
}
