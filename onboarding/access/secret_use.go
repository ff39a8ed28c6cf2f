package access

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"onramp/onboarding"
)

// secretUsePeriod is the time between two writes of the secrets used meanwhile.
const secretUsePeriod = 5 * time.Second

// secretUse is a use of a version of a secret.
type secretUse struct {
	at time.Time
	by string
}

// secretUses remembers the last use of each version of the secrets that other programs send, while
// two versions are accepted.
type secretUses struct {
	mu   sync.Mutex
	last map[string]secretUse // by the version's name
}

func (u *secretUses) note(name string, use secretUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]secretUse{}
	}
	if use.at.After(u.last[name].at) {
		u.last[name] = use
	}
}

// take returns the noted uses and forgets them.
func (u *secretUses) take() map[string]secretUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.last
	u.last = nil
	return taken
}

// StoreSecretUses stores the uses since the last call. If it fails, the next call stores them.
func (s *Control) StoreSecretUses(ctx context.Context) error {
	used := s.secretUses.take()
	if len(used) == 0 {
		return nil
	}
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		for _, name := range slices.Sorted(maps.Keys(used)) { // in one order on every replica
			if err := tx.TouchSecret(ctx, name, used[name].at, used[name].by); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for name, use := range used {
			s.secretUses.note(name, use)
		}
	}
	return err
}

// NoteRADIUSSecret notes that an access point used a version of the RADIUS secret at an instant. It
// does so during a change alone, and ignores other names.
func (s *Control) NoteRADIUSSecret(ctx context.Context, name, by string, at time.Time) {
	if name == "" {
		return
	}
	known := s.rotation.known(ctx).radius
	if len(known) < 2 || !slices.Contains(known, name) {
		return
	}
	s.secretUses.note(name, secretUse{at: at, by: onboarding.CutText(by, onboarding.MaxName)})
}
