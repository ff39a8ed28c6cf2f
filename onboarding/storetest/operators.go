package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

var operatorParts = []part{
	{"SignInLinks", testSignInLinks},
	{"OperatorSessions", testOperatorSessions},
}

// testSignInLinks checks that a link is found until it is used, once, or swept.
func testSignInLinks(t *testing.T, s onboarding.Store) {
	one := &onboarding.SignInLink{
		Hash: "hash-1", OrganizationID: onboarding.NewID(), Role: auth.LocationManager, LocationID: onboarding.NewID(),
		Created: noon, Expires: noon.Add(10 * time.Minute),
	}
	all := &onboarding.SignInLink{Hash: "hash-2", Role: auth.OrganizationManager, Created: noon, Expires: noon}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return errors.Join(tx.InsertSignInLink(ctx, one), tx.InsertSignInLink(ctx, all))
	})
	for _, want := range []*onboarding.SignInLink{one, all} {
		equal(t, "the link", must(s.SignInLink(t.Context(), want.Hash))(t), want)
	}
	var used atomic.Int64
	var takers sync.WaitGroup
	for range 8 {
		takers.Go(func() {
			err := s.Write(t.Context(), func(tx onboarding.Tx) error {
				return tx.DeleteSignInLink(t.Context(), one.Hash)
			})
			if err == nil {
				used.Add(1)
			} else if !errors.Is(err, onboarding.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	takers.Wait()
	if used.Load() != 1 {
		t.Errorf("%d of 8 used the link", used.Load())
	}
	if _, err := s.SignInLink(t.Context(), one.Hash); !errors.Is(err, onboarding.ErrNotFound) {
		t.Errorf("a used link: %v", err)
	}
	sweep(t, s, noon.Add(-time.Microsecond))
	equal(t, "the link before its end", must(s.SignInLink(t.Context(), all.Hash))(t), all)
	sweep(t, s, noon)
	if _, err := s.SignInLink(t.Context(), all.Hash); !errors.Is(err, onboarding.ErrNotFound) {
		t.Errorf("an expired link: %v", err)
	}
}

func sweep(t *testing.T, s onboarding.Store, now time.Time) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.SweepOperators(ctx, now) })
}

// testOperatorSessions checks that a session is found until it is ended or swept.
func testOperatorSessions(t *testing.T, s onboarding.Store) {
	session := func(hash string) *onboarding.OperatorSession {
		return &onboarding.OperatorSession{
			ID: onboarding.NewID(), Hash: hash, AgentHash: "agent", OrganizationID: onboarding.NewID(),
			Role: auth.OrganizationManager, Created: noon, LastUsed: noon, Expires: noon.Add(time.Hour),
		}
	}
	first, second, third := session("a"), session("b"), session("c")
	second.OrganizationID, second.Expires = "", noon
	third.Role, third.LocationID = auth.LocationManager, onboarding.NewID()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return errors.Join(tx.InsertOperatorSession(ctx, first), tx.InsertOperatorSession(ctx, second),
			tx.InsertOperatorSession(ctx, third))
	})
	gone := func(hash string) {
		t.Helper()
		if _, err := s.OperatorSession(t.Context(), hash); !errors.Is(err, onboarding.ErrNotFound) {
			t.Errorf("session %s: %v", hash, err)
		}
	}
	for _, want := range []*onboarding.OperatorSession{first, second, third} {
		equal(t, "the session", must(s.OperatorSession(t.Context(), want.Hash))(t), want)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return errors.Join(tx.TouchOperatorSession(ctx, first.Hash, noon.Add(time.Minute)),
			tx.TouchOperatorSession(ctx, first.Hash, noon), tx.TouchOperatorSession(ctx, "unknown", noon))
	})
	first.LastUsed = noon.Add(time.Minute)
	equal(t, "the session that was used", must(s.OperatorSession(t.Context(), first.Hash))(t), first)
	sweep(t, s, noon)
	gone(second.Hash)
	for range 2 { // twice is no error
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.DeleteOperatorSession(ctx, first.Hash)
		})
	}
	gone(first.Hash)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		n, err := tx.DeleteOperators(ctx)
		if n != 1 {
			t.Errorf("%d sessions are deleted", n)
		}
		return err
	})
	gone(third.Hash)
}
