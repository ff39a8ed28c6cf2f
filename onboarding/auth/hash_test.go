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
		{"16 characters", "k3j9x2m7q8w5z1v4", true},
		{"128 characters", "k3j9x2m7" + strings.Repeat("q8w5z", 24), true},
		{"16 characters of 3 octets", "語学校生徒先生机本紙筆山川海空雲", true},
		{"none", "", false},
		{"15 characters", strings.Repeat("g", 15), false},
		{"15 characters of 3 octets", strings.Repeat("語", 15), false},
		{"129 characters", strings.Repeat("g", 129), false},
		{"129 characters of many", "k3j9x2m7q" + strings.Repeat("q8w5z", 24), false},
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
		token := auth.NewLinkToken()
		if !shape.MatchString(token) || seen[token] {
			t.Fatalf("token %q, seen before: %t", token, seen[token])
		}
		seen[token] = true
		if !hexHash.MatchString(auth.HashToken(token)) {
			t.Fatalf("HashToken = %q", auth.HashToken(token))
		}
	}
}

// TestHashesStay compares the three hashes with constants: a different label would make every
// stored key, guid and link unusable. The constants are the SHA-256 of the label, a zero octet
// and the text, from sha256sum.
func TestHashesStay(t *testing.T) {
	const text = "a guid of a test 0123456789"
	guid, _ := auth.HashGuid(text)
	for name, pair := range map[string][2]string{
		"secret": {auth.HashSecret(text), "2e4c0ef76957b125c9a570676c4aa4f07eee12ca4dd7fe144c365953d32710dd"},
		"token":  {auth.HashToken(text), "39c61073cff49022ec65ddc5740fdf5ffb7ecfee2610d3c2dd74263733fd454b"},
		"guid":   {guid, "cffb78c6d8c6fc5c5c32fd4da975309aa2b6a39bdbb0662bf23a3aaac7c4a67e"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s, want %s", name, pair[0], pair[1])
		}
	}
}
