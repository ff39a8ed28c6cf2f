package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"onramp/onboarding"
)

// aaaVersions are the accepted versions of the AAA secret.
type aaaVersions struct {
	file   bool // the first version: the files of the servers
	stored []aaaVersion
}

type aaaVersion struct {
	name  string
	value []byte
}

// several reports whether two versions are accepted.
func (v *aaaVersions) several() bool { return v.file && len(v.stored) > 0 || len(v.stored) > 1 }

// loadAAA returns the versions of the AAA secret.
func (r *rotation) loadAAA(stored []onboarding.StoredSecret, now time.Time) (*aaaVersions, error) {
	versions := &aaaVersions{file: len(versionsOf(SecretAAA, stored)) == 0}
	for v := range r.accepted(SecretAAA, stored, now) {
		if v.number == 1 {
			versions.file = true
			continue
		}
		value, err := r.control.openStored(&v.StoredSecret)
		if err != nil {
			return nil, err
		}
		versions.stored = append(versions.stored, aaaVersion{name: v.Name, value: value})
	}
	return versions, nil
}

// AAASecret returns the secret that FreeRADIUS shall send: the version in use, or the first secret
// of the file while there is no other version.
func (s *Control) AAASecret(ctx context.Context, file func() ([]string, error)) (string, error) {
	keys, err := s.rotation.reread(ctx)
	if err != nil {
		return "", err
	}
	if n := len(keys.aaa.stored); n > 0 {
		return string(keys.aaa.stored[n-1].value), nil
	}
	secrets, err := file()
	if err != nil || len(secrets) == 0 {
		return "", errors.Join(err, errNoAAASecret)
	}
	return secrets[0], nil
}

var errNoAAASecret = errors.New("the AAA secret is missing")

// AAAGuard checks the secrets that FreeRADIUS sends. Its method is safe for concurrent use.
type AAAGuard struct {
	control *Control
	read    func() ([]string, error)

	mu      sync.Mutex
	file    []string
	checked time.Time
}

// AAAGuard returns a guard that accepts the stored versions and, until one replaces them, the
// secrets that file returns. An error of file keeps those of the last call.
func (s *Control) AAAGuard(file func() ([]string, error)) *AAAGuard {
	return &AAAGuard{control: s, read: file}
}

// Check reports whether FreeRADIUS at an address may send the secret. Before it refuses one, it
// reads the versions again, so that each works at the first request after its creation.
func (g *AAAGuard) Check(ctx context.Context, secret, from string) (right bool, err error) {
	if secret == "" {
		return false, nil
	}
	if g.accepts(g.control.rotation.known(ctx), false, secret, from) {
		return true, nil
	}
	fresh, err := g.control.rotation.reread(ctx)
	if err != nil {
		return false, err
	}
	return g.accepts(fresh, true, secret, from), nil
}

// accepts compares the secret with every accepted one, in constant time.
func (g *AAAGuard) accepts(keys *keySet, again bool, secret, from string) bool {
	got := sha256.Sum256([]byte(secret))
	name := ""
	compare := func(version string, value []byte) {
		want := sha256.Sum256(value)
		if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			name = version
		}
	}
	if keys.aaa.file {
		for _, value := range g.fileSecrets(again) {
			compare(SecretAAA.First(), []byte(value))
		}
	}
	for _, v := range keys.aaa.stored {
		compare(v.name, v.value)
	}
	if name != "" && keys.aaa.several() {
		g.control.secretUses.note(name, use{at: g.control.clock.Now(), by: from})
	}
	return name != ""
}

// fileReadAgain is the least time between two readings of the file for unknown secrets.
const fileReadAgain = 100 * time.Millisecond

// fileSecrets returns the secrets of the file, which it reads again after the refresh period, or
// earlier if again is set.
func (g *AAAGuard) fileSecrets(again bool) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	pause := g.control.rotation.periods.Refresh
	if again {
		pause = min(pause, fileReadAgain)
	}
	if !g.checked.IsZero() && time.Since(g.checked) < pause {
		return g.file
	}
	g.checked = time.Now()
	if secrets, err := g.read(); err == nil {
		g.file = secrets
	}
	return g.file
}
