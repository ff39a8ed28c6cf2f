package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

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
