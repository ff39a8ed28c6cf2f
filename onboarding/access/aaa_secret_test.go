package access_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/testkit"
)

// aaaReplicas are replicas with a guard and a file each.
type aaaReplicas struct {
	*replicas
	guards []*access.AAAGuard
	files  [][]string
	broken bool // the files cannot be read
}

func newAAAReplicas(t *testing.T, db onboarding.Store, periods access.RekeyPeriods, files ...[]string) *aaaReplicas {
	r := &aaaReplicas{replicas: newReplicas(t, db, len(files), periods), files: files}
	for i := range files {
		r.guards = append(r.guards, r.all[i].AAAGuard(r.file(i)))
	}
	return r
}

func (r *aaaReplicas) file(i int) func() ([]string, error) {
	return func() ([]string, error) {
		if r.broken {
			return nil, errors.New("the file cannot be read")
		}
		return r.files[i], nil
	}
}

// checkSecret checks that each replica accepts the secret, or that each refuses it.
func (r *aaaReplicas) checkSecret(what, secret string, accepted bool) {
	r.Helper()
	for i, g := range r.guards {
		if got, err := g.Check(r.Context(), secret, "192.0.2.1"); got != accepted || err != nil {
			r.Errorf("%s on replica %d: %v, %v", what, i, got, err)
		}
	}
}

// current returns the secret that FreeRADIUS shall send, by each replica.
func (r *aaaReplicas) current() string {
	r.Helper()
	first := ""
	for i, s := range r.all {
		secret, err := s.AAASecret(r.Context(), r.file(i))
		if err != nil || i > 0 && secret != first {
			r.Fatalf("replica %d: %v", i, err)
		}
		first = secret
	}
	return first
}

// storeUses stores the uses that the replicas noted.
func (r *aaaReplicas) storeUses() {
	r.Helper()
	for _, s := range r.all {
		if err := s.StoreSecretUses(r.Context()); err != nil {
			r.Fatal(err)
		}
	}
}

func (r *aaaReplicas) forget(name string, force bool) error {
	return r.all[0].ForgetSecret(r.Context(), access.SecretAAA, name, force)
}

// TestAAASecret follows the AAA secret from the files to the database, through the day in which
// both work, and a second change.
func TestAAASecret(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		const old, second = "the-secret-of-the-file", "second-line-of-the-file"
		// The database is read again for unknown secrets alone, so that each works at once.
		file := []string{old, second}
		r := newAAAReplicas(t, db, access.RekeyPeriods{Refresh: time.Hour}, file, file)
		r.checkSecret("the file's", old, true)
		r.checkSecret("the file's second", second, true)
		for _, wrong := range []string{"", old + "x", old[1:], strings.ToUpper(old)} {
			r.checkSecret("a wrong one", wrong, false)
		}
		if got := r.current(); got != old {
			t.Errorf("FreeRADIUS shall send %q", got)
		}
		r.storeUses()
		if got := r.names("aaa"); len(got) != 0 {
			t.Errorf("before a change, the database has %v", got)
		}

		versions := r.rekey(1, access.SecretAAA)
		if len(versions) != 2 || versions[0].State != access.SecretAccepted ||
			versions[1].State != access.SecretInUse || versions[1].Name != "aaa-secret-2" ||
			!versions[0].Ends.Equal(testkit.Monday.Add(25*time.Hour)) {
			t.Fatalf("after the change: %+v", versions)
		}
		fresh := r.current()
		if len(fresh) != 64 || fresh == old {
			t.Errorf("the new secret has %d characters", len(fresh))
		}
		r.checkSecret("the new one", fresh, true)
		r.checkSecret("the file's during the overlap", old, true)
		if made, err := r.all[0].Rekey(t.Context(), access.SecretAAA); err != nil || made || r.current() != fresh {
			t.Errorf("a change during the overlap: %v, %v", made, err)
		}
		r.advance(25*time.Hour - time.Minute)
		r.checkSecret("the file's after a day", old, true)
		r.advance(2 * time.Minute)
		for _, s := range r.all { // the next reading
			if _, err := s.AAASecret(t.Context(), nil); err != nil {
				t.Error(err)
			}
		}
		r.checkSecret("the file's after a day and an hour", old, false)
		r.checkSecret("the new one after a day", fresh, true)

		r.advance(31 * 24 * time.Hour)
		r.rekey(0, access.SecretAAA)
		if got, want := r.names("aaa"), []string{"aaa-secret-2", "aaa-secret-3"}; !slices.Equal(got, want) {
			t.Errorf("after a month, a change leaves %v", got)
		}
		r.checkSecret("the file's after its row was deleted", old, false)
		r.checkSecret("the second", fresh, true)
		r.checkSecret("the third", r.current(), true)
		checkAudit(t, db, "secret.changed aaa-secret-2", "secret.changed aaa-secret-3", "secret.forgotten aaa-secret")
	})
}

// TestForgetAAASecret refuses to forget a secret that FreeRADIUS sends, unless forced.
func TestForgetAAASecret(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		const old = "the-secret-of-the-file"
		r := newAAAReplicas(t, db, access.RekeyPeriods{Refresh: time.Nanosecond}, []string{old}, []string{old})
		refused := func(what string, err error, parts ...string) {
			t.Helper()
			if onboarding.KindOf(err) != onboarding.Conflict {
				t.Errorf("%s: %v", what, err)
				return
			}
			for _, part := range parts {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %v lacks %q", what, err, part)
				}
			}
		}
		if err := r.forget("aaa-secret", true); onboarding.KindOf(err) != onboarding.Invalid {
			t.Errorf("before any change: %v", err)
		}
		r.rekey(0, access.SecretAAA)
		fresh := r.current()
		refused("the one in use", r.forget("aaa-secret-2", true), "in use")
		refused("while none uses the new one", r.forget("aaa-secret", false), "no request has used aaa-secret-2")
		r.advance(time.Hour)
		r.checkSecret("the new one", fresh, true)
		r.checkSecret("the file's", old, true)
		r.storeUses()
		r.advance(9 * time.Minute)
		refused("one used minutes ago", r.forget("aaa-secret", false), "aaa-secret was used at 2026-11-23T10:00:00Z",
			"192.0.2.1")
		r.advance(2 * time.Minute)
		if err := r.forget("aaa-secret", false); err != nil {
			t.Fatal(err)
		}
		r.checkSecret("the forgotten file's", old, false)
		r.checkSecret("the new one", fresh, true)

		r.rekey(1, access.SecretAAA)
		third := r.current()
		r.checkSecret("the second", fresh, true)
		r.storeUses()
		if err := r.forget("aaa-secret-2", true); err != nil {
			t.Fatal(err)
		}
		r.checkSecret("the forgotten second", fresh, false)
		r.checkSecret("the third", third, true)
		checkAudit(t, db, "secret.forgotten aaa-secret", "secret.forgotten aaa-secret-2")
	})
}

// TestAAASecretFiles changes the files themselves, which servers read again, and makes them
// unreadable.
func TestAAASecretFiles(t *testing.T) {
	const old, fresh = "the-secret-of-the-file", "another-secret-of-it"
	r := newAAAReplicas(t, testkit.OpenStore(t), access.RekeyPeriods{Refresh: time.Nanosecond}, []string{old})
	r.checkSecret("the file's", old, true)
	r.files[0] = []string{fresh, old}
	r.checkSecret("the new first line", fresh, true)
	r.checkSecret("the second line", old, true)
	if got := r.current(); got != fresh {
		t.Errorf("FreeRADIUS shall send %q", got)
	}
	r.broken = true
	r.checkSecret("the last read one", old, true)
	r.broken, r.files[0] = false, []string{fresh}
	r.checkSecret("the removed line", old, false)
	r.checkSecret("the line that stays", fresh, true)
	r.files[0] = nil
	if _, err := r.all[0].AAASecret(t.Context(), r.file(0)); err == nil {
		t.Error("an empty file has a secret")
	}
}

// TestAAASecretAtOnce changes the secret in several processes at once, and sends the new one to all
// replicas at once.
func TestAAASecretAtOnce(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		const old = "the-secret-of-the-file"
		file := []string{old}
		r := newAAAReplicas(t, db, access.RekeyPeriods{Refresh: time.Hour}, file, file, file, file)
		var all sync.WaitGroup
		for i := range r.all {
			all.Go(func() {
				if _, err := r.all[i].Rekey(t.Context(), access.SecretAAA); err != nil {
					t.Error(err)
				}
				secret, err := r.all[i].AAASecret(t.Context(), r.file(i))
				if err != nil || secret == old {
					t.Errorf("command %d: %v", i, err)
				}
				r.checkSecret("the new one", secret, true)
				r.checkSecret("the file's", old, true)
			})
		}
		all.Wait()
		if got, want := r.names("aaa"), []string{"aaa-secret", "aaa-secret-2"}; !slices.Equal(got, want) {
			t.Errorf("the database has %v", got)
		}
	})
}

// TestRADIUSSecret follows the RADIUS secret, whose former version works until it is forgotten.
func TestRADIUSSecret(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		r := newReplicas(t, db, 2, access.RekeyPeriods{Refresh: time.Nanosecond})
		if made, err := r.all[0].Rekey(t.Context(), access.SecretRADIUS); made ||
			onboarding.KindOf(err) != onboarding.Conflict || len(r.names("radius")) != 0 {
			t.Errorf("without a first secret: %v, %v", made, err)
		}
		if _, err := r.all[0].Secret(t.Context(), "radius-secret", access.RADIUSSecretSize); err != nil {
			t.Fatal(err)
		}
		note := func(i int, name string) {
			r.all[i].NoteRADIUSSecret(t.Context(), name, "hotspot "+name, testkit.Monday.Add(time.Hour))
			if err := r.all[i].StoreSecretUses(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		note(0, "radius-secret")
		r.rekey(0, access.SecretRADIUS)
		r.advance(400 * 24 * time.Hour)
		for _, name := range []string{"radius-secret-2", "radius-secret-9", "jwt-key-1", ""} {
			note(1, name)
		}
		values, err := r.all[1].SecretValues(t.Context(), access.SecretRADIUS)
		if err != nil || len(values) != 2 || len(values[1].Plain) != access.RADIUSSecretSize ||
			values[0].State != access.SecretAccepted || !values[0].Ends.IsZero() || !values[0].Used.IsZero() ||
			values[1].UsedBy != "hotspot radius-secret-2" || values[1].Number() != 2 {
			t.Errorf("after a year: %+v, %v", values, err)
		}
		if made, err := r.all[1].Rekey(t.Context(), access.SecretRADIUS); err != nil || made {
			t.Errorf("another change: %v, %v", made, err)
		}
		if err := r.all[1].ForgetSecret(t.Context(), access.SecretRADIUS, "radius-secret", false); err != nil {
			t.Error(err)
		}
		r.rekey(1, access.SecretRADIUS)
		if got, want := r.names("radius"), []string{"radius-secret-2", "radius-secret-3"}; !slices.Equal(got, want) {
			t.Errorf("the database has %v", got)
		}
		checkAudit(t, db, "secret.changed radius-secret-2", "secret.forgotten radius-secret")
	})
}
