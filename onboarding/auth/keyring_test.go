package auth_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding/auth"
)

// TestRotation follows a token through a key rotation with a replica that is late.
func TestRotation(t *testing.T) {
	first, second := auth.NewKey(), auth.NewKey()
	build := func(current auth.Key, previous ...auth.Key) *auth.Keyring {
		ring, err := auth.NewKeyring(deployment, current, previous...)
		if err != nil {
			t.Fatal(err)
		}
		return ring
	}
	before, prepared, during, after := build(first), build(first, second), build(second, first), build(second)
	old, fresh := issue(t, before, testClaims), issue(t, during, testClaims)
	for _, tt := range []struct {
		name  string
		ring  *auth.Keyring
		token string
		want  error
	}{
		{"old token before", before, old, nil},
		{"old token during", during, old, nil},
		{"old token after", after, old, auth.ErrUnknownKey},
		{"new token on a late replica", before, fresh, auth.ErrUnknownKey},
		{"new token on a prepared replica", prepared, fresh, nil},
		{"new token during", during, fresh, nil},
		{"new token after", after, fresh, nil},
	} {
		if _, err := tt.ring.Verify(tt.token, now); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if before.CurrentID() != first.ID() || during.CurrentID() != second.ID() {
		t.Error("CurrentID is not the ID of the key that signs")
	}
}

func TestAnotherDeployment(t *testing.T) {
	key := auth.NewKey()
	here, err := auth.NewKeyring(deployment, key)
	if err != nil {
		t.Fatal(err)
	}
	there, err := auth.NewKeyring("another", key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := there.Verify(issue(t, here, testClaims), now); err != auth.ErrAudience {
		t.Errorf("the same key elsewhere: %v", err)
	}

	// The same key ID with different octets, as after a restore of the wrong key.
	impostor, err := auth.RestoreKey(key.ID(), auth.NewKey().Secret())
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := auth.NewKeyring(deployment, impostor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Verify(issue(t, here, testClaims), now); err != auth.ErrSignature {
		t.Errorf("another key of that ID: %v", err)
	}
}

func TestRestoreKey(t *testing.T) {
	made := auth.NewKey()
	octets := made.Secret()
	kept, err := auth.RestoreKey(made.ID(), octets)
	if err != nil {
		t.Fatal(err)
	}
	clear(octets) // neither the argument nor the result may be the key's own memory
	clear(kept.Secret())
	ring, err := auth.NewKeyring(deployment, made)
	if err != nil {
		t.Fatal(err)
	}
	again, err := auth.NewKeyring(deployment, kept)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Verify(issue(t, ring, testClaims), now); err != nil {
		t.Errorf("a restored key does not verify: %v", err)
	}
	for name, key := range map[string]struct {
		id     string
		secret []byte
	}{
		"no ID":      {"", make([]byte, 32)},
		"a long ID":  {strings.Repeat("k", 65), make([]byte, 32)},
		"no secret":  {"k", nil},
		"31 octets":  {"k", make([]byte, 31)},
		"everything": {"", nil},
	} {
		if _, err := auth.RestoreKey(key.id, key.secret); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNewKeyringRefuses(t *testing.T) {
	key := auth.NewKey()
	twin, err := auth.RestoreKey(key.ID(), auth.NewKey().Secret())
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range map[string]func() (*auth.Keyring, error){
		"no deployment":       func() (*auth.Keyring, error) { return auth.NewKeyring("", key) },
		"no current key":      func() (*auth.Keyring, error) { return auth.NewKeyring(deployment, auth.Key{}) },
		"an empty previous":   func() (*auth.Keyring, error) { return auth.NewKeyring(deployment, key, auth.Key{}) },
		"the current twice":   func() (*auth.Keyring, error) { return auth.NewKeyring(deployment, key, key) },
		"two keys of one ID":  func() (*auth.Keyring, error) { return auth.NewKeyring(deployment, key, twin) },
		"everything is empty": func() (*auth.Keyring, error) { return auth.NewKeyring("", auth.Key{}) },
		"two equal previous": func() (*auth.Keyring, error) {
			return auth.NewKeyring(deployment, auth.NewKey(), key, twin)
		},
	} {
		if ring, err := build(); err == nil || ring != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestKeysDoNotPrint searches the output of fmt and slog for a key and a keyring for the key's
// octets: as text, in hexadecimal and as a list of numbers.
func TestKeysDoNotPrint(t *testing.T) {
	key, err := auth.RestoreKey("k1", testSecret)
	if err != nil {
		t.Fatal(err)
	}
	ring := testRing(t)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", key, &key, ring)
		fmt.Fprintf(&out, verb+"\n", []auth.Key{key})
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("keys", "key", key, "ring", ring, "list", []auth.Key{key})
	}
	secret := testSecret[:8]
	for _, leak := range []string{
		string(secret), fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprintf("%d", secret), "[]"),
		strings.Trim(fmt.Sprintf("%#v", secret), "[]byte{}"),
	} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is in the output:\n%s", leak, out.String())
		}
	}
	if !strings.Contains(out.String(), "k1") {
		t.Error("the key's ID is not in the output")
	}
}

func TestConcurrentUse(t *testing.T) {
	ring := testRing(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				token, err := ring.Issue(testClaims, now)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := ring.Verify(token, now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
