package auth_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"onramp/onboarding/auth"
)

func TestHashGuid(t *testing.T) {
	for _, tt := range []struct {
		name, guid string
		ok         bool
	}{
		{"a UUID", "5a3e8f0e-3a0f-4a56-9b8e-3f0a41c5b9d2", true},
		{"16 characters", strings.Repeat("g", 16), true},
		{"128 characters", strings.Repeat("g", 128), true},
		{"16 characters of 3 octets", strings.Repeat("語", 16), true},
		{"128 characters of 4 octets", strings.Repeat("😀", 128), true},
		{"none", "", false},
		{"15 characters", strings.Repeat("g", 15), false},
		{"15 characters of 3 octets", strings.Repeat("語", 15), false},
		{"129 characters", strings.Repeat("g", 129), false},
		{"16 octets that are not UTF-8", strings.Repeat("\xff", 16), false},
		{"one bad octet", strings.Repeat("g", 16) + "\xc3", false},
	} {
		hash, err := auth.HashGuid(tt.guid)
		if !tt.ok {
			if !errors.Is(err, auth.ErrGuid) || hash != "" {
				t.Errorf("%s: %q, %v, want ErrGuid", tt.name, hash, err)
			}
			continue
		}
		again, _ := auth.HashGuid(tt.guid)
		if err != nil || !hexHash.MatchString(hash) || hash != again {
			t.Errorf("%s: %q, again %q, %v", tt.name, hash, again, err)
		}
	}
	lower, _ := auth.HashGuid("5a3e8f0e-3a0f-4a56-9b8e-3f0a41c5b9d2")
	upper, _ := auth.HashGuid("5A3E8F0E-3A0F-4A56-9B8E-3F0A41C5B9D2")
	if lower == upper {
		t.Error("guids that differ in case are taken for one")
	}
}

func TestNewActivationToken(t *testing.T) {
	shape := regexp.MustCompile(`^[A-Za-z0-9]{22}$`)
	seen := map[string]bool{}
	for range 1000 {
		token := auth.NewActivationToken()
		if !shape.MatchString(token) || seen[token] {
			t.Fatalf("token %q, seen before: %t", token, seen[token])
		}
		seen[token] = true
		if !hexHash.MatchString(auth.HashToken(token)) {
			t.Fatalf("HashToken = %q", auth.HashToken(token))
		}
	}
}

// TestHashesStay holds the three hashes to fixed values: another label would
// make every stored key, guid and link of every deployment useless. The values
// are sha256sum's of the label, a zero octet and the text.
func TestHashesStay(t *testing.T) {
	const text = "0123456789abcdef"
	guid, _ := auth.HashGuid(text)
	for name, pair := range map[string][2]string{
		"secret": {auth.HashSecret(text), "3f0bf21d00aaab89bbbd7f8b2c40b25ec2a995bca9bf61f786c6c94d807a492f"},
		"token":  {auth.HashToken(text), "94af145fcfe90dc45a1164c47d3bd171378d1b34840b9bb9abbb7362f8a8d551"},
		"guid":   {guid, "1211bb9e3162dcb8b1c472e6dfdbb814f4ad427d809adbbfeaed483ecdf21c56"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s, want %s", name, pair[0], pair[1])
		}
	}
}
