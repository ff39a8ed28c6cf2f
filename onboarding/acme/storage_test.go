package acme

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"

	"onramp/onboarding"
	"onramp/onboarding/testkit"
)

var _ certmagic.Storage = (*storage)(nil)

func newStorage(t *testing.T, store onboarding.Store) *storage {
	return &storage{store, testkit.Sealer(t), nil, newLeases(store, nil)}
}

// TestStorage checks the contract of certmagic.Storage on both engines.
func TestStorage(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, store onboarding.Store) {
		ctx, s := t.Context(), newStorage(t, store)
		for key, value := range map[string]string{
			"a/b/c.key": "first", "a/b/d.crt": "x", "a/e.json": "{}", "ab/f": "", "last": "1",
		} {
			if err := s.Store(ctx, key, []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Store(ctx, "a/b/c.key", []byte("second")); err != nil {
			t.Fatal(err)
		}
		if v, err := s.Load(ctx, "a/b/c.key"); string(v) != "second" || err != nil {
			t.Errorf("Load: %q %v", v, err)
		}
		for _, key := range []string{"a/b", "a/b/c", "", "none"} {
			if _, err := s.Load(ctx, key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Load(%q): %v", key, err)
			}
		}
		for folder, want := range map[string][2]string{
			"a":   {"a/b a/e.json", "a/b/c.key a/b/d.crt a/e.json"},
			"a/b": {"a/b/c.key a/b/d.crt", "a/b/c.key a/b/d.crt"},
			"":    {"a ab last", "a/b/c.key a/b/d.crt a/e.json ab/f last"},
		} {
			for i, recursive := range []bool{false, true} {
				got, err := s.List(ctx, folder, recursive)
				if slices.Sort(got); strings.Join(got, " ") != want[i] || err != nil {
					t.Errorf("List(%q, %t): %q %v", folder, recursive, got, err)
				}
			}
		}
		if _, err := s.List(ctx, "none", true); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("List(none): %v", err)
		}
		info, err := s.Stat(ctx, "a/e.json")
		if err != nil || !info.IsTerminal || time.Since(info.Modified) > time.Hour {
			t.Errorf("Stat: %+v %v", info, err)
		}
		if info, err := s.Stat(ctx, "a/b"); err != nil || info.IsTerminal || info.Key != "a/b" {
			t.Errorf("Stat of a folder: %+v %v", info, err)
		}
		if _, err := s.Stat(ctx, "a/c"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat(a/c): %v", err)
		}
		for _, key := range []string{"a/b", "a/b", "last", "none"} {
			if err := s.Delete(ctx, key); err != nil {
				t.Errorf("Delete(%q): %v", key, err)
			}
		}
		for key, want := range map[string]bool{
			"a": true, "a/b": false, "a/b/c.key": false, "a/e.json": true, "ab/f": true, "last": false, "b": false,
		} {
			if s.Exists(ctx, key) != want {
				t.Errorf("Exists(%q): %t", key, !want)
			}
		}
		all, err := store.Secrets(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range all {
			if strings.HasPrefix(secret.Name, "acme/") && len(secret.Value.Box) < 16 {
				t.Errorf("%s is not sealed", secret.Name)
			}
		}
	})
}

// TestLeases takes a lock on two replicas: the second waits for the first, and takes the lease of a
// replica that died after its end alone.
func TestLeases(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, store onboarding.Store) {
		var passed atomic.Int64
		clock := onboarding.Clock(func() time.Time { return time.Now().Add(time.Duration(passed.Load())) })
		ctx, one, two := t.Context(), newLeases(store, clock), newLeases(store, clock)
		two.poll = time.Millisecond
		if err := one.lock(ctx, "x"); err != nil {
			t.Fatal(err)
		}
		if taken, err := two.take(ctx, "x"); taken || err != nil {
			t.Fatalf("both hold it: %v", err)
		}
		if err := two.lock(ctx, "y"); err != nil {
			t.Fatalf("another lock: %v", err)
		}
		done, cancel := context.WithCancel(ctx)
		cancel()
		if err := two.lock(done, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled caller: %v", err)
		}
		waits := make(chan error)
		go func() { waits <- two.lock(ctx, "x") }()
		if err := one.unlock(ctx, "x"); err != nil {
			t.Fatal(err)
		}
		if err := <-waits; err != nil {
			t.Fatal(err)
		}
		if err := one.unlock(ctx, "x"); err != nil { // no longer the holder
			t.Fatal(err)
		}
		if taken, err := one.take(ctx, "x"); taken || err != nil {
			t.Fatalf("another replica's lock was freed: %v", err)
		}

		two.mu.Lock() // dies: no longer extends
		stop := two.held["x"]
		two.mu.Unlock()
		stop()
		passed.Add(int64(leaseLength - time.Second))
		if taken, err := one.take(ctx, "x"); taken || err != nil {
			t.Errorf("taken before its end: %v", err)
		}
		if err := two.extend(ctx, "x"); err != nil {
			t.Fatal(err)
		}
		passed.Add(int64(2 * time.Second))
		if taken, err := one.take(ctx, "x"); taken || err != nil {
			t.Errorf("taken though it was extended: %v", err)
		}
		passed.Add(int64(leaseLength))
		if taken, err := one.take(ctx, "x"); !taken || err != nil {
			t.Errorf("not taken after its end: %v", err)
		}
		if err := two.extend(ctx, "x"); err != nil {
			t.Fatal(err)
		}
		if v, err := store.Setting(ctx, leaseSetting("x")); err != nil || !strings.HasPrefix(v, one.holder) {
			t.Errorf("extended by the former holder: %q %v", v, err)
		}
		if err := two.unlock(ctx, "y"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestParseDomains(t *testing.T) {
	got, err := ParseDomains([]string{
		"WiFi.Example.ORG", " guest.example.org.", "büro.example.org", "xn--bro-hoa.example.com",
	})
	want := []string{"wifi.example.org", "guest.example.org", "xn--bro-hoa.example.org", "xn--bro-hoa.example.com"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q %v", got, err)
	}
	many := make([]string, MaxDomains+1)
	for text, names := range map[string][]string{
		"wildcard": {"*.example.org"}, "IP address": {"192.0.2.1"}, "IP address, ": {"[2001:db8::1]"},
		"host name": {"localhost"}, "host name such": {""}, "is not": {"a b.example.org"},
		"not a host": {"https://wifi.example.org"},
		"such as":    {"wifi.example.org:443"}, "not a": {"user@example.org"}, "wifi.example.com": {"-a.example.org"},
		"twice": {"a.example.org", "A.example.org."}, "at most 20": many,
		"name such as": {strings.Repeat("a", 64) + ".example.org"}, "such": {strings.Repeat("abcdefg.", 40) + "org"},
	} {
		if got, err := ParseDomains(names); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%.40q: %q %v, want %s", names, got, err, text)
		}
	}
}
