package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

var tokenParts = []part{
	{"RevokedTokens", testRevokedTokens},
	{"DroppedRevocations", testDroppedRevocations},
}

// testRevokedTokens checks that exactly the revoked tokens, and the tokens of revoked keys, are
// revoked.
func testRevokedTokens(t *testing.T, s onboarding.Store) {
	k, other := newKey(onboarding.NewID(), noon), newKey(onboarding.NewID(), noon)
	token := onboarding.NewID()
	revoked := func(serviceID, tokenID string) bool {
		t.Helper()
		return must(s.TokenRevoked(t.Context(), &auth.Principal{ServiceID: serviceID, TokenID: tokenID,
			Expires: noon}, noon))(t)
	}
	if !revoked(k.ID, token) {
		t.Error("a token of an unknown key is not revoked")
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertServiceKey(ctx, k); err != nil {
			return err
		}
		return tx.InsertServiceKey(ctx, other)
	})
	if revoked(k.ID, token) {
		t.Error("a token is revoked from the start")
	}
	for range 2 { // twice is no error
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.RevokeToken(ctx, token, time.Now().Add(time.Hour))
		})
	}
	if !revoked(k.ID, token) || revoked(k.ID, onboarding.NewID()) {
		t.Error("not exactly the revoked token is revoked")
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.RevokeServiceKey(ctx, k.ClientKey, noon)
	})
	if !revoked(k.ID, onboarding.NewID()) || revoked(other.ID, onboarding.NewID()) {
		t.Error("not exactly the tokens of the revoked key are revoked")
	}
}

// testDroppedRevocations checks that a sweep under a wrong clock reactivates no revoked token and
// revokes no token issued after it.
func testDroppedRevocations(t *testing.T, s onboarding.Store) {
	k := newKey(onboarding.NewID(), noon)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertServiceKey(ctx, k) })
	issue := func(expires time.Time) *auth.Principal {
		t.Helper()
		return &auth.Principal{ServiceID: k.ID, TokenID: onboarding.NewID(), Epoch: must(s.TokenEpoch(t.Context()))(t),
			Expires: expires}
	}
	revoke := func(p *auth.Principal) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.RevokeToken(ctx, p.TokenID, p.Expires)
		})
	}
	sweep := func(now time.Time) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.SweepRevocations(ctx, now) })
	}
	check := func(what string, p *auth.Principal, want bool) {
		t.Helper()
		if got := must(s.TokenRevoked(t.Context(), p, noon))(t); got != want {
			t.Errorf("%s: revoked %v, want %v", what, got, want)
		}
	}
	day := 24 * time.Hour
	loggedOut, other := issue(noon.Add(day)), issue(noon.Add(day+time.Second))
	revoke(loggedOut)
	sweep(noon)
	check("logged out", loggedOut, true)
	check("not logged out", other, false)
	if epoch := must(s.TokenEpoch(t.Context()))(t); epoch != 0 {
		t.Errorf("a sweep that drops nothing is number %d", epoch)
	}

	wrong := noon.Add(10 * day)
	ahead := issue(wrong.Add(day)) // its clock is the wrong one, too
	revoke(ahead)
	sweep(wrong.Add(2 * day))
	again := issue(noon.Add(day)) // the clock is right again
	check("logged out, and dropped", loggedOut, true)
	check("issued under the wrong clock, and dropped", ahead, true)
	check("issued after the sweep", again, false)
	revoke(again)
	check("issued after the sweep and logged out", again, true)
	sweep(noon.Add(time.Hour))
	check("issued after the sweep and logged out, swept in time", again, true)
	check("logged out, and dropped, after another sweep", loggedOut, true)
	sweep(noon.Add(2 * day))
	check("expired", again, true)
	check("logged out, and dropped, after a third sweep", loggedOut, true)
	check("issued at last", issue(noon.Add(day)), false)
}
