package tombstone

import (
	"context"
	"encoding/hex"

	"onramp/onboarding"
)

const (
	readAtOnce   = 10_000 // customers or tombstones in one query
	erasedAtOnce = 100    // customers in one transaction
	storedAtOnce = 500    // tombstones in one transaction
)

// Applied counts the work of an application.
type Applied struct {
	Tombstones int // that the database lacked
	Missing    int // in the file of Apply, which the database has: the file is older than the copy
	Deleted    int // customers
	Minimised  int // customers
}

// Apply applies the tombstones of a file to a database that was restored from a copy. It needs no
// master key and leaves the file as it is. A damaged line is an error before anything is changed.
func Apply(ctx context.Context, store onboarding.Store, path string) (Applied, error) {
	k, err := readKey(ctx, store)
	if err != nil {
		return Applied{}, err
	}
	c, err := newFile(path, k).read()
	if err != nil {
		return Applied{}, err
	}
	if err := c.refuse(path); err != nil {
		return Applied{}, err
	}
	onlyFile, onlyDatabase, err := compare(ctx, store, c.entries)
	if err != nil {
		return Applied{}, err
	}
	done, err := apply(ctx, store, k, nil, onlyFile)
	done.Missing = len(onlyDatabase)
	return done, err
}

// compare removes the database's tombstones from the file's entries, and returns the remaining ones
// and those of the database that the file lacks.
func compare(
	ctx context.Context, store onboarding.TombstoneReader, entries map[entry]struct{},
) (onlyFile map[entry]struct{}, onlyDatabase []onboarding.Tombstone, err error) {
	var after onboarding.Tombstone
	for {
		some, err := store.Tombstones(ctx, after, readAtOnce)
		if err != nil {
			return nil, nil, err
		}
		for _, s := range some {
			e := pack(s)
			if _, known := entries[e]; !known {
				onlyDatabase = append(onlyDatabase, s)
			}
			delete(entries, e)
		}
		if len(some) < readAtOnce {
			return entries, onlyDatabase, nil
		}
		after = some[len(some)-1]
	}
}

// apply erases the customers of the tombstones, then stores the tombstones. It may be repeated.
func apply(
	ctx context.Context, store onboarding.Store, k key, clock onboarding.Clock, missing map[entry]struct{},
) (Applied, error) {
	done := Applied{Tombstones: len(missing)}
	if len(missing) == 0 {
		return done, nil
	}
	if err := finishRetired(ctx, store); err != nil {
		return done, err
	}
	hashes := make(map[[16]byte]struct{}, len(missing))
	for e := range missing {
		hashes[e.hash] = struct{}{}
	}
	for after := ""; ; {
		some, err := store.CustomerKeys(ctx, after, readAtOnce)
		if err != nil {
			return done, err
		}
		if err := eraseSome(ctx, store, k, clock, hashes, some, &done); err != nil {
			return done, err
		}
		if len(some) < readAtOnce {
			break
		}
		after = some[len(some)-1].ID
	}
	return done, insert(ctx, store, missing)
}

// finishRetired finishes the deletions that had begun when the copy was made.
func finishRetired(ctx context.Context, store onboarding.Store) error {
	for {
		if n, err := onboarding.FinishDeletions(ctx, store); err != nil || n == 0 {
			return err
		}
	}
}

// insert stores tombstones.
func insert(ctx context.Context, store onboarding.Store, all map[entry]struct{}) error {
	some := make([]onboarding.Tombstone, 0, storedAtOnce)
	flush := func() error {
		err := store.Write(ctx, func(tx onboarding.Tx) error { return tx.InsertTombstones(ctx, some...) })
		some = some[:0]
		return err
	}
	for e := range all {
		if some = append(some, e.tombstone()); len(some) == storedAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// eraseSome erases those of the customers that have a tombstone.
func eraseSome(
	ctx context.Context, store onboarding.Store, k key, clock onboarding.Clock, hashes map[[16]byte]struct{},
	customers []onboarding.CustomerKey, done *Applied,
) error {
	has := func(hash string) bool {
		var h [16]byte
		_, _ = hex.Decode(h[:], []byte(hash))
		_, found := hashes[h]
		return found
	}
	var deleted, minimised []onboarding.CustomerKey
	for _, c := range customers {
		d, m := k.hashes(c.ID)
		switch {
		case has(d):
			deleted = append(deleted, c)
		case has(m):
			minimised = append(minimised, c)
		}
	}
	for len(deleted) > 0 {
		some := deleted[:min(len(deleted), erasedAtOnce)]
		deleted = deleted[len(some):]
		if err := deleteSome(ctx, store, clock, some); err != nil {
			return err
		}
		done.Deleted += len(some)
	}
	for len(minimised) > 0 {
		some := minimised[:min(len(minimised), erasedAtOnce)]
		minimised = minimised[len(some):]
		if err := minimiseSome(ctx, store, clock, some); err != nil {
			return err
		}
		done.Minimised += len(some)
	}
	return nil
}

// deleteSome deletes customers in one transaction, those with many rows in portions.
func deleteSome(
	ctx context.Context, store onboarding.Store, clock onboarding.Clock, some []onboarding.CustomerKey,
) error {
	var large []onboarding.RetiredCustomer
	err := store.Write(ctx, func(tx onboarding.Tx) error {
		large = nil
		for _, c := range some {
			retired, err := onboarding.BeginDeletion(ctx, tx, c, clock.Now())
			if err != nil && onboarding.KindOf(err) != onboarding.NotFound {
				return err
			}
			if err == nil && retired != nil {
				large = append(large, *retired)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range large {
		if err := onboarding.FinishDeletion(ctx, store, r); err != nil {
			return err
		}
	}
	return nil
}

// minimiseSome erases the personal data of customers in one transaction.
func minimiseSome(
	ctx context.Context, store onboarding.Store, clock onboarding.Clock, some []onboarding.CustomerKey,
) error {
	refused := false
	return store.Write(ctx, func(tx onboarding.Tx) error {
		for _, k := range some {
			known, err := tx.Customer(ctx, k.OrganizationID, k.ID)
			if onboarding.KindOf(err) == onboarding.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			c := *known
			c.PPD, c.Modified = &refused, clock.Now()
			c.Minimise()
			if err := tx.UpdateCustomer(ctx, &c); err != nil {
				return err
			}
			if err := tx.MinimiseCustomer(ctx, c.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
