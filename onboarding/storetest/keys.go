package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

var keyParts = []part{
	{"Keys", testKeys}, {"UpdateKey", testUpdateKey}, {"TouchKey", testTouchKey},
	{"RevokedTokens", testRevokedTokens}, {"DroppedRevocations", testDroppedRevocations},
}

func newKey(organizationID string, created time.Time) *onboarding.ServiceKey {
	id := onboarding.NewID()
	return &onboarding.ServiceKey{
		ID: id, ClientKey: "ck-" + id, SecretHash: "hash-" + id, OrganizationID: organizationID,
		Role: auth.PublicApp, Scopes: auth.ScopesOf(auth.CustomerRead, auth.OrganizationWrite), Created: created,
	}
}

// testKeys checks that keys are found by ID and client key, and that the first revocation time is
// kept.
func testKeys(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a, b := onboarding.NewID(), onboarding.NewID()
	late, early, other := newKey(a, noon.Add(time.Second)), newKey(a, noon), newKey(b, noon.Add(time.Minute))
	early.Role, early.LocationID = auth.LocationManager, onboarding.NewID()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, k := range []*onboarding.ServiceKey{late, early, other} {
			if err := tx.InsertServiceKey(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "key by client key", must(s.ServiceKeyByClientKey(ctx, early.ClientKey))(t), early)
	got := must(s.ServiceKey(ctx, early.ID))(t)
	equal(t, "key by ID", got, early)
	utc(t, "Created", got.Created)
	equal(t, "an organization's keys", must(s.ServiceKeys(ctx, a))(t), []*onboarding.ServiceKey{early, late})
	equal(t, "all keys", must(s.ServiceKeys(ctx, ""))(t), []*onboarding.ServiceKey{early, late, other})
	_, err := s.ServiceKeyByClientKey(ctx, "CK-"+early.ID)
	notFound(t, "client key in another case", err)
	_, err = s.ServiceKey(ctx, early.ClientKey)
	notFound(t, "client key taken for an ID", err)

	again := newKey(b, noon)
	again.ClientKey = early.ClientKey
	err = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertServiceKey(ctx, again) })
	conflict(t, "a client key twice", "clientKey", err)

	for _, at := range []time.Time{noon.Add(time.Hour), noon.Add(2 * time.Hour)} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.RevokeServiceKey(ctx, early.ClientKey, at)
		})
	}
	got = must(s.ServiceKey(ctx, early.ID))(t)
	if got.Revoked == nil || !got.Revoked.Equal(noon.Add(time.Hour)) {
		t.Errorf("revoked twice: Revoked is %v, not the first time", got.Revoked)
	}
	err = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.RevokeServiceKey(ctx, "ck-none", noon)
	})
	notFound(t, "revoking an unknown key", err)
}

// testUpdateKey checks that an update replaces the label, the expiry and the secrets and nothing
// else, and that both ends of tokens are observed.
func testUpdateKey(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	k, other := newKey(onboarding.NewID(), noon), newKey(onboarding.NewID(), noon)
	k.Label, k.Expires, k.SecretCreated = "Booking", ptr(noon.Add(48*time.Hour)), ptr(noon.Add(time.Minute))
	k.OldSecret = &onboarding.OldSecret{Hash: "old", Created: noon, Ends: noon.Add(time.Hour)}
	k.TokensEnded = ptr(noon.Add(24 * time.Hour))
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertServiceKey(ctx, k); err != nil {
			return err
		}
		return tx.InsertServiceKey(ctx, other)
	})
	equal(t, "key with every field", must(s.ServiceKey(ctx, k.ID))(t), k)
	revoked := func(now, expires time.Time) bool {
		t.Helper()
		return must(s.TokenRevoked(ctx, &auth.Principal{ServiceID: k.ID, TokenID: "t", Expires: expires}, now))(t)
	}
	for _, c := range []struct {
		what         string
		now, expires time.Time
		want         bool
	}{
		{"issued after the end of tokens", noon, noon.Add(24*time.Hour + time.Microsecond), false},
		{"issued at the end of tokens", noon, noon.Add(24 * time.Hour), true},
		{"before the key's expiry", noon.Add(48*time.Hour - time.Microsecond), noon.Add(60 * time.Hour), false},
		{"at the key's expiry", noon.Add(48 * time.Hour), noon.Add(60 * time.Hour), true},
	} {
		if got := revoked(c.now, c.expires); got != c.want {
			t.Errorf("token %s: revoked %t", c.what, got)
		}
	}
	changed := *k
	changed.Label, changed.Expires, changed.SecretCreated = "", nil, nil
	changed.OldSecret, changed.TokensEnded = nil, nil
	changed.SecretHash = "another"
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		given := changed
		given.Role, given.Revoked, given.LastUsed = auth.OrganizationManager, ptr(noon), ptr(noon)
		return tx.UpdateServiceKey(ctx, &given)
	})
	equal(t, "changed key", must(s.ServiceKey(ctx, k.ID))(t), &changed)
	equal(t, "another key", must(s.ServiceKey(ctx, other.ID))(t), other)
	err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.UpdateServiceKey(ctx, newKey(onboarding.NewID(), noon))
	})
	notFound(t, "update of an unknown key", err)
}

// testTouchKey checks that the last use only moves forward.
func testTouchKey(t *testing.T, s onboarding.Store) {
	k := newKey(onboarding.NewID(), noon)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertServiceKey(ctx, k) })
	for _, use := range []struct{ at, want time.Duration }{{0, 0}, {time.Hour, time.Hour}, {time.Minute, time.Hour}} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if err := tx.TouchServiceKey(ctx, "unknown", noon); err != nil {
				return err
			}
			return tx.TouchServiceKey(ctx, k.ID, noon.Add(use.at))
		})
		k.LastUsed = ptr(noon.Add(use.want))
		equal(t, "used key", must(s.ServiceKey(t.Context(), k.ID))(t), k)
	}
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
