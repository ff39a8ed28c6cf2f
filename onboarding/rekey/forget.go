package rekey

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"onramp/onboarding"
)

// Forget removes an earlier key from the file, and makes the database refuse values under it. It is
// refused while a value is sealed under the key or a running replica seals under it. It returns the
// names of the running replicas whose file still has the key.
func (m *Master) Forget(ctx context.Context, keyID string) (holders []string, err error) {
	current, err := m.store.Setting(ctx, onboarding.SettingMasterKey)
	if err != nil {
		return nil, err
	}
	keys, err := m.keys.Read()
	if err != nil {
		return nil, err
	}
	byID, err := known(ctx, m.store)
	if err != nil {
		return nil, err
	}
	key, sealed := byID[keyID]
	switch held := slices.Contains(ids(keys), keyID); {
	case keyID == current:
		return nil, fmt.Errorf("master key %s is the one that seals: run onramp rekey master first", keyID)
	case !sealed && !held:
		return nil, fmt.Errorf("master key %q is unknown: %s holds %s", keyID, m.keys.Path(), list(ids(keys)))
	case sealed && key.Retired == nil:
		if err := m.retire(ctx, key); err != nil {
			return nil, err
		}
	}
	if err := m.remove(ctx, keyID); err != nil {
		return nil, err
	}
	replicas, err := m.store.Replicas(ctx)
	for _, r := range replicas {
		if slices.Contains(r.Holds, keyID) && r.Seen.After(m.clock.Now().Add(-m.waits.Gone)) {
			holders = append(holders, r.Name)
		}
	}
	return holders, err
}

// retire makes the database refuse values under the key, provided that there are none.
func (m *Master) retire(ctx context.Context, key onboarding.MasterKey) error {
	if err := m.unused(ctx, key.ID); err != nil {
		return err
	}
	if err := m.waitFor(ctx, "seal under the new master key",
		func(r onboarding.Replica) bool { return r.Seals != key.ID },
		func(r onboarding.Replica) error {
			return fmt.Errorf("replica %s still seals under master key %s: see its log, then repeat", r.Name, key.ID)
		}); err != nil {
		return err
	}
	retired := key
	now := m.clock.Now()
	retired.Retired = &now
	if retired.Cleared == nil {
		retired.Cleared = &now
	}
	if err := m.put(ctx, retired); err != nil {
		return err
	}
	// A process that has not followed the change may have sealed a value since the count.
	if err := m.unused(ctx, key.ID); err != nil {
		if undo := m.put(ctx, key); undo != nil {
			return errors.Join(err, undo)
		}
		return err
	}
	return m.write(ctx, func(tx onboarding.Tx) error {
		return m.audit.Record(ctx, tx, onboarding.Act{
			Action: onboarding.AuditSecretForgotten, Target: onboarding.TargetSecret, TargetID: "master " + key.ID,
		})
	})
}

func (m *Master) put(ctx context.Context, key onboarding.MasterKey) error {
	return m.write(ctx, func(tx onboarding.Tx) error { return tx.PutMasterKey(ctx, key) })
}

// unused returns an error if a value is sealed under the key.
func (m *Master) unused(ctx context.Context, keyID string) error {
	place, err := anyUnder(ctx, m.store, func(id string) bool { return id == keyID })
	if err != nil || place == "" {
		return err
	}
	return fmt.Errorf("%s are still sealed under master key %s: run onramp rekey master first", place, keyID)
}

// remove removes the key's line from the file.
func (m *Master) remove(ctx context.Context, keyID string) error {
	err := m.store.Write(ctx, func(tx onboarding.Tx) error {
		if _, err := tx.Setting(ctx, onboarding.SettingMasterKey); err != nil { // one process at a time
			return err
		}
		keys, err := m.keys.Read()
		if err != nil {
			return err
		}
		if !slices.Contains(ids(keys), keyID) {
			return nil
		}
		return m.keys.Write(slices.DeleteFunc(keys, func(k []byte) bool { return onboarding.MasterKeyID(k) == keyID }))
	})
	if err != nil {
		return fmt.Errorf("the database refuses master key %s from now on, but its line is still in %s; remove it: %w",
			keyID, m.keys.Path(), err)
	}
	return m.sealer.Reload()
}
