package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

var idempotencyParts = []part{
	{"Idempotency", testIdempotency},
	{"CountIdempotency", testCountIdempotency},
}

// testIdempotency checks that an answer is stored once per service and key until it expires.
func testIdempotency(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	first := &onboarding.Idempotency{
		ServiceID: onboarding.NewID(), Key: "Key '1'", GuidHash: "g", RequestHash: "r", CustomerID: onboarding.NewID(),
		Answer: onboarding.Sealed{KeyID: "k", Box: []byte("\x00answer")}, Created: true, Expires: noon.Add(time.Hour),
	}
	insert := func(i *onboarding.Idempotency, now time.Time) error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertIdempotency(ctx, i, now)
		})
	}
	_, err := s.Idempotency(ctx, first.ServiceID, first.Key, noon)
	notFound(t, "unknown key", err)
	if err := insert(first, noon); err != nil {
		t.Fatal(err)
	}
	got := must(s.Idempotency(ctx, first.ServiceID, first.Key, first.Expires.Add(-time.Microsecond)))(t)
	equal(t, "remembered answer", got, first)
	utc(t, "Expires", got.Expires)
	_, err = s.Idempotency(ctx, onboarding.NewID(), first.Key, noon)
	notFound(t, "another service's key", err)
	_, err = s.Idempotency(ctx, first.ServiceID, "key '1'", noon)
	notFound(t, "key in another case", err)
	_, err = s.Idempotency(ctx, first.ServiceID, first.Key, first.Expires)
	notFound(t, "expired key", err)

	second := *first
	second.RequestHash, second.GuidHash, second.CustomerID, second.Created = "r2", "", onboarding.NewID(), false
	second.Answer, second.Expires = onboarding.Sealed{KeyID: "k2", Box: []byte("second")}, noon.Add(3*time.Hour)
	conflictIs(t, "unexpired key", onboarding.ErrKeyTaken, insert(&second, first.Expires.Add(-time.Microsecond)))
	equal(t, "after the refusal", must(s.Idempotency(ctx, first.ServiceID, first.Key, noon))(t), first)
	if err := insert(&second, first.Expires); err != nil {
		t.Errorf("replacing an expired key: %v", err)
	}
	equal(t, "replaced answer", must(s.Idempotency(ctx, first.ServiceID, first.Key, first.Expires))(t), &second)
}

// testCountIdempotency checks that only keys with the prefix are counted.
func testCountIdempotency(t *testing.T, s onboarding.Store) {
	service := onboarding.NewID()
	insert := func(service, key string) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.InsertIdempotency(ctx, &onboarding.Idempotency{
				ServiceID:  service,
				Key:        key,
				CustomerID: onboarding.NewID(),
				Answer:     onboarding.Sealed{KeyID: "k", Box: []byte("x")},
				Expires:    noon.Add(time.Hour),
			}, noon)
		})
	}
	for _, key := range []string{"form a", "form b", "form", "forms a", "FORM a", "form-a", "for a"} {
		insert(service, key)
	}
	insert(onboarding.NewID(), "form c")
	if n := must(s.CountIdempotency(t.Context(), service, "form "))(t); n != 2 {
		t.Errorf("%d, not 2", n)
	}
}
