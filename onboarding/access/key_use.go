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

// use is a use of a client key or of a version of a secret.
type use struct {
	at time.Time
	by string // the sender; empty for a client key
}

// lastUses remembers the last uses of client keys or of secrets, so that a login or a request costs
// no write of its own. Uses of the last period are lost with the process.
type lastUses struct {
	mu   sync.Mutex
	last map[string]use // by the key's ID, or the name of the secret's version
}

func (u *lastUses) note(name string, is use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]use{}
	}
	if is.at.After(u.last[name].at) {
		u.last[name] = is
	}
}

// take returns the noted uses and forgets them.
func (u *lastUses) take() map[string]use {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.last
	u.last = nil
	return taken
}

// store stores the uses since the last call, in one transaction. If it fails, the next call stores
// them.
func (u *lastUses) store(
	ctx context.Context, store onboarding.Writer, touch func(tx onboarding.Tx, name string, is use) error,
) error {
	used := u.take()
	if len(used) == 0 {
		return nil
	}
	err := store.Write(ctx, func(tx onboarding.Tx) error {
		for _, name := range slices.Sorted(maps.Keys(used)) { // in one order on every replica
			if err := touch(tx, name, used[name]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for name, is := range used {
			u.note(name, is)
		}
	}
	return err
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

// StoreKeyUses stores the uses of client keys since the last call.
func (s *Control) StoreKeyUses(ctx context.Context) error {
	return s.uses.store(ctx, s.store, func(tx onboarding.Tx, id string, is use) error {
		return tx.TouchServiceKey(ctx, id, is.at)
	})
}
