package access_test

import (
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/testkit"
)

// keyRig is a client key of a venue.
type keyRig struct {
	*testkit.Venue
	t           *testing.T
	key, secret string
}

func newKeyRig(t *testing.T, db onboarding.Store, n access.NewKey) *keyRig {
	t.Helper()
	r := &keyRig{Venue: testkit.NewVenueOn(t, db), t: t}
	n.OrganizationID, n.Role = r.Here.ID, auth.OrganizationManager
	var err error
	if r.key, r.secret, err = r.Access.CreateLabelledKey(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *keyRig) login(secret string) (token string, err error) {
	return r.Access.Login(r.t.Context(), &onboarding.Caller{Address: "192.0.2.7"}, r.key, secret)
}

// token logs in; it must succeed.
func (r *keyRig) token(secret string) string {
	r.t.Helper()
	token, err := r.login(secret)
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// refused checks that the secret does not log in, with a text in the error.
func (r *keyRig) refused(what, secret, says string) {
	r.t.Helper()
	_, err := r.login(secret)
	if onboarding.KindOf(err) != onboarding.Unauthenticated || !strings.Contains(err.Error(), says) {
		r.t.Errorf("%s: %v", what, err)
	}
}

func (r *keyRig) works(what, token string, want bool) {
	r.t.Helper()
	if _, err := r.Access.Authenticate(r.t.Context(), token); (err == nil) != want {
		r.t.Errorf("token %s: %v", what, err)
	}
}

func (r *keyRig) stored() *onboarding.ServiceKey {
	r.t.Helper()
	return testkit.Must(r.Store.ServiceKeyByClientKey(r.t.Context(), r.key))(r.t)
}

// TestRotateKey: both secrets log in during the overlap, only the new one afterwards; tokens live
// on unless they are revoked.
func TestRotateKey(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		r := newKeyRig(t, db, access.NewKey{})
		ctx := t.Context()
		token := r.token(r.secret)
		second, ends, err := r.Access.RotateKey(ctx, r.key, time.Hour)
		if err != nil || !ends.Equal(r.Now().Add(time.Hour)) || second == r.secret {
			t.Fatal(ends, err)
		}
		r.token(r.secret)
		r.token(second)
		r.works("of the first secret", token, true)
		if _, _, err := r.Access.RotateKey(ctx, r.key, 0); onboarding.KindOf(err) != onboarding.Conflict {
			t.Errorf("a rotation during the overlap: %v", err)
		}
		r.Advance(time.Hour)
		r.refused("the first secret after the overlap", r.secret, "wrong secret")
		r.token(second)
		r.works("of the first secret after the overlap", token, true)

		third, _, err := r.Access.RotateKey(ctx, r.key, access.DefaultOverlap)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Access.ForgetOldSecret(ctx, r.key, false); err != nil {
			t.Fatal(err)
		}
		r.refused("a forgotten secret", second, "wrong secret")
		r.works("of a forgotten secret", token, true)
		if err := r.Access.ForgetOldSecret(ctx, r.key, false); onboarding.KindOf(err) != onboarding.Conflict {
			t.Errorf("forgetting twice: %v", err)
		}
		if err := r.Access.ForgetOldSecret(ctx, r.key, true); err != nil {
			t.Fatal(err)
		}
		r.works("after the revocation of all", token, false)
		r.Advance(time.Second)
		r.works("of a login afterwards", r.token(third), true)

		if _, _, err := r.Access.RotateKey(ctx, r.key, 0); err != nil {
			t.Fatal(err)
		}
		r.refused("the old secret without an overlap", third, "wrong secret")
		for _, overlap := range []time.Duration{-1, access.MaxOverlap + 1} {
			if _, _, err := r.Access.RotateKey(ctx, r.key, overlap); onboarding.KindOf(err) != onboarding.Invalid {
				t.Errorf("overlap %v: %v", overlap, err)
			}
		}
		if err := r.Access.RevokeKey(ctx, r.key); err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.Access.RotateKey(ctx, r.key, 0); onboarding.KindOf(err) != onboarding.Conflict {
			t.Errorf("rotation of a revoked key: %v", err)
		}
		if _, _, err := r.Access.RotateKey(ctx, "ck-none", 0); onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("rotation of an unknown key: %v", err)
		}
		changes := 0
		for _, row := range testkit.Must(r.Store.UnchainedAudit(ctx, 1000))(t) {
			if row.Action == onboarding.AuditKeyChanged && row.TargetID == r.stored().ID {
				changes++
			}
		}
		if changes != 5 {
			t.Errorf("%d audit rows of 5 changes", changes)
		}
	})
}

// TestKeyExpires: an expired key logs in no more, its tokens end, and only the right secret learns
// why; a later expiry makes it work again.
func TestKeyExpires(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		expires := testkit.Monday.Add(time.Hour)
		r := newKeyRig(t, db, access.NewKey{Label: "Booking", Expires: &expires})
		if k := r.stored(); k.Label != "Booking" || !k.Expires.Equal(expires) {
			t.Errorf("%+v", k)
		}
		token := r.token(r.secret)
		r.works("before the expiry", token, true)
		r.Advance(time.Hour)
		r.works("at the expiry", token, false)
		r.refused("an expired key", r.secret, "expired at 2026-11-23T10:00:00Z")
		r.refused("an expired key with a wrong secret", "wrong", "wrong secret")
		past, later, never := r.Now(), r.Now().Add(time.Hour), time.Time{}
		if err := r.Access.ChangeKey(t.Context(), r.key, access.KeyChange{Expires: &past}); onboarding.KindOf(err) !=
			onboarding.Invalid {
			t.Errorf("an expiry that is not in the future: %v", err)
		}
		label := "Bookings"
		for _, change := range []access.KeyChange{{Expires: &later}, {Label: &label, Expires: &never}} {
			if err := r.Access.ChangeKey(t.Context(), r.key, change); err != nil {
				t.Fatal(err)
			}
			r.works("after a change", r.token(r.secret), true)
		}
		if k := r.stored(); k.Label != label || k.Expires != nil {
			t.Errorf("%+v", k)
		}
	})
}

// TestKeyUses: logins and requests are stored as the last use, by one transaction for all keys.
func TestKeyUses(t *testing.T) {
	r := newKeyRig(t, testkit.OpenStore(t), access.NewKey{})
	store := func() {
		t.Helper()
		if err := r.Access.StoreKeyUses(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	token := r.token(r.secret)
	if r.stored().LastUsed != nil {
		t.Error("a login writes")
	}
	store()
	if at := r.stored().LastUsed; at == nil || !at.Equal(r.Now()) {
		t.Errorf("last use %v after a login", at)
	}
	r.Advance(time.Minute)
	r.works("now", token, true)
	store()
	used := r.Now()
	r.Advance(time.Minute)
	store()
	if at := r.stored().LastUsed; at == nil || !at.Equal(used) {
		t.Errorf("last use %v, want that of the request, %v", at, used)
	}
}
