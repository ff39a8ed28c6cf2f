package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

var linkParts = []part{
	{"Links", testLinks},
	{"EndedLinks", testEndedLinks},
	{"ReplacedCredentialEndsLinks", testReplacedCredentialEndsLinks},
	{"SharedHits", testSharedHits},
	{"HitRace", testHitRace},
}

// testLinks checks that a link has as many hits as allowed, until it expires.
func testLinks(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	a := newLink(c, 2)
	insert := func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertLink(ctx, a) }
	write(t, s, insert)
	got := must(s.Link(ctx, a.TokenHash))(t)
	equal(t, "activation", got, a)
	narrow := newLink(c, 1)
	narrow.ProfileOnly = true
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertLink(ctx, narrow) })
	equal(t, "a link to the profile alone", must(s.Link(ctx, narrow.TokenHash))(t), narrow)
	utc(t, "Expires", got.Expires)
	_, err := s.Link(ctx, "none")
	notFound(t, "unknown activation", err)
	conflict(t, "a token twice", "token", tryWrite(t, s, insert))

	hit := func(hash string, now time.Time) (counted bool) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			counted, err = tx.CountHit(ctx, hash, now)
			return err
		})
		return counted
	}
	if hit(a.TokenHash, a.Expires) {
		t.Error("a hit was counted at the very end of the link")
	}
	for i, want := range []bool{true, true, false} {
		if hit(a.TokenHash, a.Expires.Add(-time.Microsecond)) != want {
			t.Errorf("hit %d of 2 is not %v", i+1, want)
		}
	}
	if hit("none", noon) {
		t.Error("a hit of an unknown link was counted")
	}
	if got := must(s.Link(ctx, a.TokenHash))(t); got.Hits != 2 {
		t.Errorf("%d hits are kept, not 2", got.Hits)
	}
}

// testEndedLinks checks that EndLinks ends every link of one customer and nothing else.
func testEndedLinks(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	open, expired := newLink(c, 1), newLink(c, 1)
	expired.Expires = noon.Add(-time.Minute)
	other := newLink(storedCustomer(t, s), 1)
	for _, a := range []*onboarding.Link{open, expired, other} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertLink(ctx, a) })
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.EndLinks(ctx, c.ID, noon) })
	open.Expires = noon
	for name, a := range map[string]*onboarding.Link{"open": open, "expired": expired, "another customer's": other} {
		equal(t, "the link that was "+name, must(s.Link(ctx, a.TokenHash))(t), a)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if counted, err := tx.CountHit(ctx, open.TokenHash, noon); counted || err != nil {
			t.Errorf("a hit of an ended link: %v, %v", counted, err)
		}
		return nil
	})
}

// testReplacedCredentialEndsLinks checks that a link is valid only for the credential for which it
// was created, even if a clock has gone back and the link has not expired.
func testReplacedCredentialEndsLinks(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCredential(t, s)
	who := &onboarding.Customer{ID: c.CustomerID, OrganizationID: c.OrganizationID}
	before := newLink(who, 5)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertLink(ctx, before) })
	rotate(t, s, c)
	after, continued := newLink(who, 5), newLink(who, 5)
	continued.SharesHitsOf = before.TokenHash
	for _, a := range []*onboarding.Link{after, continued} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertLink(ctx, a) })
	}
	for name, q := range map[string]struct {
		link  *onboarding.Link
		ended bool
	}{"made before": {before, true}, "made after": {after, false},
		"continuing the one made before": {continued, true}} {
		if got := must(s.Link(ctx, q.link.TokenHash))(t); got.Ended != q.ended {
			t.Errorf("the link %s: Ended is %v", name, got.Ended)
		}
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if counted, err := tx.CountHit(ctx, q.link.TokenHash, noon); counted == q.ended || err != nil {
				t.Errorf("a hit of the link %s: %v, %v", name, counted, err)
			}
			return nil
		})
	}
}

// testHitRace checks that concurrent hits succeed exactly as often as allowed.
func testHitRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a := newLink(storedCustomer(t, s), 3)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertLink(ctx, a) })
	var hits atomic.Int32
	race(200, func(int) {
		var counted bool
		err := s.Write(ctx, func(tx onboarding.Tx) (err error) {
			counted, err = tx.CountHit(ctx, a.TokenHash, noon)
			return err
		})
		if err != nil {
			t.Errorf("CountHit: %v", err)
		}
		if counted {
			hits.Add(1)
		}
	})
	if hits.Load() != 3 {
		t.Errorf("%d hits of 3 were counted", hits.Load())
	}
}

// storedLink inserts a new link of a new customer.
func storedLink(t *testing.T, s onboarding.Store, hits int) *onboarding.Link {
	t.Helper()
	a := newLink(storedCustomer(t, s), hits)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertLink(ctx, a) })
	return a
}

// testSharedHits checks that two links with a shared count have its hits together.
func testSharedHits(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	first := storedLink(t, s, 3)
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
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertLink(ctx, &shares) })
	equal(t, "the second link", must(s.Link(ctx, shares.TokenHash))(t), &shares)
	for i, link := range []struct {
		hash string
		want bool
	}{{shares.TokenHash, true}, {first.TokenHash, true}, {shares.TokenHash, false}, {first.TokenHash, false}} {
		if hit(link.hash) != link.want {
			t.Errorf("download %d of two links is not %v", i+2, link.want)
		}
	}
	for _, hash := range []string{first.TokenHash, shares.TokenHash} {
		if got := must(s.Link(ctx, hash))(t); got.Hits != 3 || got.MaxHits != 3 {
			t.Errorf("%d of %d hits, want 3 of 3", got.Hits, got.MaxHits)
		}
	}
}

var resumeParts = []part{
	{"Resume", testResume},
	{"ResumeRace", testResumeRace},
}

func newResume(a *onboarding.Link) *onboarding.Resume {
	return &onboarding.Resume{
		CodeHash:  "code-" + onboarding.NewID(),
		TokenHash: a.TokenHash,
		Created:   noon,
		Expires:   noon.Add(15 * time.Minute),
	}
}

func putResume(t *testing.T, s onboarding.Store, r *onboarding.Resume) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutResume(ctx, r) })
}

// testResume checks that a link has one code, which is taken once and expires.
func testResume(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a := storedLink(t, s, 2)
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

	other := newResume(storedLink(t, s, 2)) // two links have two codes
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
	orphan := newResume(&onboarding.Link{TokenHash: "none"})
	if tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutResume(ctx, orphan) }) == nil {
		t.Error("a code of no link was kept")
	}
}

// testResumeRace checks that of many concurrent takers of one code one succeeds.
func testResumeRace(t *testing.T, s onboarding.Store) {
	r := newResume(storedLink(t, s, 2))
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
