package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"onramp/onboarding"
)

// race runs fn n times at once.
func race(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; fn(i) })
	}
	close(start)
	wg.Wait()
}

func testUsernameRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	org := onboarding.NewID()
	var won atomic.Int32
	race(64, func(int) {
		c := newCustomer(org)
		c.Username = "the one"
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
			return tx.InsertCredential(ctx, newCredential(c))
		})
		if err == nil {
			won.Add(1)
		} else {
			conflict(t, "the same user name at once", "username", err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d of 64 got the same user name", won.Load())
	}
}

func testHitRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	a := newActivation(storedCustomer(t, s), 3)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertActivation(ctx, a) })
	var hits atomic.Int32
	race(200, func(int) {
		var counted bool
		err := s.Write(ctx, func(tx onboarding.Tx) (err error) {
			counted, err = tx.CountHit(ctx, a.TokenHash, noon)
			return err
		})
		if err != nil {
			t.Errorf("CountHit: %v", err)
		}
		if counted {
			hits.Add(1)
		}
	})
	if hits.Load() != 3 {
		t.Errorf("%d hits of 3 were counted", hits.Load())
	}
}

// testIncrementRace reads, decides and writes: no update may be lost.
func testIncrementRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	o := newOrganization()
	put(t, s, o)
	race(64, func(i int) {
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			got, err := tx.CustomerByUsername(ctx, c.Username)
			if i%2 == 0 {
				got, err = tx.Customer(ctx, c.OrganizationID, c.ID)
			}
			if err != nil {
				return err
			}
			got.Logins++
			return tx.UpdateCustomer(ctx, got)
		})
		if err != nil {
			t.Errorf("increment: %v", err)
		}
	})
	if got := must(s.CustomerAnywhere(ctx, c.ID))(t); got.Logins != 64 {
		t.Errorf("64 increments made %d", got.Logins)
	}
	race(16, func(int) {
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			got, err := tx.Organization(ctx, o.ID)
			if err != nil {
				return err
			}
			next := *got
			next.RADIUS.VLAN++
			return tx.PutOrganization(ctx, &next)
		})
		if err != nil {
			t.Errorf("organization: %v", err)
		}
	})
	if got := must(s.Organization(ctx, o.ID))(t); got.RADIUS.VLAN != o.RADIUS.VLAN+16 {
		t.Errorf("16 changes of the organization made %d", got.RADIUS.VLAN-o.RADIUS.VLAN)
	}
}

// rounds is how often a race is run: the first run of an engine may still be opening its connections, one after the other.
const rounds = 5

// testDeduplicationRace: of many that find nobody and therefore register, one finds nobody.
func testDeduplicationRace(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	org := onboarding.NewID()
	for round := range rounds {
		email := fmt.Sprintf("same-%d@example.com", round)
		match := onboarding.Match{Email: email, ExtID: "same " + email}
		race(64, func(i int) {
			c := newCustomer(org)
			c.Email = strings.ToUpper(email)
			m := match
			if i%2 == 0 {
				m.ExtID, m.Phone = "", "+390000" // another set of keys, in part the same
			}
			err := s.Write(ctx, func(tx onboarding.Tx) error {
				found, err := tx.MatchAny(ctx, org, m, 2)
				if err != nil || len(found) > 0 {
					return err
				}
				return tx.InsertCustomer(ctx, c)
			})
			if err != nil {
				t.Errorf("deduplication: %v", err)
			}
		})
		if got := must(s.MatchAny(ctx, org, match, 100))(t); len(got) != 1 {
			t.Errorf("%d customers were made of one", len(got))
		}
	}
}

// testClaimRace: what is not there yet is claimed once, be it a setting, a secret or the answer to a repeated request.
func testClaimRace(t *testing.T, s onboarding.Store) {
	for round := range rounds {
		claimRace(t, s, fmt.Sprint("claim ", round))
	}
}

func claimRace(t *testing.T, s onboarding.Store, name string) {
	ctx := t.Context()
	var settings, answers, secrets atomic.Int32
	race(32, func(i int) {
		var claimed, answered bool
		err := s.Write(ctx, func(tx onboarding.Tx) error {
			claimed, answered = false, false
			_, err := tx.Setting(ctx, name)
			if claimed = errors.Is(err, onboarding.ErrNotFound); claimed {
				err = tx.PutSetting(ctx, name, onboarding.NewID())
			}
			if err != nil {
				return err
			}
			_, err = tx.Idempotency(ctx, "service", name, noon)
			if answered = errors.Is(err, onboarding.ErrNotFound); answered {
				err = tx.InsertIdempotency(ctx, &onboarding.Idempotency{
					ServiceID: "service", Key: name, Expires: noon.AddDate(0, 0, 1), Answer: onboarding.Sealed{KeyID: "k", Box: []byte{1}},
				}, noon)
			}
			return err
		})
		if err != nil {
			t.Errorf("claim: %v", err)
		}
		if claimed {
			settings.Add(1)
		}
		if answered {
			answers.Add(1)
		}
		err = s.Write(ctx, func(tx onboarding.Tx) error {
			return tx.InsertSecret(ctx, name, onboarding.Sealed{KeyID: "k", Box: []byte{byte(i)}})
		})
		if err == nil {
			secrets.Add(1)
		} else {
			conflict(t, "a secret at once", "name", err)
		}
	})
	if settings.Load() != 1 || answers.Load() != 1 || secrets.Load() != 1 {
		t.Errorf("the setting was claimed %d times, the answer %d, the secret %d; want 1 each", settings.Load(), answers.Load(), secrets.Load())
	}
}
