package rekey_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/rekey"
	"onramp/onboarding/testkit"
)

// rig is a deployment on a database, with a master key file of its own.
type rig struct {
	*testing.T

	store  onboarding.Store
	keys   *datafolder.MasterKeyFile
	sealer *onboarding.Sealer
	audit  *onboarding.Auditor
	waits  rekey.Waits
}

func newRig(t *testing.T, store onboarding.Store) *rig {
	folder, err := datafolder.Open(t.TempDir() + "/data")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{T: t, store: store, keys: folder.MasterKeyFile(""), waits: rekey.Waits{
		Poll: 10 * time.Millisecond, Live: 200 * time.Millisecond, Gone: 400 * time.Millisecond,
	}}
	if err := r.keys.Create(func() (bool, error) { return true, nil }); err != nil {
		t.Fatal(err)
	}
	r.open()
	return r
}

// open opens the deployment as a process does that starts now.
func (r *rig) open() {
	r.Helper()
	if err := r.tryOpen(); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) tryOpen() (err error) {
	if r.sealer, err = onboarding.OpenSealer(r.keys.Read); err != nil {
		return err
	}
	d, err := deployment.Open(r.Context(), deployment.Config{Store: r.store, Sealer: r.sealer})
	if err == nil {
		r.audit = d.Audit
	}
	return err
}

func (r *rig) master(notify func(string)) *rekey.Master {
	return rekey.New(rekey.Config{
		Store: r.store, Sealer: r.sealer, Keys: r.keys, Audit: r.audit, Notify: notify, Waits: r.waits,
	})
}

func (r *rig) write(fn func(tx onboarding.Tx) error) {
	r.Helper()
	if err := r.store.Write(r.Context(), fn); err != nil {
		r.Fatal(err)
	}
}

// fill writes n passwords, and values to each other place.
func (r *rig) fill(n int) {
	r.Helper()
	testkit.FillSealed(r, r.store, r.sealer, n)
}

// check opens every value, and fails unless all are under the key.
func (r *rig) check(keyID string, atLeast int) {
	r.Helper()
	n := 0
	for _, place := range r.store.SealedPlaces() {
		for _, v := range testkit.Must(r.store.SealedValues(r.Context(), place, nil, 10_000))(r) {
			n++
			plain, err := r.sealer.Open(v.Sealed, v.Purpose)
			foreign := place != "secrets of the deployment" && string(plain) != "plain"
			if v.KeyID != keyID || err != nil || len(plain) == 0 || foreign {
				r.Errorf("%s %v is under %s: %q, %v", place, v.Row, v.KeyID, plain, err)
			}
		}
	}
	if n < atLeast {
		r.Errorf("only %d values", n)
	}
}

// fails checks that an error names all the words.
func (r *rig) fails(what string, err error, words ...string) {
	r.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			r.Errorf("%s: %v, want %q", what, err, word)
		}
	}
}

func TestChangeAndForget(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, store onboarding.Store) {
		r := newRig(t, store)
		r.fill(450)
		old := r.sealer.KeyID()
		_, err := r.master(nil).Forget(t.Context(), old)
		r.fails("the sealing key", err, old, "rekey master")
		_, err = r.master(nil).Forget(t.Context(), "0123456789abcdef")
		r.fails("an unknown key", err, "0123456789abcdef", "unknown")

		report, err := r.master(nil).Change(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if report.KeyID == old || report.Resumed || report.Resealed < 903 ||
			!slices.Equal(report.Earlier, []string{old}) {
			t.Errorf("%+v", report)
		}
		r.check(report.KeyID, 903)
		if keys := r.sealer.KeyIDs(); !slices.Equal(keys, []string{report.KeyID, old}) {
			t.Errorf("the file holds %s", keys)
		}

		stale, err := onboarding.NewSealer(testkit.Must(r.keys.Read())(t)[1])
		if err != nil {
			t.Fatal(err)
		}
		insert := func(name string) error {
			return store.Write(t.Context(), func(tx onboarding.Tx) error {
				return tx.InsertSecret(t.Context(), onboarding.StoredSecret{
					Name: name, Value: stale.Seal([]byte("plain"), onboarding.SecretPurpose(name)),
				})
			})
		}
		if err := insert("late"); err != nil {
			t.Fatal(err)
		}
		_, err = r.master(nil).Forget(t.Context(), old)
		r.fails("a key that is used", err, old, "secrets of the deployment")
		if again, err := r.master(nil).Change(t.Context()); err != nil || !again.Resumed || again.Resealed != 1 {
			t.Errorf("a change with one value left: %+v, %v", again, err)
		}
		if _, err := r.master(nil).Forget(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		if err := insert("later"); !errors.Is(err, onboarding.ErrKeyRetired) {
			t.Errorf("a value under the forgotten key: %v", err)
		}
		if keys := testkit.Must(r.keys.Read())(t); len(keys) != 1 {
			t.Errorf("the file holds %d keys", len(keys))
		}
		if _, err := r.master(nil).Forget(t.Context(), old); err != nil {
			t.Errorf("Forget again: %v", err)
		}
		r.open()
		r.check(report.KeyID, 904)
		var acts []string
		for _, row := range testkit.Must(store.UnchainedAudit(t.Context(), 100))(t) {
			if row.Target == onboarding.TargetSecret {
				acts = append(acts, string(row.Action)+" "+row.TargetID)
			}
		}
		want := []string{"secret.changed master " + report.KeyID, "secret.forgotten master " + old}
		if !slices.Equal(acts, want) {
			t.Errorf("audit: %q", acts)
		}
	})
}

// TestChangeIsInterrupted ends a change after each of its messages, and continues it.
func TestChangeIsInterrupted(t *testing.T) {
	r := newRig(t, testkit.OpenStore(t))
	r.fill(250)
	old := r.sealer.KeyID()
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := r.master(func(string) { cancel() }).Change(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("interrupted: %v", err)
		}
		cancel()
		r.open()
	}
	report, err := r.master(nil).Change(t.Context())
	if err != nil || report.KeyID == old || !report.Resumed {
		t.Errorf("%+v, %v", report, err)
	}
	r.check(report.KeyID, 503)
	if keys := testkit.Must(r.keys.Read())(t); len(keys) != 2 {
		t.Errorf("the file holds %d keys", len(keys))
	}
}

// TestChangesAtOnce runs several changes of one file and database, while passwords are replaced.
func TestChangesAtOnce(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, store onboarding.Store) {
		r := newRig(t, store)
		r.fill(100)
		var over atomic.Bool
		var all, writer sync.WaitGroup
		writer.Go(func() {
			values, err := store.SealedValues(t.Context(), "Wi-Fi passwords", nil, 250)
			if err != nil {
				t.Error(err)
			}
			for i := 0; !over.Load(); i++ {
				id := values[i%len(values)].Row[0]
				seals, err := store.Setting(t.Context(), onboarding.SettingMasterKey)
				if err == nil {
					err = r.sealer.SealUnder(seals) // as a server does
				}
				if err != nil {
					t.Error(err)
				}
				if err := store.Write(t.Context(), func(tx onboarding.Tx) error {
					c, err := tx.Credential(t.Context(), id)
					if err != nil {
						return err
					}
					c.Password = r.sealer.Seal([]byte("plain"), onboarding.PasswordPurpose(id))
					return tx.UpdateCredential(t.Context(), c)
				}); err != nil {
					t.Error(err)
				}
			}
		})
		for range 3 {
			all.Go(func() {
				sealer, err := onboarding.OpenSealer(r.keys.Read)
				if err != nil {
					t.Error(err)
					return
				}
				m := rekey.New(rekey.Config{Store: store, Sealer: sealer, Keys: r.keys, Audit: r.audit, Waits: r.waits})
				if _, err := m.Change(t.Context()); err != nil && !strings.Contains(err.Error(), "another process") {
					t.Error(err)
				}
			})
		}
		all.Wait()
		over.Store(true)
		writer.Wait()
		r.open()
		if _, err := r.master(nil).Change(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.check(r.sealer.KeyID(), 203)
	})
}

// TestReplicaLacksTheKey checks that nothing is sealed under a key that a running replica does not
// hold, and that a stopped replica does not matter.
func TestReplicaLacksTheKey(t *testing.T) {
	r := newRig(t, testkit.OpenStore(t))
	r.fill(1)
	old := r.sealer.KeyID()
	other := onboarding.Replica{ID: "1", Name: "web-2", Seals: old, Holds: []string{old}}
	beat := func() {
		other.Beat++
		r.write(func(tx onboarding.Tx) error { return tx.PutReplica(t.Context(), other) })
	}
	beat()
	over, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-over:
				return
			case <-time.After(50 * time.Millisecond):
				beat()
			}
		}
	}()
	_, err := r.master(nil).Change(t.Context())
	prepared := r.sealer.KeyIDs()[1]
	r.fails("a replica without the key", err, "web-2", prepared, old, r.keys.Path())
	r.check(old, 4)
	close(over)
	<-stopped
	r.open()
	if r.sealer.KeyID() != old {
		t.Error("the prepared key seals")
	}
	report, err := r.master(nil).Change(t.Context())
	if err != nil || report.KeyID != prepared {
		t.Errorf("with a stopped replica: %+v, %v", report, err)
	}
	if left := testkit.Must(r.store.Replicas(t.Context()))(t); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestKeysOfTheFile checks the start of a process with different files.
func TestKeysOfTheFile(t *testing.T) {
	r := newRig(t, testkit.OpenStore(t))
	r.fill(1)
	old := testkit.Must(r.keys.Read())(t)[0]
	own := slices.Repeat([]byte{7}, 32)
	file := func(keys ...[]byte) error {
		if err := r.keys.Write(keys); err != nil {
			t.Fatal(err)
		}
		return r.tryOpen()
	}
	r.fails("a foreign key", file(own), onboarding.MasterKeyID(old), onboarding.MasterKeyID(own), "add the line")
	if err := file(own, old); err != nil || r.sealer.KeyID() != onboarding.MasterKeyID(own) {
		t.Errorf("a key that an operator put first: %s, %v", r.sealer.KeyID(), err)
	}
	r.fails("the earlier key was lost", file(own), onboarding.MasterKeyID(old), "still sealed")
	if err := file(old, own); err != nil || r.sealer.KeyID() != onboarding.MasterKeyID(own) {
		t.Errorf("the other order: %s, %v", r.sealer.KeyID(), err)
	}
	if report, err := r.master(nil).Change(t.Context()); err != nil || !report.Resumed {
		t.Errorf("%+v, %v", report, err)
	}
	if err := file(own); err != nil {
		t.Errorf("without the key under which nothing is sealed: %v", err)
	}
	r.check(onboarding.MasterKeyID(own), 4)
}
