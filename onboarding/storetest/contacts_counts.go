package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"onramp/onboarding"
)

// testContactCounts compares the counts by traits and locations with a model while customers are
// added, changed, minimised, retired and deleted, before and after the changes are added to the
// sums.
func testContactCounts(t *testing.T, s onboarding.Store) {
	c, other := newCrowd(t, s, 60, 20), newCrowd(t, s, 20, 21)
	random := rand.New(rand.NewPCG(22, 22))
	check := func(when string) {
		t.Helper()
		for _, crowd := range []*crowd{c, other} {
			for _, f := range crowd.traitFilters() {
				got := must(s.CountContacts(t.Context(), crowd.organization.ID, &f))(t)
				if want := len(crowd.expect(&f, onboarding.ByID, false)); got != want {
					t.Fatalf("%s: filter %+v counts %d, want %d", when, f, got, want)
				}
			}
		}
	}
	check("at first")
	for round := range 40 {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return c.change(ctx, tx, random) })
		if round%4 == 0 {
			check(fmt.Sprint("after change ", round))
		}
		if round%5 == 0 {
			write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
				_, err := tx.FoldContactCounts(ctx, 1+random.IntN(20))
				return err
			})
			check(fmt.Sprint("after folding some changes in round ", round))
		}
	}
	for left := 1; left > 0; {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			left, err = tx.FoldContactCounts(ctx, 50)
			return err
		})
	}
	check("after folding all changes")
}

// change makes one random change of a customer, in the store and in the crowd.
func (c *crowd) change(ctx context.Context, tx onboarding.Tx, random *rand.Rand) error {
	i := random.IntN(len(c.customers))
	n := c.customers[i]
	remove := func() { c.customers = slices.Delete(c.customers, i, i+1) }
	switch random.IntN(6) {
	case 0:
		fresh := c.stranger(random)
		c.customers = append(c.customers, fresh)
		return c.put(ctx, tx, fresh)
	case 1:
		remove()
		return tx.DeleteCustomer(ctx, c.organization.ID, n.ID, onboarding.NewID())
	case 2:
		remove()
		return tx.RetireCustomer(ctx, c.organization.ID, n.ID, onboarding.NewID())
	default:
		changed := *c.stranger(random)
		changed.ID, changed.SignupMethod = n.ID, n.SignupMethod
		c.customers[i] = &changed
		return tx.UpdateCustomer(ctx, &changed)
	}
}

// traitFilters returns filters by traits and locations, alone and together.
func (c *crowd) traitFilters() (all []onboarding.ContactFilter) {
	locations := c.organization.Locations
	for _, at := range [][]string{nil, {locations[0].ID}, {locations[1].ID, locations[2].ID}, {"unknown"}} {
		all = append(all,
			onboarding.ContactFilter{LocationIDs: at},
			onboarding.ContactFilter{LocationIDs: at, SignupMethods: []onboarding.Channel{"api", "portal"}},
			onboarding.ContactFilter{LocationIDs: at, SignupMethods: []onboarding.Channel{"api", "unknown"}})
		for _, yes := range []bool{false, true} {
			all = append(all,
				onboarding.ContactFilter{LocationIDs: at, HasEmail: &yes},
				onboarding.ContactFilter{LocationIDs: at, EmailVerified: &yes, HasPhone: ptr(!yes)},
				onboarding.ContactFilter{LocationIDs: at, PhoneVerified: &yes, HasEmail: ptr(true)},
				onboarding.ContactFilter{LocationIDs: at, OptIns: map[string]bool{onboarding.MktgCommunication: yes}},
				onboarding.ContactFilter{LocationIDs: at, OptIns: map[string]bool{
					onboarding.AgeVerification: yes, onboarding.MktgCommunication: !yes, "customs.mail": yes,
				}})
		}
	}
	return all
}

// testConcurrentCounts checks that no change of concurrent transactions is lost, and that a reader
// sees each transaction as a whole, while the changes are added to the sums.
func testConcurrentCounts(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := newOrganization()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) })
	const writers, each = 6, 15
	var all, folding sync.WaitGroup
	done := make(chan struct{})
	folding.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := s.Write(ctx, func(tx onboarding.Tx) error {
				_, err := tx.FoldContactCounts(ctx, 7)
				return err
			}); err != nil {
				t.Error(err)
				return
			}
			// Customers come in pairs.
			if n, err := s.CountContacts(ctx, o.ID, &onboarding.ContactFilter{}); err != nil || n%2 != 0 {
				t.Errorf("%d contacts, %v", n, err)
				return
			}
		}
	})
	for range writers {
		all.Go(func() {
			for range each {
				pair := []*onboarding.Customer{newCustomer(o.ID), newCustomer(o.ID)}
				for _, act := range []func(tx onboarding.Tx, c *onboarding.Customer) error{
					func(tx onboarding.Tx, c *onboarding.Customer) error { return tx.InsertCustomer(ctx, c) },
					func(tx onboarding.Tx, c *onboarding.Customer) error {
						c.Locked, c.Gender = true, "other"
						return tx.UpdateCustomer(ctx, c)
					},
				} {
					if err := s.Write(ctx, func(tx onboarding.Tx) error {
						for _, c := range pair {
							if err := act(tx, c); err != nil {
								return err
							}
						}
						return nil
					}); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	close(done)
	folding.Wait()
	if n := must(s.CountContacts(ctx, o.ID, &onboarding.ContactFilter{}))(t); n != 2*writers*each {
		t.Errorf("%d contacts, want %d", n, 2*writers*each)
	}
}
