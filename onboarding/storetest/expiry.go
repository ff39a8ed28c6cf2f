package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

var expiryParts = []part{{"Expiry", testExpiry}, {"EndIssued", testEndIssued}}

// testExpiry checks that exactly the expired rows are deleted, to the microsecond.
func testExpiry(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	links := [2]*onboarding.Link{}
	answers := [2]*onboarding.Idempotency{}
	key := newKey(onboarding.NewID(), noon)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertServiceKey(ctx, key) })
	tokens := [2]string{onboarding.NewID(), onboarding.NewID()}
	ends := [2]time.Time{noon, noon.Add(time.Microsecond)}
	for i, end := range ends {
		links[i] = storedLink(t, s, 1)
		again := *links[i]
		again.TokenHash, again.Expires = onboarding.NewID(), end
		links[i] = &again
		answers[i] = &onboarding.Idempotency{
			ServiceID: onboarding.NewID(), Key: "k", RequestHash: "r", CustomerID: onboarding.NewID(),
			Answer: onboarding.Sealed{KeyID: "k", Box: []byte("answer")}, Expires: end,
		}
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if err := tx.InsertLink(ctx, links[i]); err != nil {
				return err
			}
			if err := tx.RevokeToken(ctx, tokens[i], end); err != nil {
				return err
			}
			return tx.InsertIdempotency(ctx, answers[i], noon.Add(-time.Hour))
		})
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.SweepRevocations(ctx, noon) })
	for _, kind := range []onboarding.RecordKind{onboarding.RecordLinks, onboarding.RecordAnswers} {
		equal(t, string(kind), deleteAged(t, s, onboarding.AgedRecords{Kind: kind, Before: ends[1]}, 10), 1)
	}

	_, err := s.Link(ctx, links[0].TokenHash)
	notFound(t, "an expired link", err)
	equal(t, "a link that goes on", must(s.Link(ctx, links[1].TokenHash))(t), links[1])
	_, err = s.Idempotency(ctx, answers[0].ServiceID, "k", noon.Add(-time.Hour))
	notFound(t, "an expired answer", err)
	equal(t, "an answer that goes on", must(s.Idempotency(ctx, answers[1].ServiceID, "k", noon))(t), answers[1])
	for i, want := range []bool{false, true} {
		// A login after the sweep is another token; only by its own revocation is it revoked.
		revoked, err := s.TokenRevoked(ctx, &auth.Principal{ServiceID: key.ID, TokenID: tokens[i], Expires: ends[i],
			Epoch: must(s.TokenEpoch(ctx))(t)}, noon)
		if err != nil || revoked != want {
			t.Errorf("token %d of which the revocation ends at %v: revoked %v, %v", i, ends[i], revoked, err)
		}
	}
}

// testEndIssued checks that tokens issued before a restore end, also those that the copy does not
// know, and that later ones are valid.
func testEndIssued(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	key := newKey(onboarding.NewID(), noon)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertServiceKey(ctx, key) })
	token := func(epoch int64) *auth.Principal {
		return &auth.Principal{ServiceID: key.ID, TokenID: onboarding.NewID(), Epoch: epoch,
			Expires: noon.Add(24 * time.Hour)}
	}
	before := token(must(s.TokenEpoch(ctx))(t))
	swept := token(before.Epoch + 1000) // after sweeps that the copy has lost
	link := storedLink(t, s, 3)
	fresh := *link
	fresh.TokenHash, fresh.Expires = onboarding.NewID(), noon.Add(24*time.Hour)
	answer := &onboarding.Idempotency{ServiceID: onboarding.NewID(), Key: "k", RequestHash: "r",
		CustomerID: onboarding.NewID(), Answer: onboarding.Sealed{KeyID: "k", Box: []byte("answer")},
		Expires: noon.Add(24 * time.Hour)}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertLink(ctx, &fresh); err != nil {
			return err
		}
		return tx.InsertIdempotency(ctx, answer, noon)
	})
	for round := range 2 { // a second restore ends the tokens issued after the first one
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.EndIssued(ctx, noon.Add(time.Duration(round)*time.Hour))
		})
		after := token(must(s.TokenEpoch(ctx))(t))
		for name, c := range map[string]struct {
			token *auth.Principal
			want  bool
		}{"before": {before, true}, "lost": {swept, true}, "after": {after, false}} {
			if got := must(s.TokenRevoked(ctx, c.token, noon))(t); got != c.want {
				t.Errorf("restore %d, token of %s: revoked %v", round, name, got)
			}
		}
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.SweepRevocations(ctx, noon.Add(365*24*time.Hour))
		})
		if !must(s.TokenRevoked(ctx, before, noon))(t) || must(s.TokenRevoked(ctx, after, noon))(t) {
			t.Error("a sweep changes the revocation of tokens")
		}
		swept = after
	}
	if stored := must(s.Link(ctx, fresh.TokenHash))(t); !stored.Expires.Equal(noon) {
		t.Errorf("the link expires at %v", stored.Expires)
	}
	_, err := s.Idempotency(ctx, answer.ServiceID, "k", noon)
	notFound(t, "a stored response", err)
}
