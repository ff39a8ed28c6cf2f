package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

var keyParts = []part{{"Keys", testKeys}}

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
