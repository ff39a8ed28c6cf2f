package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"onramp/onboarding"
)

var sealedParts = []part{
	{"SealedValues", testSealedValues},
	{"ReplaceSealed", testReplaceSealed},
	{"RetiredKeys", testRetiredKeys},
	{"MasterKeys", testMasterKeys},
	{"Replicas", testReplicas},
}

// testSealedValues checks that the sealed values of every place are found, in pages.
func testSealedValues(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	if _, err := s.SealedValues(ctx, "unknown", nil, 1); err == nil {
		t.Error("an unknown place gave no error")
	}
	o, c := fillSealed(t, s)
	var purposes []string
	for _, place := range s.SealedPlaces() {
		var after []string
		for {
			values := must(s.SealedValues(ctx, place, after, 1))(t)
			if len(values) == 0 {
				break
			}
			v := values[0]
			if v.Place != place || v.KeyID != "k1" || len(v.Box) == 0 {
				t.Errorf("value of %s: %+v", place, v)
			}
			purposes, after = append(purposes, v.Purpose), v.Row
		}
	}
	equal(t, "purposes", purposes, []string{
		onboarding.SecretPurpose("a"), onboarding.SecretPurpose("b"), onboarding.SecretPurpose("c"),
		onboarding.PasswordPurpose(c.ID), onboarding.DocumentPurpose(c.ID), onboarding.IdempotencyPurpose("s", "k"),
		onboarding.MessagePurpose("m"),
		onboarding.VerificationPurpose("v"),
		onboarding.WebhookSecretPurpose(o.Webhooks[0].ID, "s"),
		onboarding.HotspotSecretPurpose(o.Locations[0].Hotspots[1].ID),
	})
}

// fillSealed writes values to every place, all under the key k1.
func fillSealed(t *testing.T, s onboarding.Store) (*onboarding.Organization, *onboarding.Customer) {
	t.Helper()
	box := func(text string) onboarding.Sealed {
		return onboarding.Sealed{KeyID: "k1", Box: []byte(text)}
	}
	o := newOrganization()
	c := newCustomer(o.ID)
	c.Document.Sealed = box("document")
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.PutOrganization(ctx, o); err != nil {
			return err
		}
		for _, name := range []string{"b", "a", "c"} {
			if err := tx.InsertSecret(ctx, onboarding.StoredSecret{Name: name, Value: box(name)}); err != nil {
				return err
			}
		}
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return err
		}
		if err := tx.InsertCredential(ctx, newCredential(c)); err != nil {
			return err
		}
		m := newMessage(o.ID, c.ID)
		m.ID = "m"
		if _, err := tx.InsertMessage(ctx, m); err != nil {
			return err
		}
		v := newVerification()
		v.ID, v.Content = "v", box("sign-up")
		if err := tx.InsertVerification(ctx, v); err != nil {
			return err
		}
		if err := tx.InsertWebhookSecret(ctx, &onboarding.WebhookSecret{
			WebhookID: o.Webhooks[0].ID, ID: "s", Signature: onboarding.WebhookHMAC, Value: box("webhook"),
			Created: noon,
		}); err != nil {
			return err
		}
		return tx.InsertIdempotency(ctx, &onboarding.Idempotency{
			ServiceID: "s", Key: "k", Answer: box("answer"), Expires: noon,
		}, noon)
	})
	return o, c
}

// allSealed returns the values of every place.
func allSealed(t *testing.T, s onboarding.Store) map[string][]onboarding.SealedValue {
	t.Helper()
	all := map[string][]onboarding.SealedValue{}
	for _, place := range s.SealedPlaces() {
		all[place] = must(s.SealedValues(t.Context(), place, nil, 100))(t)
		if len(all[place]) == 0 {
			t.Errorf("%s: no value", place)
		}
	}
	return all
}

// testReplaceSealed replaces the values of every place, and checks that a value that was changed
// since it was read stays.
func testReplaceSealed(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o, _ := fillSealed(t, s)
	version := must(s.Organization(ctx, o.ID))(t).Version
	read := allSealed(t, s)
	replace := func(place, with string) (n int) {
		fresh := make([]onboarding.Sealed, len(read[place]))
		for i, v := range read[place] {
			fresh[i] = onboarding.Sealed{KeyID: with, Box: append([]byte(with+" "), v.Box...)}
		}
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			n, err = tx.ReplaceSealed(ctx, read[place], fresh)
			return err
		})
		return n
	}
	for _, place := range s.SealedPlaces() {
		if n := replace(place, "k2"); n != len(read[place]) {
			t.Errorf("%s: %d of %d replaced", place, n, len(read[place]))
		}
		if n := replace(place, "k3"); n != 0 {
			t.Errorf("%s: %d replaced that had changed", place, n)
		}
	}
	for place, values := range allSealed(t, s) {
		for i, v := range values {
			was := read[place][i]
			equal(t, place, v.Sealed, onboarding.Sealed{KeyID: "k2", Box: append([]byte("k2 "), was.Box...)})
			equal(t, place+": row", v.Row, was.Row)
		}
	}
	stored := must(s.Organization(ctx, o.ID))(t)
	if stored.Version <= version {
		t.Error("the organization keeps its version, so that other processes keep its secrets")
	}
	for i := range stored.Locations[0].Hotspots {
		if h := &stored.Locations[0].Hotspots[i]; h.Secret != nil {
			h.Secret = o.Locations[0].Hotspots[i].Secret
		}
	}
	if same := must(o.Equal(stored))(t); !same {
		t.Error("the organization changed in more than its secrets")
	}
}

// testRetiredKeys checks that no place takes a value under a retired key.
func testRetiredKeys(t *testing.T, s onboarding.Store) {
	o, c := fillSealed(t, s)
	put := func(retired *time.Time) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutMasterKey(ctx, onboarding.MasterKey{ID: "k2", Since: noon, Retired: retired})
		})
	}
	with := onboarding.Sealed{KeyID: "k2", Box: []byte("box")}
	moved := *o
	moved.Locations = []onboarding.Location{o.Locations[0]}
	moved.Locations[0].Hotspots = []onboarding.Hotspot{o.Locations[0].Hotspots[1]}
	moved.Locations[0].Hotspots[0].Secret = &with
	other := newCustomer(o.ID)
	replaced := newCredential(c)
	replaced.Password = with
	documented := newCustomer(o.ID)
	documented.Document.Sealed = with
	changed := *c
	changed.Document.Sealed = with
	inserted := newCredential(other)
	inserted.Password = with
	answer := &onboarding.Idempotency{ServiceID: "s", Key: "l", Answer: with, Expires: noon}
	message := newMessage(o.ID, "")
	message.Content = with
	verification := newVerification()
	verification.Content = with
	type statement = func(ctx context.Context, tx onboarding.Tx) error
	writes := map[string]statement{
		"InsertSecret": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertSecret(ctx, onboarding.StoredSecret{Name: "d", Value: with})
		},
		"UpdateCredential": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.UpdateCredential(ctx, replaced)
		},
		"InsertCredential": func(ctx context.Context, tx onboarding.Tx) error {
			if err := tx.InsertCustomer(ctx, other); err != nil {
				return err
			}
			return tx.InsertCredential(ctx, inserted)
		},
		"InsertCustomer": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertCustomer(ctx, documented)
		},
		"UpdateCustomer": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.UpdateCustomer(ctx, &changed)
		},
		"InsertIdempotency": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertIdempotency(ctx, answer, noon)
		},
		"InsertMessage": func(ctx context.Context, tx onboarding.Tx) error {
			_, err := tx.InsertMessage(ctx, message)
			return err
		},
		"InsertVerification": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertVerification(ctx, verification)
		},
		"PutOrganization": func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutOrganization(ctx, &moved)
		},
	}
	for place, values := range allSealed(t, s) {
		writes["ReplaceSealed "+place] = func(ctx context.Context, tx onboarding.Tx) error {
			_, err := tx.ReplaceSealed(ctx, values[:1], []onboarding.Sealed{with})
			return err
		}
	}
	undone := func(do statement) error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			if err := do(ctx, tx); err != nil {
				return err
			}
			if _, err := tx.Setting(ctx, "none"); !errors.Is(err, onboarding.ErrNotFound) {
				return err // of a deferred statement
			}
			return errOwn
		})
	}
	put(&noon)
	for name, do := range writes {
		if err := undone(do); !errors.Is(err, onboarding.ErrKeyRetired) {
			t.Errorf("%s under a retired key: %v", name, err)
		}
	}
	put(nil)
	for name, do := range writes {
		if err := undone(do); !errors.Is(err, errOwn) {
			t.Errorf("%s under the key that is used again: %v", name, err)
		}
	}
}

// testMasterKeys checks that keys are kept and replaced.
func testMasterKeys(t *testing.T, s onboarding.Store) {
	cleared, retired := noon.Add(time.Hour), noon.Add(2*time.Hour)
	later := onboarding.MasterKey{ID: "a", Since: noon.Add(time.Minute)}
	first := onboarding.MasterKey{ID: "b", Since: noon, Cleared: &cleared}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, k := range []onboarding.MasterKey{later, first} {
			if err := tx.PutMasterKey(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "keys", must(s.MasterKeys(t.Context()))(t), []onboarding.MasterKey{first, later})
	first.Retired = &retired
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutMasterKey(ctx, first) })
	equal(t, "keys", must(s.MasterKeys(t.Context()))(t), []onboarding.MasterKey{first, later})
}

// testReplicas checks that a replica is deleted only with the beat that was seen.
func testReplicas(t *testing.T, s onboarding.Store) {
	a := onboarding.Replica{ID: "1", Name: "b", Seals: "k1", Holds: []string{"k1", "k2"}, Beat: 1, Seen: noon}
	b := onboarding.Replica{ID: "2", Name: "a", Seals: "k1", Holds: []string{"k1"}, Beat: 1, Seen: noon}
	put := func(replicas ...onboarding.Replica) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			for _, r := range replicas {
				if err := tx.PutReplica(ctx, r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	remove := func(id string, beat int64) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.DeleteReplica(ctx, id, beat) })
	}
	stored := func(want ...onboarding.Replica) {
		t.Helper()
		equal(t, "replicas", must(s.Replicas(t.Context()))(t), want)
	}
	put(a, b)
	stored(b, a)
	a.Beat, a.Seals = 2, "k2"
	put(a)
	remove("1", 1)
	stored(b, a)
	remove("1", 2)
	stored(b)
	remove("2", 0)
	if left := must(s.Replicas(t.Context()))(t); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
