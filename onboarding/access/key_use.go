package access

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"onramp/onboarding"
)

// keyUsePeriod is the time between two writes of the keys used meanwhile.
const keyUsePeriod = time.Minute

// keyUses remembers when client keys were used, so that a login or a request costs no write of its
// own. Uses of the last period are lost with the process.
type keyUses struct {
	mu   sync.Mutex
	last map[string]time.Time // by the key's ID
}

func (u *keyUses) note(id string, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]time.Time{}
	}
	if at.After(u.last[id]) {
		u.last[id] = at
	}
}

// take returns the noted uses and forgets them.
func (u *keyUses) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.last
	u.last = nil
	return taken
}

// RunKeyUses stores once a minute when client keys were used, and once more when ctx ends. Each
// five seconds it stores the uses of secrets.
func (s *Control) RunKeyUses(ctx context.Context) {
	var secrets sync.WaitGroup
	secrets.Go(func() {
		onboarding.Repeat(ctx, secretUsePeriod, func() { _ = s.StoreSecretUses(ctx) })
	})
	onboarding.Repeat(ctx, keyUsePeriod, func() { _ = s.StoreKeyUses(ctx) }) // the next period repeats it
	secrets.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = s.StoreKeyUses(last) // the database may be gone; nothing else depends on it
	_ = s.StoreSecretUses(last)
}

// StoreKeyUses stores the uses since the last call, in one transaction. If it fails, the next call
// stores them.
func (s *Control) StoreKeyUses(ctx context.Context) error {
	used := s.uses.take()
	if len(used) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(used)) // in one order on every replica
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		for _, id := range ids {
			if err := tx.TouchServiceKey(ctx, id, used[id]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for id, at := range used {
			s.uses.note(id, at)
		}
	}
	return err
}
