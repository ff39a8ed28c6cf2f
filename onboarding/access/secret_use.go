package access

import (
	"context"
	"slices"
	"time"

	"onramp/onboarding"
)

// secretUsePeriod is the time between two writes of the secrets used meanwhile.
const secretUsePeriod = 5 * time.Second

// StoreSecretUses stores the uses of secrets since the last call. They are noted while two versions
// are accepted.
func (s *Control) StoreSecretUses(ctx context.Context) error {
	return s.secretUses.store(ctx, s.store, func(tx onboarding.Tx, name string, is use) error {
		return tx.TouchSecret(ctx, name, is.at, is.by)
	})
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
	s.secretUses.note(name, use{at: at, by: onboarding.CutText(by, onboarding.MaxName)})
}
