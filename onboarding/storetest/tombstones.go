package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"onramp/onboarding"
)

var tombstoneParts = []part{
	{"Tombstones", testTombstones},
	{"CustomerKeys", testCustomerKeys},
}

// testTombstones checks that a tombstone is stored once, that the tombstones of both kinds are read
// in order and in portions, and that a failed transaction stores none.
func testTombstones(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	var all []onboarding.Tombstone
	for n := range 5 {
		hash := fmt.Sprintf("%032x", 0xf0-n)
		all = append(all,
			onboarding.Tombstone{Kind: onboarding.TombstoneMinimised, Hash: hash, Occurrence: fmt.Sprintf("%016x", n)},
			onboarding.Tombstone{Kind: onboarding.TombstoneMinimised, Hash: hash, Occurrence: "00000000000000ff"},
			onboarding.Tombstone{Kind: onboarding.TombstoneDeleted, Hash: fmt.Sprintf("%032x", n)})
	}
	insert := func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertTombstones(ctx, all...) }
	write(t, s, insert)
	write(t, s, insert)
	slices.SortFunc(all, func(a, b onboarding.Tombstone) int {
		return slices.Compare([]string{a.Hash, a.Occurrence}, []string{b.Hash, b.Occurrence})
	})
	for _, limit := range []int{1, 4, 100} {
		var read []onboarding.Tombstone
		for after := (onboarding.Tombstone{}); ; after = read[len(read)-1] {
			some := must(s.Tombstones(ctx, after, limit))(t)
			read = append(read, some...)
			if len(some) < limit {
				break
			}
		}
		equal(t, fmt.Sprintf("tombstones in portions of %d", limit), read, all)
	}
	if n := must(s.CountTombstones(ctx))(t); n != int64(len(all)) {
		t.Errorf("%d tombstones, want %d", n, len(all))
	}
	failed := fmt.Errorf("no commit")
	if err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertTombstones(ctx, onboarding.Tombstone{Kind: onboarding.TombstoneDeleted,
			Hash: fmt.Sprintf("%032x", 99)}); err != nil {
			return err
		}
		return failed
	}); err == nil {
		t.Error("a transaction with an error is committed")
	}
	if n := must(s.CountTombstones(ctx))(t); n != int64(len(all)) {
		t.Errorf("%d tombstones after a failed transaction, want %d", n, len(all))
	}
}

// testCustomerKeys checks that the customers of all organizations are listed in order and in
// portions.
func testCustomerKeys(t *testing.T, s onboarding.Store) {
	var want []onboarding.CustomerKey
	for range 7 {
		c := newCustomer(onboarding.NewID())
		want = append(want, onboarding.CustomerKey{ID: c.ID, OrganizationID: c.OrganizationID})
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) })
	}
	slices.SortFunc(want, func(a, b onboarding.CustomerKey) int {
		return slices.Compare([]string{a.ID}, []string{b.ID})
	})
	for _, limit := range []int{1, 3, 100} {
		var read []onboarding.CustomerKey
		for after := ""; ; after = read[len(read)-1].ID {
			some := must(s.CustomerKeys(t.Context(), after, limit))(t)
			read = append(read, some...)
			if len(some) < limit {
				break
			}
		}
		equal(t, fmt.Sprintf("customers in portions of %d", limit), read, want)
	}
}
