package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

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
