package auth_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"onramp/onboarding/auth"
)

var hexHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

func TestNewClientKey(t *testing.T) {
	shape := regexp.MustCompile(`^[A-Za-z0-9]{32}$`)
	seen := map[string]bool{}
	for range 100 {
		key, secret := auth.NewClientKey()
		if id, found := strings.CutPrefix(key, "ck-"); !found || uuid.Validate(id) != nil || len(id) != 36 {
			t.Fatalf("key %q is not ck-<uuid>", key)
		}
		if !shape.MatchString(secret) {
			t.Fatalf("secret %q", secret)
		}
		if seen[key] || seen[secret] {
			t.Fatal("the same key or secret twice")
		}
		seen[key], seen[secret] = true, true
	}
}

func TestCompareSecret(t *testing.T) {
	_, secret := auth.NewClientKey()
	hash := auth.HashSecret(secret)
	if !hexHash.MatchString(hash) || strings.Contains(hash, secret) {
		t.Fatalf("HashSecret = %q", hash)
	}
	for _, tt := range []struct {
		name, hash, secret string
		want               bool
	}{
		{"the right one", hash, secret, true},
		{"another one", hash, secret[1:] + "A", false},
		{"none", hash, "", false},
		{"longer by one", hash, secret + "A", false},
		{"with a space", hash, secret + " ", false},
		{"the hash itself", hash, hash, false},
		{"unknown key", "", secret, false},
		{"unknown key, no secret", "", "", false},
		{"a cut hash", hash[:63], secret, false},
		{"a hash of another kind", auth.HashToken(secret), secret, false},
		{"an upper-case hash", strings.ToUpper(hash), secret, false},
	} {
		if got := auth.CompareSecret(tt.hash, tt.secret); got != tt.want {
			t.Errorf("%s: CompareSecret = %t", tt.name, got)
		}
	}
}

// BenchmarkCompareSecret compares the three cases, which must take the same time.
func BenchmarkCompareSecret(b *testing.B) {
	_, secret := auth.NewClientKey()
	_, other := auth.NewClientKey()
	for _, bb := range []struct{ name, hash string }{
		{"right", auth.HashSecret(secret)},
		{"wrong", auth.HashSecret(other)},
		{"unknown", ""},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				auth.CompareSecret(bb.hash, secret)
			}
		})
	}
}
