package access_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
)

// countingStore counts the transactions of one replica.
type countingStore struct {
	onboarding.Store
	writes atomic.Int64
}

func (s *countingStore) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	s.writes.Add(1)
	return s.Store.Write(ctx, fn)
}

// replica opens another deployment on the venue's database.
func replica(t *testing.T, v *testkit.Venue, limits ...string) (*deployment.Deployment, *countingStore) {
	t.Helper()
	l, err := access.ParseLimits(limits)
	if err != nil {
		t.Fatal(err)
	}
	counting := &countingStore{Store: v.Store}
	s := testkit.Deploy(t, deployment.Config{
		Store: counting, PublicURL: "https://wifi.example.com", Now: v.Now, Limits: l,
	})
	counting.writes.Store(0)
	return s, counting
}

// TestFoundLimitsAreShared checks that replicas share a budget through leases: together they
// allow at most the budget and one portion each, and a request costs no write of its own.
func TestFoundLimitsAreShared(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		const replicas, burst = 3, 600
		by := &onboarding.Caller{
			Principal: &auth.Principal{OrganizationID: v.Here.ID, Role: auth.PublicApp, ServiceID: onboarding.NewID()},
			Address:   "192.0.2.1",
		}
		var given, writes atomic.Int64
		var wait sync.WaitGroup
		var stores []*countingStore
		for range replicas {
			s, counting := replica(t, v)
			stores = append(stores, counting)
			for range 4 {
				wait.Go(func() {
					for range burst {
						_, err := s.Registration.Exists(t.Context(), by, v.Here.ID,
							onboarding.Match{Username: "nobody"}, nil)
						switch onboarding.KindOf(err) {
						case "":
							if err != nil {
								t.Error(err)
							}
							given.Add(1)
						case onboarding.TooMany:
						default:
							t.Error(err)
						}
					}
				})
			}
		}
		wait.Wait()
		for _, s := range stores {
			writes.Add(s.writes.Load())
		}
		t.Logf("%d of %d were given, with %d writes for %d calls", given.Load(), burst, writes.Load(), replicas*4*burst)
		if n := given.Load(); n < burst || n > burst+replicas*burst/16 {
			t.Errorf("%d were given, not %d and at most a portion a replica", n, burst)
		}
		if n := writes.Load(); n > 120 {
			t.Errorf("%d writes", n)
		}
	})
}

// TestLimitsDuringUpgrade shares a budget between a replica of the version before, which leases
// under the plain hash, and replicas of this version, before and after the finish.
func TestLimitsDuringUpgrade(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		form := func(value string) {
			if err := db.Write(t.Context(), func(tx onboarding.Tx) error {
				return tx.PutSetting(t.Context(), onboarding.SettingBudgets, value)
			}); err != nil {
				t.Fatal(err)
			}
		}
		const address = "192.0.2.1"
		sum := sha256.Sum256([]byte(address))
		before := onboarding.BudgetRequest{
			Key: "lookups " + base64.RawURLEncoding.EncodeToString(sum[:16]), Burst: 100, Interval: time.Hour, Want: 10,
			Now: v.Now(),
		}
		byOlder := func(times int) (given int64) {
			for range times {
				if err := db.Write(t.Context(), func(tx onboarding.Tx) error {
					l, err := tx.LeaseBudget(t.Context(), before)
					given += l.Granted
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
			return given
		}
		by := &onboarding.Caller{Address: address, Principal: &auth.Principal{
			OrganizationID: v.Here.ID, Role: auth.PublicApp, ServiceID: onboarding.NewID(),
		}}
		byNewer := func() (given int) {
			s, _ := replica(t, v, "lookups=100+1/h")
			for range 200 {
				_, err := s.Registration.Exists(t.Context(), by, v.Here.ID, onboarding.Match{Username: "nobody"}, nil)
				if err == nil {
					given++
				} else if onboarding.KindOf(err) != onboarding.TooMany {
					t.Fatal(err)
				}
			}
			return given
		}
		const portion = 100 / 16 // that a replica allows without a lease
		form("")
		if n := byOlder(4); n != 40 {
			t.Errorf("the version before was given %d of 40", n)
		}
		if n := byNewer(); n < 60 || n > 60+portion {
			t.Errorf("after 40 of 100, this version was given %d", n)
		}
		if n := byOlder(4); n != 0 {
			t.Errorf("the version before was given %d beyond the budget", n)
		}
		form(onboarding.BudgetsKeyed)
		if n := byNewer(); n > portion {
			t.Errorf("after the finish, this version was given %d beyond the budget", n)
		}
	})
}

// TestFoundLimitsManyAddresses checks a flood from more addresses than fit in memory. Memory
// stays bounded, an address with an exhausted budget regains only its first few requests, and a
// visitor with one request costs no write.
func TestFoundLimitsManyAddresses(t *testing.T) {
	v := testkit.NewVenueOn(t, testkit.OpenStore(t))
	s, counting := replica(t, v, "lookups=32+1/h")
	ask := func(address string) bool {
		by := &onboarding.Caller{
			Principal: &auth.Principal{OrganizationID: v.Here.ID, Role: auth.PublicApp, ServiceID: onboarding.NewID()},
			Address:   address,
		}
		_, err := s.Registration.Exists(t.Context(), by, v.Here.ID, onboarding.Match{}, nil)
		switch onboarding.KindOf(err) {
		case onboarding.Invalid: // the empty request passed the limit
			return true
		case onboarding.TooMany:
			return false
		}
		t.Fatal(err)
		return false
	}
	used := 0
	for range 100 {
		if ask("192.0.2.1") {
			used++
		}
	}
	if used != 32 {
		t.Fatalf("%d of 32", used)
	}
	before := counting.writes.Load()
	for i := range 1<<16 + 100 {
		if !ask(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)) {
			t.Fatal("a first visitor was refused")
		}
	}
	if n := counting.writes.Load() - before; n != 0 {
		t.Errorf("%d writes for visitors who asked once", n)
	}
	again := 0
	for range 100 {
		if ask("192.0.2.1") {
			again++
		}
	}
	if again > 2 {
		t.Errorf("after the flood, an address with an exhausted budget had %d more requests allowed", again)
	}
}

func TestParseLimits(t *testing.T) {
	for text, want := range map[string]string{
		"lookups":                  "neither off nor a setting",
		"lookup=1+1/m":             "unknown limit",
		"lookups=":                 "burst",
		"lookups=0+1/m":            "burst",
		"lookups=1":                "BURST+COUNT/UNIT",
		"lookups=1+1":              "BURST+COUNT/UNIT",
		"lookups=1+0/m":            "count",
		"lookups=1+-1/m":           "count",
		"lookups=1+1/w":            "unit",
		"lookups=1000000+1/d":      "within a year",
		"registrations-form=5+1/m": "only a burst",
	} {
		if _, err := access.ParseLimits([]string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := access.ParseLimits([]string{"lookups=1+1/m", "lookups=off"}); err == nil {
		t.Error("twice")
	}
	if _, err := access.ParseLimits([]string{"off", "lookups=off"}); err == nil {
		t.Error("off beside others")
	}
	l, err := access.ParseLimits([]string{"lookups=7+5/s", "codes=off"})
	if err != nil || l.Off() {
		t.Fatal(err)
	}
	if r, on := l.Rate(access.LimitLookups); !on || r.String() != "7+5/s" {
		t.Error(r)
	}
	if _, on := l.Rate(access.LimitCodes); on {
		t.Error("codes are on")
	}
	for _, name := range access.LimitNames() {
		if r, on := access.DefaultLimits().Rate(name); on {
			if _, err := access.ParseLimits([]string{string(name) + "=" + r.String()}); err != nil {
				t.Errorf("the default of %s: %v", name, err)
			}
		}
	}
	if l, err := access.ParseLimits([]string{"off"}); err != nil || !l.Off() {
		t.Error(err)
	}
}
