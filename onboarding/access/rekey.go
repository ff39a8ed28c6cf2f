package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"onramp/onboarding"
)

// lapsedKept is the time after which Rekey deletes a lapsed version. It is long, so that a wrong
// clock deletes no version that other replicas still accept.
const lapsedKept = 30 * 24 * time.Hour

// errUnfinished refuses versions that a server of the version before of Onramp does not know.
var errUnfinished = onboarding.ConflictField("", "servers of the version before may still run and know only the first "+
	"key; when none does, run onramp migrate --finish and repeat")

// Rekey stores a new version of a secret, which all replicas use after the notice. If a new version
// is announced already, Rekey makes no other and returns false: it can be repeated after a crash.
// Rekey is refused until the migration to this version of Onramp is finished.
func (s *Control) Rekey(ctx context.Context, kind RotatingSecret) (made bool, err error) {
	fresh := make([]byte, KeySize)
	_, _ = rand.Read(fresh) // never fails (crypto/rand)
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		made = false
		if form, err := tx.DocumentsForm(ctx); err != nil {
			return err
		} else if form == "" {
			return errUnfinished
		}
		stored, err := tx.Secrets(ctx)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		versions := s.rotation.versionsAt(kind, stored, now)
		newest := versions[len(versions)-1]
		if newest.State == SecretAnnounced {
			return nil
		}
		next := onboarding.StoredSecret{
			Name: kind.name(newest.number + 1), Created: now, Begins: now.Add(s.rotation.periods.Notice),
		}
		next.Value = s.sealer.Seal(fresh, onboarding.SecretPurpose(next.Name))
		if err := tx.InsertSecret(ctx, next); err != nil {
			return err
		}
		for _, v := range versions {
			if v.State == SecretLapsed && now.Sub(v.Ends) > lapsedKept {
				if err := s.deleteSecret(ctx, tx, v.Name); err != nil {
					return err
				}
			}
		}
		made = true
		return s.Record(ctx, tx, onboarding.Act{
			Action: onboarding.AuditSecretChanged, Target: onboarding.TargetSecret, TargetID: next.Name,
		})
	})
	if err != nil {
		return false, fmt.Errorf("rekey %s: %w", kind, err)
	}
	return made, nil
}

// ForgetSecret deletes a version of a secret: replicas refuse its tokens or cursors within seconds.
// The version in use, and one that replicas may still use, are refused.
func (s *Control) ForgetSecret(ctx context.Context, kind RotatingSecret, name string) error {
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		stored, err := tx.Secrets(ctx)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		for _, v := range s.rotation.versionsAt(kind, stored, now) {
			if v.Name != name {
				continue
			}
			if v.State == SecretInUse {
				return onboarding.ConflictField("", "%s is in use; make a new key first", name)
			}
			// A replica may sign with a version for half of the notice after it was replaced.
			if end := v.Replaced.Add(s.rotation.periods.Notice); v.State == SecretAccepted && now.Before(end) {
				return onboarding.ConflictField("",
					"a replica may still use %s; repeat after %s", name, end.Format(time.RFC3339))
			}
			return s.deleteSecret(ctx, tx, name)
		}
		return onboarding.InvalidField("", "there is no key %q", onboarding.CutText(name, onboarding.MaxName))
	})
}

// deleteSecret deletes a secret and records that.
func (s *Control) deleteSecret(ctx context.Context, tx onboarding.Tx, name string) error {
	if err := tx.DeleteSecret(ctx, name); err != nil {
		if errors.Is(err, onboarding.ErrNotFound) {
			return nil // another process deleted it first
		}
		return err
	}
	return s.Record(ctx, tx, onboarding.Act{
		Action: onboarding.AuditSecretForgotten, Target: onboarding.TargetSecret, TargetID: name,
	})
}

// SecretVersions returns the versions of a secret, oldest first.
func (s *Control) SecretVersions(ctx context.Context, kind RotatingSecret) ([]SecretVersion, error) {
	stored, err := s.store.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	return s.rotation.versionsAt(kind, stored, s.clock.Now()), nil
}

// SecretsCreated returns the time at which the version in use of each rotating secret was created,
// without those whose creation was not recorded.
func (s *Control) SecretsCreated(ctx context.Context) (map[RotatingSecret]time.Time, error) {
	stored, err := s.store.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	created := map[RotatingSecret]time.Time{}
	for _, kind := range RotatingSecrets() {
		for _, v := range s.rotation.versionsAt(kind, stored, s.clock.Now()) {
			if v.State == SecretInUse && !v.Created.IsZero() {
				created[kind] = v.Created
			}
		}
	}
	return created, nil
}
