package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// RotatingSecret is a secret of the deployment that Rekey can change. Each version is a secret of
// its own in the database: the first one has the name that it always had, a later one the name of
// the first with its number. The other secrets have one version, because values that they protect
// are stored and compared (audit-key, identity-key, resume-key), or live for as long as a
// connection of an access point (class-key); the state of a form (form-key) holds no secret.
type RotatingSecret string

const (
	SecretJWT    RotatingSecret = "jwt"    // signs tokens
	SecretScroll RotatingSecret = "scroll" // seals cursors
	// SecretAAA is the password of FreeRADIUS on the AAA listener. Its first version is the file of
	// each server: the database holds an empty value for it, from the first change on.
	SecretAAA RotatingSecret = "aaa"
	// SecretRADIUS is the secret of RADIUS clients without one of their own. People change it in
	// one access point after the other, so a former version does not end by itself.
	SecretRADIUS RotatingSecret = "radius"
)

// RotatingSecrets are all of them.
func RotatingSecrets() []RotatingSecret {
	return []RotatingSecret{SecretJWT, SecretScroll, SecretAAA, SecretRADIUS}
}

// firstNames are the names of their first versions.
var firstNames = map[RotatingSecret]string{
	SecretJWT: "jwt-key-1", SecretScroll: "scroll-key", SecretAAA: "aaa-secret", SecretRADIUS: "radius-secret",
}

// Sent reports whether other programs, which people configure, hold the secret and send it. A
// server does not choose the version in use, so a new one is in use at once, without notice. There
// are two versions at most: another change waits for the end of the former.
func (k RotatingSecret) Sent() bool { return k == SecretAAA || k == SecretRADIUS }

// lapses reports whether a former version ends by itself.
func (k RotatingSecret) lapses() bool { return k != SecretRADIUS }

// First returns the name of the first version.
func (k RotatingSecret) First() string { return firstNames[k] }

// name returns the name of a version.
func (k RotatingSecret) name(version int) string {
	if version == 1 {
		return firstNames[k]
	}
	return strings.TrimSuffix(firstNames[k], "-1") + "-" + strconv.Itoa(version)
}

// version returns the number of the version with that name, 0 if it is the name of another secret.
func (k RotatingSecret) version(name string) int {
	if name == firstNames[k] {
		return 1
	}
	digits, found := strings.CutPrefix(name, strings.TrimSuffix(firstNames[k], "-1")+"-")
	n, err := strconv.Atoi(digits)
	if !found || err != nil || n < 2 || k.name(n) != name {
		return 0
	}
	return n
}

// RekeyPeriods are the periods of a change of a secret. Zero values are the defaults.
type RekeyPeriods struct {
	// Notice is the time between the storage of a new version and its first use: 10 s.
	Notice time.Duration
	// Kept is the time for which a version is accepted after its last use: the lifetime of a token
	// and an hour for differences between clocks.
	Kept time.Duration
	// Refresh is the age at which a replica reads the versions again: 2 s.
	Refresh time.Duration
}

func (p RekeyPeriods) withDefaults() RekeyPeriods {
	return RekeyPeriods{
		Notice:  cmp.Or(p.Notice, 10*time.Second),
		Kept:    cmp.Or(p.Kept, auth.Lifetime+time.Hour),
		Refresh: cmp.Or(p.Refresh, 2*time.Second),
	}
}

// rotation reads the versions of the rotating secrets and keeps what it read. Its methods are safe
// for concurrent use.
//
// A replica uses the highest version that has begun, and accepts every version that it has read and
// that has not lapsed. No token or cursor is refused by a replica that has not read its version: it
// reads again. So the times in the database, and the clocks of replicas, decide only when a version
// is used and when it lapses.
type rotation struct {
	control    *Control
	deployment string
	periods    RekeyPeriods
	turn       chan struct{} // held while reading
	last       atomic.Pointer[keySet]
}

// keySet holds the versions that one read found.
type keySet struct {
	read    time.Time // before the read began
	tokens  *auth.Keyring
	aaa     *aaaVersions
	radius  []string                // the accepted versions of the RADIUS secret
	cursors map[int]*onboarding.Box // by version
	cursor  int                     // the version that seals
}

func newRotation(s *Control, deployment string, periods RekeyPeriods) *rotation {
	return &rotation{
		control: s, deployment: deployment, periods: periods.withDefaults(), turn: make(chan struct{}, 1),
	}
}

// open creates the secrets that the database does not have, and reads all.
func (r *rotation) open(ctx context.Context) error {
	stored, err := r.control.store.Secrets(ctx)
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	for _, kind := range RotatingSecrets() {
		if !kind.Sent() && len(versionsOf(kind, stored)) == 0 {
			if _, err := r.control.Secret(ctx, kind.name(1), KeySize); err != nil {
				return err
			}
		}
	}
	_, err = r.reread(ctx)
	return err
}

// known returns versions to accept. If they are older than the refresh period it reads them again,
// unless another call does so or the database fails.
func (r *rotation) known(ctx context.Context) *keySet {
	last := r.last.Load()
	if time.Since(last.read) < r.periods.Refresh {
		return last
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
		if fresh, err := r.load(ctx); err == nil {
			return fresh
		}
	default:
	}
	return last
}

// forUse returns versions to sign and seal with, which were read within half of the notice: by the
// end of the notice, every replica knows a new version.
func (r *rotation) forUse(ctx context.Context) (*keySet, error) {
	if keys := r.known(ctx); time.Since(keys.read) < max(r.periods.Notice/2, r.periods.Refresh) {
		return keys, nil
	}
	return r.reread(ctx)
}

// reread returns versions from a read that began after the call. Concurrent calls share a read.
func (r *rotation) reread(ctx context.Context) (*keySet, error) {
	asked := time.Now()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-r.turn }()
	if last := r.last.Load(); last != nil && last.read.After(asked) {
		return last, nil
	}
	return r.load(ctx)
}

// load reads the versions. The caller holds the turn.
func (r *rotation) load(ctx context.Context) (*keySet, error) {
	keys := &keySet{read: time.Now(), cursors: map[int]*onboarding.Box{}}
	stored, err := r.control.store.Secrets(ctx)
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	now := r.control.clock.Now()
	var current auth.Key
	var previous []auth.Key
	for v := range r.accepted(SecretJWT, stored, now) {
		value, err := r.control.openStored(&v.StoredSecret)
		if err != nil {
			return nil, err
		}
		key, err := auth.RestoreKey(v.Name, value)
		if err != nil {
			return nil, fmt.Errorf("secret %s: %w", v.Name, err)
		}
		if v.State == SecretInUse {
			current = key
		} else {
			previous = append(previous, key)
		}
	}
	if keys.tokens, err = auth.NewKeyring(r.deployment, current, previous...); err != nil {
		return nil, err
	}
	for v := range r.accepted(SecretScroll, stored, now) {
		value, err := r.control.openStored(&v.StoredSecret)
		if err != nil {
			return nil, err
		}
		if keys.cursors[v.number], err = onboarding.NewBox(value); err != nil {
			return nil, fmt.Errorf("secret %s: %w", v.Name, err)
		}
		if v.State == SecretInUse {
			keys.cursor = v.number
		}
	}
	if keys.aaa, err = r.loadAAA(stored, now); err != nil {
		return nil, err
	}
	for v := range r.accepted(SecretRADIUS, stored, now) {
		keys.radius = append(keys.radius, v.Name)
	}
	r.last.Store(keys)
	return keys, nil
}

// SecretState is the state of a version of a rotating secret.
type SecretState string

const (
	SecretAnnounced SecretState = "announced" // accepted, not yet used
	SecretInUse     SecretState = "in use"
	SecretAccepted  SecretState = "accepted" // no longer used
	SecretLapsed    SecretState = "lapsed"   // no longer accepted
)

// SecretVersion is a version of a rotating secret at an instant.
type SecretVersion struct {
	onboarding.StoredSecret
	Secret   RotatingSecret
	State    SecretState
	Replaced time.Time // begin of the next version; zero: there is none
	Ends     time.Time // end of its acceptance; zero: none
	number   int
}

// Number returns the number of the version: 1 is the first.
func (v *SecretVersion) Number() int { return v.number }

// versionsOf returns the versions of a secret, oldest first, without their states.
func versionsOf(kind RotatingSecret, stored []onboarding.StoredSecret) []SecretVersion {
	var versions []SecretVersion
	for _, s := range stored {
		if n := kind.version(s.Name); n > 0 {
			versions = append(versions, SecretVersion{StoredSecret: s, Secret: kind, number: n})
		}
	}
	slices.SortFunc(versions, func(a, b SecretVersion) int { return cmp.Compare(a.number, b.number) })
	return versions
}

// versionsAt returns the versions of a secret at an instant, oldest first. One of them is in use:
// the highest that has begun or, if none has, the lowest. Of a secret that other programs send, it
// is the highest.
func (r *rotation) versionsAt(
	kind RotatingSecret, stored []onboarding.StoredSecret, now time.Time,
) []SecretVersion {
	versions := versionsOf(kind, stored)
	inUse := 0
	for i := range versions {
		if kind.Sent() || !versions[i].Begins.After(now) {
			inUse = i
		}
	}
	var replaced time.Time // the earliest begin of a higher version
	for i := len(versions) - 1; i >= 0; i-- {
		v := &versions[i]
		if v.Replaced = replaced; !replaced.IsZero() && kind.lapses() {
			v.Ends = replaced.Add(r.periods.Kept)
		}
		switch {
		case i == inUse:
			v.State = SecretInUse
		case i > inUse:
			v.State = SecretAnnounced
		case !kind.lapses() || now.Before(v.Ends):
			v.State = SecretAccepted
		default:
			v.State = SecretLapsed
		}
		if replaced.IsZero() || v.Begins.Before(replaced) {
			replaced = v.Begins
		}
	}
	return versions
}

// accepted iterates over the versions that have not lapsed.
func (r *rotation) accepted(
	kind RotatingSecret, stored []onboarding.StoredSecret, now time.Time,
) func(yield func(SecretVersion) bool) {
	return func(yield func(SecretVersion) bool) {
		for _, v := range r.versionsAt(kind, stored, now) {
			if v.State != SecretLapsed && !yield(v) {
				return
			}
		}
	}
}

// openStored returns the value of a secret.
func (s *Control) openStored(stored *onboarding.StoredSecret) ([]byte, error) {
	value, err := s.sealer.Open(stored.Value, onboarding.SecretPurpose(stored.Name))
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", stored.Name, err)
	}
	return value, nil
}
