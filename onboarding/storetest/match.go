package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
)

var matchParts = []part{
	{"Match", testMatch},
	{"DeduplicationRace", testDeduplicationRace},
}

// testMatch checks MatchAll and MatchAny for every field, within one organization.
func testMatch(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	org := onboarding.NewID()
	a, b, foreign, blank := newFullCustomer(org), newFullCustomer(org), newFullCustomer(onboarding.NewID()),
		newCustomer(org)
	// The other organization's customer has everything of a.
	foreign.Attributes = a.Attributes
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, c := range []*onboarding.Customer{a, b, foreign, blank} {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
		}
		if err := tx.AddGuid(ctx, org, a.ID, "guid-a", noon); err != nil {
			return err
		}
		return tx.AddGuid(ctx, foreign.OrganizationID, foreign.ID, "guid-a", noon)
	})
	everything := onboarding.Match{
		ID:       a.ID,
		Username: a.Username,
		Email:    a.Email,
		Phone:    a.Phone,
		ExtID:    a.ExtID,
		ExtProp1: a.ExtProp1,
		ExtProp2: a.ExtProp2,
		GuidHash: "guid-a",
	}
	for _, c := range []struct {
		name     string
		match    onboarding.Match
		all, any []*onboarding.Customer
	}{
		{"nothing", onboarding.Match{}, nil, nil},
		{"ID", onboarding.Match{ID: a.ID}, list(a), list(a)},
		{"foreign ID", onboarding.Match{ID: foreign.ID}, nil, nil},
		{"user name", onboarding.Match{Username: a.Username}, list(a), list(a)},
		{"user name in another case", onboarding.Match{Username: strings.ToUpper(a.Username)}, nil, nil},
		{"e-mail", onboarding.Match{Email: a.Email}, list(a), list(a)},
		{"e-mail in another case", onboarding.Match{Email: strings.ToUpper(a.Email)}, list(a), list(a)},
		{"phone", onboarding.Match{Phone: a.Phone}, list(a), list(a)},
		{"ext id", onboarding.Match{ExtID: a.ExtID}, list(a), list(a)},
		{"ext id in another case", onboarding.Match{ExtID: strings.ToUpper(a.ExtID)}, nil, nil},
		{"ext prop 1", onboarding.Match{ExtProp1: a.ExtProp1}, list(a), list(a)},
		{"ext prop 2", onboarding.Match{ExtProp2: a.ExtProp2}, list(a), list(a)},
		{"ext prop 1 is not ext prop 2", onboarding.Match{ExtProp1: a.ExtProp2}, nil, nil},
		{"guid", onboarding.Match{GuidHash: "guid-a"}, list(a), list(a)},
		{"everything", everything, list(a), list(a)},
		{"two customers' data", onboarding.Match{Email: a.Email, Phone: b.Phone}, nil, list(a, b)},
		{"one known, one unknown", onboarding.Match{Email: a.Email, ExtID: "none"}, nil, list(a)},
		{"unknown", onboarding.Match{Email: "none@example.com"}, nil, nil},
		{"a location", onboarding.Match{Email: a.Email, LocationID: a.LocationID}, list(a), list(a)},
		{"another location", onboarding.Match{Email: a.Email, LocationID: "other"}, nil, nil},
		{"a location alone", onboarding.Match{LocationID: a.LocationID}, nil, nil},
		{"wildcards", onboarding.Match{Email: "%", ExtID: "_"}, nil, nil},
	} {
		got, err := s.MatchAll(ctx, org, c.match, 10)
		if err != nil || !slices.Equal(ids(got), ids(c.all)) {
			t.Errorf("MatchAll %s: %v, %v; want %v", c.name, ids(got), err, ids(c.all))
		}
		got, err = s.MatchAny(ctx, org, c.match, 10)
		if err != nil || !slices.Equal(ids(got), ids(c.any)) {
			t.Errorf("MatchAny %s: %v, %v; want %v", c.name, ids(got), err, ids(c.any))
		}
	}
	equal(t, "matched customer", must(s.MatchAny(ctx, org, everything, 1))(t), list(a))
	if got := must(s.MatchAny(ctx, org, onboarding.Match{Email: a.Email, Phone: b.Phone}, 1))(t); len(got) != 1 {
		t.Errorf("a limit of 1 gave %d customers", len(got))
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		got, err := tx.MatchAny(ctx, org, onboarding.Match{Email: a.Email, Phone: b.Phone}, 2)
		if err == nil && len(got) != 2 {
			t.Errorf("in a transaction MatchAny gave %d customers, not 2", len(got))
		}
		return err
	})
	// Updated fields match with their new values only.
	a.Email, a.Phone = "moved@example.com", ""
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCustomer(ctx, a) })
	if got := must(s.MatchAny(ctx, org, onboarding.Match{Email: everything.Email, Phone: everything.Phone}, 2))(t); len(
		got) != 0 {
		t.Errorf("the old address still matches %v", ids(got))
	}
	if got := must(s.MatchAny(ctx, org, onboarding.Match{Email: "Moved@Example.com"}, 2))(t); !slices.Equal(ids(got),
		ids(list(a))) {
		t.Errorf("the new address matches %v", ids(got))
	}
}

// list is in the order of IDs, which fixtures make in ascending order.
func list(customers ...*onboarding.Customer) []*onboarding.Customer { return customers }

func ids(customers []*onboarding.Customer) []string {
	all := []string{}
	for _, c := range customers {
		all = append(all, c.ID)
	}
	return all
}

// testDeduplicationRace checks that of many concurrent transactions which register unless they find
// a match, one registers.
func testDeduplicationRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	org := onboarding.NewID()
	for round := range rounds {
		email := fmt.Sprintf("same-%d@example.com", round)
		match := onboarding.Match{Email: email, ExtID: "same " + email}
		race(64, func(i int) {
			c := newCustomer(org)
			c.Email = strings.ToUpper(email)
			m := match
			if i%2 == 0 {
				m.ExtID, m.Phone = "", "+390000" // another set of keys, in part the same
			}
			err := s.Write(ctx, func(tx onboarding.Tx) error {
				found, err := tx.MatchAny(ctx, org, m, 2)
				if err != nil || len(found) > 0 {
					return err
				}
				return tx.InsertCustomer(ctx, c)
			})
			if err != nil {
				t.Errorf("deduplication: %v", err)
			}
		})
		if got := must(s.MatchAny(ctx, org, match, 100))(t); len(got) != 1 {
			t.Errorf("%d customers were made of one", len(got))
		}
	}
}
