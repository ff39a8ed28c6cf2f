package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKeyCommands walks a client key's life as an operator does, beside a running server.
func TestKeyCommands(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	run := func(want int, says string, args ...string) map[string]string {
		t.Helper()
		code, out, stderr := onramp(t, "", append([]string{"key"}, append(args, "--data", data)...)...)
		if code != want || !strings.Contains(out+stderr, says) {
			t.Fatalf("key %s: %d, want %d and %q:\n%s%s", strings.Join(args, " "), code, want, says, out, stderr)
		}
		var printed map[string]string
		_ = json.Unmarshal([]byte(out), &printed)
		return printed
	}
	create := []string{"create", "--organization", s.demo().OrganizationID, "--role", "organizationManager"}
	run(2, "--expires", append(create, "--expires", "soon")...)
	run(1, "expires", append(create, "--expires", "2020-01-01")...)
	local := []string{"create", "--organization", s.demo().OrganizationID, "--role", "locationManager"}
	run(2, "--location", local...)
	run(2, "--location", append(create, "--location", s.demo().LocationID)...)
	run(1, "location", append(local, "--location", s.demo().OrganizationID)...)
	run(0, "clientSecret", append(local, "--location", s.demo().LocationID)...)
	run(0, s.demo().LocationID, "list")
	first := run(0, "clientSecret", append(create, "--label", "Booking system", "--expires", "10d")...)
	key := first["clientKey"]
	login := func(secret string, want int) {
		t.Helper()
		s.must(want, "POST", "/v1/sts/login/services", "",
			`{"clientKey":"`+key+`","clientSecret":"`+secret+`"}`)
	}
	login(first["clientSecret"], 200)
	run(0, "Booking system", "list")
	_, out, _ := onramp(t, "", "doctor", "--data", data)
	if !strings.Contains(out, key+" (Booking system) expires at ") {
		t.Errorf("doctor does not warn of the expiry:\n%s", out)
	}
	second := run(0, "oldSecretUntil", "rotate", key, "--overlap", "2h")
	login(first["clientSecret"], 200)
	login(second["clientSecret"], 200)
	run(1, "--forget-old", "rotate", key)
	run(2, "--forget-old", "rotate", key, "--revoke-tokens")
	ends, err := time.Parse(time.RFC3339, second["oldSecretUntil"])
	if err != nil || time.Until(ends) > 2*time.Hour || time.Until(ends) < time.Hour {
		t.Errorf("old secret until %v %v", ends, err)
	}
	run(0, second["oldSecretUntil"], "list")
	run(0, "", "rotate", key, "--forget-old")
	login(first["clientSecret"], 401)
	login(second["clientSecret"], 200)
	run(0, "", "change", key, "--label", "Bookings", "--expires", "never")
	run(0, "Bookings", "list")
	run(2, "--label or --expires", "change", key)
	run(1, "client key", "change", "ck-none", "--label", "x")

	_, out, _ = onramp(t, "", "key", "list", "--data", data)
	for _, secret := range []string{first["clientSecret"], second["clientSecret"]} {
		if strings.Contains(out, secret) || strings.Contains(s.output.String(), secret) {
			t.Error("a secret is in the list or in the log")
		}
	}
	if code := s.stop(); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
	_, out, _ = onramp(t, "", "key", "list", "--data", data)
	for line := range strings.Lines(out) {
		// key, label, organization, role, location, scopes, created, expires, last use
		if fields := strings.Fields(line); fields[0] == key && !strings.Contains(fields[len(fields)-4], "T") {
			t.Errorf("no last use after a stop: %s", line)
		}
	}
}
