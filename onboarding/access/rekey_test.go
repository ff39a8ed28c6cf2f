package access_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// replicas are deployments on one database, each with a clock of its own.
type replicas struct {
	*testing.T
	store       onboarding.Store
	all         []*access.Control
	ahead       []atomic.Int64 // of each clock, in nanoseconds
	key, secret string
	now         atomic.Int64 // microseconds; moved by the test
}

// newReplicas opens n replicas. Time stands still unless the test moves it.
func newReplicas(t *testing.T, db onboarding.Store, n int, periods access.RekeyPeriods) *replicas {
	t.Helper()
	r := &replicas{T: t, store: db, ahead: make([]atomic.Int64, n)}
	r.now.Store(testkit.Monday.UnixMicro())
	for i := range n {
		d := testkit.Deploy(t, deployment.Config{Store: db, Rekey: periods, Now: func() time.Time {
			return time.UnixMicro(r.now.Load()).Add(time.Duration(r.ahead[i].Load()))
		}})
		r.all = append(r.all, d.Access)
		if i > 0 {
			continue
		}
		o := testkit.Organization(1)
		if _, err := d.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
			t.Fatal(err)
		}
		var err error
		r.key, r.secret, err = d.Access.CreateKey(t.Context(), o.ID, auth.OrganizationManager, auth.Scopes{})
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *replicas) advance(d time.Duration) { r.now.Add(d.Microseconds()) }

func (r *replicas) login(i int) string {
	r.Helper()
	token, err := r.all[i].Login(r.Context(), &onboarding.Caller{}, r.key, r.secret)
	if err != nil {
		r.Fatal(err)
	}
	return token
}

func (r *replicas) cursor(i int) string {
	r.Helper()
	cursor, err := r.all[i].SealCursor(r.Context(), "list", "state")
	if err != nil {
		r.Fatal(err)
	}
	return cursor
}

// check checks that each replica accepts the token and the cursor, or that each refuses them.
func (r *replicas) check(what, token, cursor string, accepted bool) {
	r.Helper()
	for i, s := range r.all {
		if _, err := s.Authenticate(r.Context(), token); (err == nil) != accepted ||
			err != nil && onboarding.KindOf(err) != onboarding.Forbidden {
			r.Errorf("%s: the token on replica %d: %v", what, i, err)
		}
		var state string
		if cursor == "" {
			continue
		}
		if err := s.OpenCursor(r.Context(), "list", cursor, &state); (err == nil) != accepted ||
			err != nil && !errors.Is(err, access.ErrCursor) {
			r.Errorf("%s: the cursor on replica %d: %v", what, i, err)
		}
	}
}

func (r *replicas) rekey(i int, kind access.RotatingSecret) []access.SecretVersion {
	r.Helper()
	made, err := r.all[i].Rekey(r.Context(), kind)
	if err != nil || !made {
		r.Fatal(made, err)
	}
	versions, err := r.all[i].SecretVersions(r.Context(), kind)
	if err != nil {
		r.Fatal(err)
	}
	return versions
}

// names returns the names of the secrets in the database that begin with the text.
func (r *replicas) names(prefix string) (names []string) {
	r.Helper()
	all, err := r.store.Secrets(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	for _, s := range all {
		if strings.HasPrefix(s.Name, prefix) {
			names = append(names, s.Name)
		}
	}
	return names
}

// TestRekey follows tokens and cursors through a change of both keys: announced, in use, the old
// one accepted for a day, lapsed, and deleted by a change a month later.
func TestRekey(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		r := newReplicas(t, db, 2, access.RekeyPeriods{Refresh: time.Nanosecond})
		oldToken, oldCursor := r.login(0), r.cursor(0)
		versions := r.rekey(0, access.SecretJWT)
		if len(versions) != 2 || versions[0].State != access.SecretInUse ||
			versions[1].State != access.SecretAnnounced || versions[1].Name != "jwt-key-2" ||
			!versions[1].Begins.Equal(testkit.Monday.Add(10*time.Second)) {
			t.Fatalf("after the change: %+v", versions)
		}
		r.rekey(1, access.SecretScroll)
		if made, err := r.all[1].Rekey(t.Context(), access.SecretJWT); err != nil || made {
			t.Errorf("the change repeated at once: %v, %v", made, err)
		}
		if got := r.login(1); keyID(t, got) != "jwt-key-1" || strings.Contains(r.cursor(1), ".") {
			t.Errorf("an announced key is used")
		}
		if err := r.all[0].ForgetSecret(t.Context(), access.SecretJWT, "jwt-key-1", false); onboarding.KindOf(err) !=
			onboarding.Conflict {
			t.Errorf("the key in use is forgotten: %v", err)
		}
		r.advance(10 * time.Second)
		freshToken, freshCursor := r.login(0), r.cursor(0)
		if keyID(t, freshToken) != "jwt-key-2" || !strings.HasPrefix(freshCursor, "2.") {
			t.Errorf("after the notice, the old key is in use: %s, %s", keyID(t, freshToken), freshCursor)
		}
		r.check("old", oldToken, oldCursor, true)
		r.check("fresh", freshToken, freshCursor, true)
		if err := r.all[0].ForgetSecret(t.Context(), access.SecretJWT, "jwt-key-1", false); onboarding.KindOf(err) !=
			onboarding.Conflict || !strings.Contains(err.Error(), "2026-11-23T09:00:20Z") {
			t.Errorf("a key that a replica may still use is forgotten: %v", err)
		}

		// The old token is accepted until it expires.
		r.advance(auth.Lifetime - 11*time.Second)
		r.check("old after a day", oldToken, "", true)
		r.advance(time.Hour + 20*time.Second)
		state, err := r.all[0].SecretVersions(t.Context(), access.SecretJWT)
		if err != nil || state[0].State != access.SecretLapsed || state[1].State != access.SecretInUse {
			t.Errorf("after a day: %+v, %v", state, err)
		}
		if created, err := r.all[0].SecretsCreated(t.Context()); err != nil || len(created) != 2 ||
			!created[access.SecretJWT].Equal(testkit.Monday) {
			t.Errorf("creation of the keys in use: %v, %v", created, err)
		}
		r.check("old after a day and an hour", oldToken, oldCursor, false)
		r.advance(31 * 24 * time.Hour)
		r.rekey(0, access.SecretJWT)
		if got, want := r.names("jwt-key"), []string{"jwt-key-2", "jwt-key-3"}; !slices.Equal(got, want) {
			t.Errorf("after a month, a change leaves the keys %v, want %v", got, want)
		}
		checkAudit(t, db, "secret.changed jwt-key-2", "secret.changed scroll-key-2", "secret.changed jwt-key-3",
			"secret.forgotten jwt-key-1")

		// A restarted replica makes no first version anew.
		testkit.Deploy(t, deployment.Config{Store: db})
		if slices.Contains(r.names(""), "jwt-key-1") {
			t.Error("a restart made the first key anew")
		}
	})
}

// TestForgetSecret forgets the old keys as soon as allowed.
func TestForgetSecret(t *testing.T) {
	r := newReplicas(t, testkit.OpenStore(t), 2, access.RekeyPeriods{Refresh: time.Nanosecond})
	oldToken, oldCursor := r.login(0), r.cursor(0)
	r.rekey(0, access.SecretJWT)
	r.rekey(0, access.SecretScroll)
	r.advance(20 * time.Second)
	freshToken, freshCursor := r.login(0), r.cursor(1)
	for kind, name := range map[access.RotatingSecret]string{
		access.SecretJWT: "jwt-key-1", access.SecretScroll: "scroll-key",
	} {
		for _, wrong := range []string{"", "jwt-key-9", "class-key", "audit-key", "jwt-key-02", "jwt-key-", "\x00"} {
			err := r.all[1].ForgetSecret(t.Context(), kind, wrong, false)
			if onboarding.KindOf(err) != onboarding.Invalid {
				t.Errorf("forget %s %q: %v", kind, wrong, err)
			}
		}
		if err := r.all[1].ForgetSecret(t.Context(), kind, name, false); err != nil {
			t.Fatal(err)
		}
	}
	r.check("forgotten", oldToken, oldCursor, false)
	r.check("in use", freshToken, freshCursor, true)
	checkAudit(t, r.store, "secret.forgotten jwt-key-1", "secret.forgotten scroll-key")
}

// TestRekeyUnfinished refuses a change while servers of the version before may still run.
func TestRekeyUnfinished(t *testing.T) {
	r := newReplicas(t, testkit.OpenStore(t), 1, access.RekeyPeriods{})
	form := func(text string) {
		err := r.store.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(t.Context(), onboarding.SettingDocuments, text)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	form("")
	if _, err := r.all[0].Rekey(t.Context(), access.SecretJWT); onboarding.KindOf(err) != onboarding.Conflict ||
		!strings.Contains(err.Error(), "onramp migrate --finish") || len(r.names("jwt")) != 1 {
		t.Errorf("before the end of the migration: %v", err)
	}
	form(onboarding.DocumentsSealing)
	r.rekey(0, access.SecretJWT)
}

// TestRekeyClocks changes the keys while the clocks of the replicas and of the command differ by an
// hour. Every replica accepts the tokens and cursors of any other until they expire.
func TestRekeyClocks(t *testing.T) {
	for _, command := range []int{0, 1, 2} {
		t.Run(fmt.Sprint("Command", command), func(t *testing.T) {
			r := newReplicas(t, testkit.OpenStore(t), 3, access.RekeyPeriods{Refresh: time.Nanosecond})
			// A token is valid from a minute before its issue: the clocks differ only for keys that
			// begin. Otherwise the differing clocks alone would make it invalid.
			check := func(when string) {
				for i := range r.all {
					token, cursor := r.login(i), r.cursor(i)
					aheads := make([]int64, len(r.all))
					for j := range r.all { // all replicas check at the clock of the issuer
						aheads[j] = r.ahead[j].Swap(r.ahead[i].Load())
					}
					r.check(fmt.Sprint(when, ", issued by ", i), token, cursor, true)
					for j := range r.all {
						r.ahead[j].Store(aheads[j])
					}
				}
			}
			r.ahead[1].Store(int64(time.Hour))
			r.ahead[2].Store(-int64(time.Hour))
			for round := range 3 {
				r.rekey(command, access.SecretJWT)
				r.rekey(command, access.SecretScroll)
				for _, d := range []time.Duration{0, 5 * time.Second, 6 * time.Second, time.Hour, time.Hour} {
					r.advance(d)
					check(fmt.Sprint("round ", round, " after ", d))
				}
			}
		})
	}
}

// TestRekeyUnderLoad changes both keys again and again while clients log in, use tokens and scroll
// on every replica. Time runs, so that no notice protects: a replica that did not read a version
// yet is asked for its tokens at once.
func TestRekeyUnderLoad(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		r := newReplicas(t, db, 3, access.RekeyPeriods{
			Notice: time.Microsecond, Kept: time.Hour, Refresh: 50 * time.Millisecond,
		})
		ctx, stop := context.WithCancel(t.Context())
		var calls atomic.Int64
		var clients sync.WaitGroup
		for c := range 4 {
			clients.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					a, b := (c+n)%3, (c+n+1)%3
					token, err := r.all[a].Login(t.Context(), &onboarding.Caller{}, r.key, r.secret)
					if err == nil {
						_, err = r.all[b].Authenticate(t.Context(), token)
					}
					var cursor, state string
					if err == nil {
						cursor, err = r.all[b].SealCursor(t.Context(), "list", "state")
					}
					if err == nil {
						err = r.all[a].OpenCursor(t.Context(), "list", cursor, &state)
					}
					if err != nil {
						t.Error(err)
						return
					}
					calls.Add(4)
				}
			})
		}
		changes := 0
		for end := time.Now().Add(time.Minute); calls.Load() < 200 || changes < 10; changes++ {
			if time.Now().After(end) || t.Failed() {
				break
			}
			r.advance(time.Millisecond)
			r.rekey(changes%3, access.RotatingSecrets()[changes%2])
			time.Sleep(10 * time.Millisecond)
		}
		stop()
		clients.Wait()
		t.Logf("%d calls during %d changes", calls.Load(), changes)
		if calls.Load() < 200 || changes < 10 {
			t.Error("too few calls or changes")
		}
	})
}

// TestRekeyAtOnce changes a key in several processes at once: one makes the next version.
func TestRekeyAtOnce(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		r := newReplicas(t, db, 4, access.RekeyPeriods{})
		var made atomic.Int64
		var commands sync.WaitGroup
		for i := range r.all {
			commands.Go(func() {
				fresh, err := r.all[i].Rekey(t.Context(), access.SecretJWT)
				if err != nil {
					t.Error(err)
				}
				if fresh {
					made.Add(1)
				}
			})
		}
		commands.Wait()
		if got := r.names("jwt-key"); made.Load() != 1 || len(got) != 2 {
			t.Errorf("%d commands made a version; the database has %v", made.Load(), got)
		}
	})
}

// keyID returns the ID of the key in the header of a token.
func keyID(t *testing.T, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	var header struct{ Kid string }
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &header); err != nil {
		t.Fatal(err)
	}
	return header.Kid
}

// checkAudit checks that the acts "action target" are in the audit that is not chained yet.
func checkAudit(t *testing.T, db onboarding.Store, want ...string) {
	t.Helper()
	rows, err := db.UnchainedAudit(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, fmt.Sprint(row.Action, " ", row.TargetID))
	}
	for _, act := range want {
		if !slices.Contains(got, act) {
			t.Errorf("the audit lacks %q: %v", act, got)
		}
	}
}
