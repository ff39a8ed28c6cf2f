package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

var keyParts = []part{{"Keys", testKeys}, {"UpdateKey", testUpdateKey}, {"TouchKey", testTouchKey}}

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
