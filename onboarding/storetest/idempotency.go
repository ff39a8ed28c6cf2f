package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

func testIdempotency(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	first := &onboarding.Idempotency{
		ServiceID: onboarding.NewID(), Key: "Key '1'", GuidHash: "g", RequestHash: "r", CustomerID: onboarding.NewID(),
		Answer: onboarding.Sealed{KeyID: "k", Box: []byte("\x00answer")}, Created: true, Expires: noon.Add(time.Hour),
	}
	insert := func(i *onboarding.Idempotency, now time.Time) error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertIdempotency(ctx, i, now) })
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
	conflict(t, "a key that stands", "Idempotency-Key", insert(&second, first.Expires.Add(-time.Microsecond)))
	equal(t, "after the refusal", must(s.Idempotency(ctx, first.ServiceID, first.Key, noon))(t), first)
	if err := insert(&second, first.Expires); err != nil {
		t.Errorf("replacing an expired key: %v", err)
	}
	equal(t, "replaced answer", must(s.Idempotency(ctx, first.ServiceID, first.Key, first.Expires))(t), &second)
}

func testLimits(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	start := noon.Truncate(time.Minute)
	count := func(key string, n int, now time.Time, want int, wantEnd time.Time) {
		t.Helper()
		got, ends, err := s.Count(ctx, key, n, time.Minute, now)
		if err != nil || got != want || !ends.Equal(wantEnd) {
			t.Errorf("Count(%q, %d, %v) = %d until %v, %v; want %d until %v", key, n, now, got, ends, err, want, wantEnd)
		}
		utc(t, "the window's end", ends)
	}
	end := start.Add(time.Minute)
	count("a", 0, start, 0, end)
	count("a", 1, start, 1, end)
	count("a", 0, start, 1, end)
	count("a", 1, start.Add(30*time.Second), 2, end)
	count("A", 1, start.Add(30*time.Second), 1, end)
	count("a", 1, end.Add(-time.Microsecond), 3, end)
	count("a", 0, end, 0, end.Add(time.Minute))
	count("a", 5, end, 5, end.Add(time.Minute))
	count("a", 1, end, 6, end.Add(time.Minute))
	count("a", 1, end.Add(time.Hour), 1, end.Add(time.Hour+time.Minute))
	// A clock that was wrong by an hour locks nobody out for an hour; one that is a little behind opens no second window.
	count("a", 0, end, 0, end.Add(time.Minute))
	count("a", 1, end, 1, end.Add(time.Minute))
	count("a", 1, end.Add(-time.Microsecond), 2, end.Add(time.Minute))
	const calls = 100
	results := make(chan int, calls)
	for range calls {
		go func() {
			n, _, err := s.Count(ctx, "raced", 1, time.Minute, start)
			if err != nil {
				t.Error(err)
			}
			results <- n
		}()
	}
	seen := map[int]bool{}
	for range calls {
		seen[<-results] = true
	}
	if len(seen) != calls || !seen[1] || !seen[calls] {
		t.Errorf("%d calls at once got %d different counts", calls, len(seen))
	}
}

func testHostileTexts(t *testing.T, s onboarding.Store) {
	for name, text := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			c := newCustomer(onboarding.NewID())
			c.FirstName, c.Title, c.CompanyName, c.Source = text, text, text, text
			c.Custom = map[string]string{text: text}
			if len(text) < 1000 { // these are indexed, and an index has a limit
				c.Username, c.Email, c.LastName, c.ExtID = text, text, text, text
			}
			o := newOrganization()
			o.Name, o.WiFi.ConsentText = text, map[string]string{"en": text}
			write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
				if err := tx.PutOrganization(ctx, o); err != nil {
					return err
				}
				if err := tx.PutSetting(ctx, "hostile", text); err != nil {
					return err
				}
				return tx.InsertCustomer(ctx, c)
			})
			equal(t, "customer", must(s.CustomerByUsername(ctx, c.Username))(t), c)
			sameOrganization(t, "organization", must(s.Organization(ctx, o.ID))(t), o)
			equal(t, "setting", must(s.Setting(ctx, "hostile"))(t), text)
			if c.ExtID != "" {
				equal(t, "match", must(s.MatchAll(ctx, c.OrganizationID, onboarding.Match{ExtID: text, Username: text, Email: text}, 2))(t), list(c))
			}
		})
	}
}
