package rekey

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"onramp/onboarding"
)

// Report is the result of a change.
type Report struct {
	KeyID    string // the key that seals
	Resumed  bool   // an earlier change was continued
	Resealed int
	Earlier  []string // the other keys of the file
}

// Prepare adds a new key to the file, where it only opens, and returns its ID. If the file has a
// key that has never sealed, it is that.
func (m *Master) Prepare(ctx context.Context) (keyID string, err error) {
	// In a transaction that reads the setting, so that one process at a time changes the file.
	err = m.store.Write(ctx, func(tx onboarding.Tx) error {
		keyID, err = m.prepare(ctx, tx)
		return err
	})
	if err != nil {
		return "", err
	}
	return keyID, m.sealer.Reload()
}

func (m *Master) prepare(ctx context.Context, tx onboarding.Tx) (keyID string, err error) {
	if _, err := tx.Setting(ctx, onboarding.SettingMasterKey); err != nil {
		return "", err
	}
	byID, err := known(ctx, tx)
	if err != nil {
		return "", err
	}
	keys, err := m.keys.Read()
	if err != nil {
		return "", err
	}
	for _, id := range ids(keys) {
		if _, sealed := byID[id]; !sealed {
			return id, nil
		}
	}
	fresh := make([]byte, onboarding.MasterKeySize)
	_, _ = rand.Read(fresh)
	if err := m.keys.Write(append(keys, fresh)); err != nil {
		return "", fmt.Errorf("%w; if another program manages the file, add a line of 64 random hex digits there "+
			"(openssl rand -hex 32), then repeat", err)
	}
	return onboarding.MasterKeyID(fresh), nil
}

// Change makes a new key the sealing one and seals every value again under it. If an earlier change
// was interrupted, it continues that instead.
//
// It returns an error, and nothing is sealed under the new key, if a running replica does not hold
// it.
func (m *Master) Change(ctx context.Context) (*Report, error) {
	current, err := m.store.Setting(ctx, onboarding.SettingMasterKey)
	if err != nil {
		return nil, err
	}
	report := &Report{KeyID: current}
	place, err := anyUnder(ctx, m.store, func(keyID string) bool { return keyID != current })
	if err != nil {
		return nil, err
	}
	if place == "" {
		if report.KeyID, err = m.switchKey(ctx, current); err != nil {
			return nil, err
		}
	} else {
		report.Resumed = true
		m.notify("continuing the change to master key " + current)
	}
	if err := m.promote(ctx, report.KeyID); err != nil {
		return nil, err
	}
	if err := m.waitFor(ctx, "seal under master key "+report.KeyID,
		func(r onboarding.Replica) bool { return r.Seals == report.KeyID },
		func(r onboarding.Replica) error {
			return fmt.Errorf("replica %s still seals under master key %s: see its log, then repeat", r.Name, r.Seals)
		}); err != nil {
		return nil, err
	}
	report.Resealed, err = m.reseal(ctx, report.KeyID)
	report.Earlier = slices.DeleteFunc(m.sealer.KeyIDs(), func(id string) bool { return id == report.KeyID })
	return report, err
}

// switchKey prepares a key, waits until every replica holds it, and makes it the sealing one.
func (m *Master) switchKey(ctx context.Context, before string) (string, error) {
	target, err := m.Prepare(ctx)
	if err != nil {
		return "", err
	}
	err = m.waitFor(ctx, "hold master key "+target,
		func(r onboarding.Replica) bool { return slices.Contains(r.Holds, target) },
		func(r onboarding.Replica) error {
			return fmt.Errorf("replica %s does not hold master key %s (it holds %s), and nothing was sealed under it: "+
				"copy the line of that key from %s to the master key file of that machine, then repeat",
				r.Name, target, list(r.Holds), m.keys.Path())
		})
	if err != nil {
		return "", err
	}
	err = m.store.Write(ctx, func(tx onboarding.Tx) error {
		current, err := tx.Setting(ctx, onboarding.SettingMasterKey)
		if err != nil || current == target { // another process was first
			return err
		}
		if current != before {
			return errSuperseded
		}
		keys, err := m.keys.Read() // the file may have been replaced meanwhile
		if err != nil {
			return err
		}
		if !slices.Contains(ids(keys), target) {
			return fmt.Errorf("master key %s was removed from %s, and nothing was sealed under it",
				target, m.keys.Path())
		}
		if err := begin(ctx, tx, target, m.clock.Now()); err != nil {
			return err
		}
		return m.audit.Record(ctx, tx, changed(target))
	})
	return target, err
}

var errSuperseded = errors.New("another process changes the master key: repeat once it has ended")

// promote moves the key to the first line of the file, and makes this process seal under it.
func (m *Master) promote(ctx context.Context, keyID string) error {
	if err := m.sealer.SealUnder(keyID); err != nil {
		return err
	}
	err := m.store.Write(ctx, func(tx onboarding.Tx) error {
		if _, err := tx.Setting(ctx, onboarding.SettingMasterKey); err != nil { // one process at a time
			return err
		}
		keys, err := m.keys.Read()
		if err != nil {
			return err
		}
		i := slices.Index(ids(keys), keyID)
		if i <= 0 {
			return nil
		}
		first := keys[i]
		return m.keys.Write(append([][]byte{first}, slices.Delete(keys, i, i+1)...))
	})
	if err != nil {
		m.notify("the order of the lines in " + m.keys.Path() + " stays: " + err.Error())
	}
	return m.sealer.Reload()
}

// reseal seals every value again that is sealed under another key, until a pass finds none, and
// returns their number.
func (m *Master) reseal(ctx context.Context, keyID string) (resealed int, err error) {
	const passes = 20
	for range passes {
		p := pass{Master: m, keyID: keyID, lost: map[lostValues]int{}}
		err := p.run(ctx)
		resealed += p.resealed
		if err != nil {
			return resealed, err
		}
		if p.found == 0 {
			return resealed, m.clear(ctx, keyID, p.lost)
		}
	}
	return resealed, fmt.Errorf("after %d passes values are still sealed under an earlier master key: "+
		"stop the process that writes them, then repeat", passes)
}

// lostValues are the values of a place under a key with which they cannot be opened.
type lostValues struct{ place, keyID string }

// pass is one pass over all values.
type pass struct {
	*Master

	keyID           string
	found, resealed int
	lost            map[lostValues]int
}

func (p *pass) run(ctx context.Context) error {
	for _, place := range p.store.SealedPlaces() {
		before := p.resealed
		if err := onboarding.EachSealedPage(ctx, p.store, place, page, func(values []onboarding.SealedValue) error {
			return p.page(ctx, values)
		}); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		if n := p.resealed - before; n > 0 {
			p.notify(fmt.Sprintf("%s: %d sealed again", place, n))
		}
	}
	return nil
}

// page seals the values of a page again, in one transaction.
func (p *pass) page(ctx context.Context, values []onboarding.SealedValue) error {
	var old []onboarding.SealedValue
	var fresh []onboarding.Sealed
	for _, v := range values {
		if v.KeyID == p.keyID {
			continue
		}
		plain, err := p.sealer.Open(v.Sealed, v.Purpose)
		if err != nil {
			p.lost[lostValues{v.Place, v.KeyID}]++
			continue
		}
		old, fresh = append(old, v), append(fresh, p.sealer.Seal(plain, v.Purpose))
	}
	if len(old) == 0 {
		return nil
	}
	p.found += len(old)
	replaced := 0
	err := p.write(ctx, func(tx onboarding.Tx) error {
		current, err := tx.Setting(ctx, onboarding.SettingMasterKey)
		if err != nil {
			return err
		}
		if current != p.keyID {
			return errSuperseded
		}
		replaced, err = tx.ReplaceSealed(ctx, old, fresh)
		return err
	})
	p.resealed += replaced
	return err
}

// write repeats a transaction while the database is busy, for at most a minute.
func (m *Master) write(ctx context.Context, fn func(tx onboarding.Tx) error) error {
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := m.store.Write(ctx, fn)
		if onboarding.KindOf(err) != onboarding.Unavailable || pause > 30*time.Second {
			return err
		}
		if err := onboarding.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// clear records the keys under which nothing is sealed any more. It returns an error that names the
// values that could not be opened.
func (m *Master) clear(ctx context.Context, keyID string, lost map[lostValues]int) error {
	var failed []error
	stays := map[string]bool{keyID: true}
	for values, n := range lost {
		stays[values.keyID] = true
		remedy := "they were altered, or copied from another row"
		if !m.sealer.Holds(values.keyID) {
			remedy = "add the line of that key to " + m.keys.Path() + ", then repeat"
		}
		failed = append(failed, fmt.Errorf("%s: %d sealed under master key %s cannot be opened: %s",
			values.place, n, values.keyID, remedy))
	}
	err := m.write(ctx, func(tx onboarding.Tx) error {
		keys, err := tx.MasterKeys(ctx)
		if err != nil {
			return err
		}
		now := m.clock.Now()
		for _, k := range keys {
			if stays[k.ID] || k.Cleared != nil {
				continue
			}
			k.Cleared = &now
			if err := tx.PutMasterKey(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(append(failed, err)...)
}
