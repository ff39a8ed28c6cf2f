// Package rekey changes the master key while servers run.
//
// A change has four steps. The new key is added to the master key file, where it only opens. Every
// replica reads its file again and publishes the IDs of the keys that it holds. Once all hold the
// new key, the setting onboarding.SettingMasterKey names it, and from then on every process seals
// under it. Then the values under earlier keys are sealed again, page by page. The file keeps the
// earlier keys, which only open, until Forget removes them.
//
// Each step may be interrupted: a repeat continues.
//
// # Decisions
//
// The database names the key that seals, not the first line of each file. Reason: the files of
// several machines change at different times, and no replica may seal under a key that another does
// not hold. The first line names the key that the operator wants: if it has never sealed, a process
// that starts makes it the sealing one as soon as every replica holds it.
//
// Status and re-sealing read the places page by page in the order of their primary keys. Reason: an
// index by key would cost each registration, and a key changes once a year.
//
// A replica is considered gone when its beat has not risen while the command watched, and not by
// the time of its last beat. Reason: the clocks of the machines may differ.
//
// Triggers of the database refuse values under a forgotten key. Reason: a paused process that has
// not yet followed the change would otherwise write them after the last count.
package rekey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
)

// KeyFile is the file with the master keys of this machine.
type KeyFile interface {
	Path() string
	Read() ([][]byte, error)
	// Write replaces the file. Only one process at a time calls Read and Write to change it.
	Write(keys [][]byte) error
}

// Config holds the dependencies of a Master. All but Notify are required.
type Config struct {
	Store  onboarding.Store
	Sealer *onboarding.Sealer
	Keys   KeyFile
	Audit  *onboarding.Auditor
	Clock  onboarding.Clock
	Notify func(message string) // tells the operator of progress; nil: not
	Waits  Waits                // zero: DefaultWaits
}

// Waits are the times for which a change waits for replicas.
type Waits struct {
	Poll time.Duration // between two looks
	Live time.Duration // for a running replica to read its file again
	Gone time.Duration // for the next beat of a replica; without it, the replica is gone
}

// DefaultWaits fit the intervals of Replica.
var DefaultWaits = Waits{Poll: 300 * time.Millisecond, Live: 15 * time.Second, Gone: 25 * time.Second}

// Master changes the master key.
type Master struct {
	store  onboarding.Store
	sealer *onboarding.Sealer
	keys   KeyFile
	audit  *onboarding.Auditor
	clock  onboarding.Clock
	notify func(string)
	waits  Waits
}

// New returns a Master.
func New(c Config) *Master {
	m := &Master{
		store: c.Store, sealer: c.Sealer, keys: c.Keys, audit: c.Audit, clock: c.Clock, notify: c.Notify,
		waits: c.Waits,
	}
	if m.notify == nil {
		m.notify = func(string) {}
	}
	if m.waits == (Waits{}) {
		m.waits = DefaultWaits
	}
	return m
}

// ids returns the IDs of the keys.
func ids(keys [][]byte) []string {
	all := make([]string, len(keys))
	for i, key := range keys {
		all[i] = onboarding.MasterKeyID(key)
	}
	return all
}

// known returns the master keys of the database by ID.
func known(ctx context.Context, r onboarding.Reader) (map[string]onboarding.MasterKey, error) {
	keys, err := r.MasterKeys(ctx)
	byID := map[string]onboarding.MasterKey{}
	for _, k := range keys {
		byID[k.ID] = k
	}
	return byID, err
}

// Bind makes the Sealer seal under the key that the database names. On a new database it stores the
// Sealer's key and calls first in the same transaction.
//
// It refuses keys that do not open the database: the sealing key, or one under which values are
// still sealed, is not held.
func Bind(
	ctx context.Context, store onboarding.Store, sealer *onboarding.Sealer, clock onboarding.Clock,
	first func(tx onboarding.Tx) error,
) error {
	id, err := store.Setting(ctx, onboarding.SettingMasterKey)
	if errors.Is(err, onboarding.ErrNotFound) {
		err = store.Write(ctx, func(tx onboarding.Tx) error {
			id, err = tx.Setting(ctx, onboarding.SettingMasterKey)
			if !errors.Is(err, onboarding.ErrNotFound) {
				return err
			}
			if err := first(tx); err != nil {
				return err
			}
			id = sealer.KeyID()
			return begin(ctx, tx, id, clock.Now())
		})
	}
	if err != nil {
		return err
	}
	if err := sealer.SealUnder(id); err != nil {
		return fmt.Errorf("the database is sealed under master key %s, but the given master key is %s: "+
			"add the line of that key to the master key file, or restore the file", id, list(sealer.KeyIDs()))
	}
	keys, err := store.MasterKeys(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Retired == nil && k.Cleared == nil && !sealer.Holds(k.ID) {
			return fmt.Errorf("values of the database are still sealed under master key %s (in use since %s), and the "+
				"master key file holds only %s: add the line of that key to the file, then run onramp rekey master",
				k.ID, k.Since.Format(time.RFC3339), list(sealer.KeyIDs()))
		}
	}
	return nil
}

func list(ids []string) string { return strings.Join(ids, ", ") }

// begin makes a key the sealing one.
func begin(ctx context.Context, tx onboarding.Tx, id string, now time.Time) error {
	if err := tx.PutMasterKey(ctx, onboarding.MasterKey{ID: id, Since: now}); err != nil {
		return err
	}
	return tx.PutSetting(ctx, onboarding.SettingMasterKey, id)
}

// Adopt makes the first key of the file the sealing one, provided that it has never sealed and
// every replica holds it.
func Adopt(
	ctx context.Context, store onboarding.Store, sealer *onboarding.Sealer, audit *onboarding.Auditor,
	clock onboarding.Clock,
) error {
	first := sealer.KeyIDs()[0]
	if first == sealer.KeyID() {
		return nil
	}
	adopted := false
	err := store.Write(ctx, func(tx onboarding.Tx) error {
		adopted = false
		before, err := tx.Setting(ctx, onboarding.SettingMasterKey)
		if err != nil {
			return err
		}
		byID, err := known(ctx, tx)
		if err != nil {
			return err
		}
		replicas, err := tx.Replicas(ctx)
		if err != nil {
			return err
		}
		if _, sealed := byID[first]; sealed || before != sealer.KeyID() ||
			slices.ContainsFunc(replicas, func(r onboarding.Replica) bool { return !slices.Contains(r.Holds, first) }) {
			return nil
		}
		adopted = true
		if err := begin(ctx, tx, first, clock.Now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, changed(first))
	})
	if err != nil || !adopted {
		return err
	}
	return sealer.SealUnder(first)
}

// changed returns the act of a change of the master key.
func changed(keyID string) onboarding.Act {
	return onboarding.Act{
		Action: onboarding.AuditSecretChanged, Target: onboarding.TargetSecret, TargetID: "master " + keyID,
	}
}
