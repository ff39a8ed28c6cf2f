package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

func newResume(a *onboarding.Activation) *onboarding.Resume {
	return &onboarding.Resume{
		CodeHash: "code-" + onboarding.NewID(), TokenHash: a.TokenHash, Created: noon, Expires: noon.Add(onboarding.ResumeLifetime),
	}
}

// storedActivation inserts a new link of a new customer.
func storedActivation(t *testing.T, s onboarding.Store, hits int) *onboarding.Activation {
	t.Helper()
	a := newActivation(storedCustomer(t, s), hits)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertActivation(ctx, a) })
	return a
}

func putResume(t *testing.T, s onboarding.Store, r *onboarding.Resume) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutResume(ctx, r) })
}

func testResume(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a := storedActivation(t, s, 2)
	earlier, r := newResume(a), newResume(a)
	putResume(t, s, earlier)
	equal(t, "code", must(s.Resume(ctx, earlier.CodeHash, noon))(t), earlier)
	putResume(t, s, r)
	_, err := s.Resume(ctx, earlier.CodeHash, noon)
	notFound(t, "the link's earlier code", err)
	got := must(s.Resume(ctx, r.CodeHash, r.Expires.Add(-time.Microsecond)))(t)
	equal(t, "code", got, r)
	utc(t, "Expires", got.Expires)
	_, err = s.Resume(ctx, r.CodeHash, r.Expires)
	notFound(t, "a code at its end", err)
	_, err = s.Resume(ctx, "none", noon)
	notFound(t, "an unknown code", err)

	other := newResume(storedActivation(t, s, 2)) // two links have two codes
	putResume(t, s, other)
	equal(t, "code", must(s.Resume(ctx, r.CodeHash, noon))(t), r)

	for i, want := range []bool{true, false} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			taken, err := tx.TakeResume(ctx, r.CodeHash)
			if taken != want {
				t.Errorf("taking %d of 1: %v", i+1, taken)
			}
			return err
		})
	}
	_, err = s.Resume(ctx, r.CodeHash, noon)
	notFound(t, "a code that was taken", err)
	orphan := newResume(&onboarding.Activation{TokenHash: "none"})
	if tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutResume(ctx, orphan) }) == nil {
		t.Error("a code of no link was kept")
	}
}

func testSharedHits(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	first := storedActivation(t, s, 3)
	hit := func(hash string) (counted bool) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			counted, err = tx.CountHit(ctx, hash, noon)
			return err
		})
		return counted
	}
	hit(first.TokenHash)
	shares := *first
	shares.TokenHash, shares.SharesHitsOf, shares.Hits = "hash-"+onboarding.NewID(), first.TokenHash, 1
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertActivation(ctx, &shares) })
	equal(t, "the second link", must(s.Activation(ctx, shares.TokenHash))(t), &shares)
	for i, link := range []struct {
		hash string
		want bool
	}{{shares.TokenHash, true}, {first.TokenHash, true}, {shares.TokenHash, false}, {first.TokenHash, false}} {
		if hit(link.hash) != link.want {
			t.Errorf("download %d of two links is not %v", i+2, link.want)
		}
	}
	for _, hash := range []string{first.TokenHash, shares.TokenHash} {
		if got := must(s.Activation(ctx, hash))(t); got.Hits != 3 || got.MaxHits != 3 {
			t.Errorf("%d of %d hits, want 3 of 3", got.Hits, got.MaxHits)
		}
	}
}

// testResumeRace has many visitors take one code.
func testResumeRace(t *testing.T, s onboarding.Store) {
	r := newResume(storedActivation(t, s, 2))
	putResume(t, s, r)
	var winners atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			taken := false
			err := s.Write(t.Context(), func(tx onboarding.Tx) (err error) {
				taken, err = tx.TakeResume(t.Context(), r.CodeHash)
				return err
			})
			if err != nil {
				t.Errorf("Write: %v", err)
			}
			if taken {
				winners.Add(1)
			}
		})
	}
	all.Wait()
	if n := winners.Load(); n != 1 {
		t.Errorf("%d took the code, want 1", n)
	}
}
