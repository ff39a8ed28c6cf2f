package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
)

var secretParts = []part{
	{"Secrets", testSecrets},
	{"SecretVersions", testSecretVersions},
	{"TouchSecret", testTouchSecret},
	{"HoldsSealed", testHoldsSealed},
}

// testSecrets checks that the first value of a secret is kept and that a setting can be replaced.
func testSecrets(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	_, err := s.Secret(ctx, "jwt")
	notFound(t, "unknown secret", err)
	_, err = s.Setting(ctx, "aaa")
	notFound(t, "unknown setting", err)
	box := onboarding.Sealed{KeyID: "k1", Box: []byte{0, 255, 0, 1}}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertSecret(ctx, onboarding.StoredSecret{Name: "jwt", Value: box}); err != nil {
			return err
		}
		return tx.PutSetting(ctx, "aaa", "first")
	})
	err = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.InsertSecret(ctx, onboarding.StoredSecret{
			Name: "jwt", Value: onboarding.Sealed{KeyID: "k2", Box: []byte("other")},
		})
	})
	conflict(t, "a secret twice", "name", err)
	equal(t, "secret", must(s.Secret(ctx, "jwt"))(t), box)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutSetting(ctx, "aaa", "") })
	if got := must(s.Setting(ctx, "aaa"))(t); got != "" {
		t.Errorf("setting replaced by the empty text is %q", got)
	}
	_, err = s.Setting(ctx, "AAA")
	notFound(t, "setting in another case", err)
}

// testSecretVersions checks that the times of secrets are stored, that a secret can be deleted, and
// that of concurrent transactions each sees what the ones before inserted.
func testSecretVersions(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	equal(t, "secrets of a new database", len(must(s.Secrets(ctx))(t)), 0)
	box := onboarding.Sealed{KeyID: "k1", Box: []byte{0, 255, 0, 1}}
	want := []onboarding.StoredSecret{
		{Name: "a", Value: box},
		{Name: "b", Value: box, Created: noon},
		{Name: "c", Value: box, Created: noon, Begins: noon.Add(time.Second)},
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, i := range []int{2, 0, 1} {
			if err := tx.InsertSecret(ctx, want[i]); err != nil {
				return err
			}
		}
		equal(t, "secrets in the transaction", must(tx.Secrets(ctx))(t), want)
		return nil
	})
	equal(t, "secrets", must(s.Secrets(ctx))(t), want)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.DeleteSecret(ctx, "b") })
	equal(t, "secrets after a deletion", must(s.Secrets(ctx))(t), []onboarding.StoredSecret{want[0], want[2]})
	err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.DeleteSecret(ctx, "b") })
	notFound(t, "deleted secret", err)

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			err := s.Write(ctx, func(tx onboarding.Tx) error {
				known, err := tx.Secrets(ctx)
				if err != nil {
					return err
				}
				return tx.InsertSecret(ctx, onboarding.StoredSecret{Name: fmt.Sprint("n", len(known)), Value: box})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	equal(t, "secrets after concurrent insertions", len(must(s.Secrets(ctx))(t)), 10)
}

// testTouchSecret checks that the last use of a secret is kept, whatever the order of the reports.
func testTouchSecret(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	want := onboarding.StoredSecret{Name: "a", Value: onboarding.Sealed{KeyID: "k1", Box: []byte("box")}, Created: noon}
	other := want
	other.Name = "b"
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertSecret(ctx, want); err != nil {
			return err
		}
		return tx.InsertSecret(ctx, other)
	})
	for _, use := range []struct {
		at    time.Duration
		by    string
		later bool
	}{
		{0, "192.0.2.1", true}, {time.Minute, "2001:db8::1", true}, {time.Minute, "again", false},
		{-1, "earlier", false},
	} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if err := tx.TouchSecret(ctx, "unknown", noon, use.by); err != nil {
				return err
			}
			return tx.TouchSecret(ctx, "a", noon.Add(use.at), use.by)
		})
		if use.later {
			want.Used, want.UsedBy = noon.Add(use.at), use.by
		}
		equal(t, "after a use by "+use.by, must(s.Secrets(ctx))(t), []onboarding.StoredSecret{want, other})
	}
}

// testHoldsSealed checks that HoldsSealed finds every kind of sealed row.
func testHoldsSealed(t *testing.T, s onboarding.Store) {
	sealed := func(why string, want bool, add func(ctx context.Context, tx onboarding.Tx) error) {
		t.Helper()
		// The addition is undone afterwards, so that each is seen alone.
		err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if add != nil {
				if err := add(ctx, tx); err != nil {
					return err
				}
			}
			got, err := tx.HoldsSealed(ctx)
			if err != nil {
				return err
			}
			if got != want {
				t.Errorf("HoldsSealed with %s is %v", why, got)
			}
			return errOwn
		})
		if err != errOwn {
			t.Errorf("%s: %v", why, err)
		}
	}
	box := onboarding.Sealed{KeyID: "k1", Box: []byte("box")}
	c := newCustomer(onboarding.NewID())
	open := newOrganization()
	open.Locations[0].Hotspots[1].Secret = nil
	sealed("nothing", false, nil)
	sealed("an organization, a customer and a setting", false, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.PutOrganization(ctx, open); err != nil {
			return err
		}
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return err
		}
		return tx.PutSetting(ctx, "a", "b")
	})
	sealed("a secret", true, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.InsertSecret(ctx, onboarding.StoredSecret{Name: "jwt", Value: box})
	})
	sealed("a hotspot's secret", true, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.PutOrganization(ctx, newOrganization())
	})
	sealed("a credential", true, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return err
		}
		return tx.InsertCredential(ctx, newCredential(c))
	})
	sealed("an identity document", true, func(ctx context.Context, tx onboarding.Tx) error {
		withDocument := *c
		withDocument.Document.Sealed = box
		return tx.InsertCustomer(ctx, &withDocument)
	})
	sealed("a waiting message", true, func(ctx context.Context, tx onboarding.Tx) error {
		_, err := tx.InsertMessage(ctx, newMessage("o", "c"))
		return err
	})
	sealed("a finished message", false, func(ctx context.Context, tx onboarding.Tx) error {
		return finishedMessage(ctx, tx, noon)
	})
	sealed("a verification", true, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.InsertVerification(ctx, newVerification())
	})
	sealed("a remembered answer", true, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.InsertIdempotency(ctx, &onboarding.Idempotency{ServiceID: "s", Key: "k", Answer: box, Expires: noon},
			noon)
	})
}
