package access

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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
// is announced already or, of a secret that other programs send, the former one is still accepted,
// Rekey makes no other and returns false: it can be repeated after a crash. Rekey is refused until
// the migration to this version of Onramp is finished.
func (s *Control) Rekey(ctx context.Context, kind RotatingSecret) (made bool, err error) {
	fresh := kind.fresh()
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
		if changing(kind, versions) {
			return nil
		}
		number := 1
		if len(versions) > 0 {
			number = versions[len(versions)-1].number
		} else if err := s.insertFirst(ctx, tx, kind); err != nil {
			return err
		}
		next := onboarding.StoredSecret{Name: kind.name(number + 1), Created: now, Begins: now}
		if !kind.Sent() {
			next.Begins = now.Add(s.rotation.periods.Notice)
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

// RADIUSSecretSize is the number of random bytes of a RADIUS secret, which is shown in twice as
// many hexadecimal digits. Some access points accept no longer one.
const RADIUSSecretSize = 16

// fresh returns a new value. That of the AAA secret is text, as in a file.
func (k RotatingSecret) fresh() []byte {
	value := make([]byte, KeySize)
	if k == SecretRADIUS {
		value = value[:RADIUSSecretSize]
	}
	_, _ = rand.Read(value) // never fails (crypto/rand)
	if k == SecretAAA {
		return []byte(hex.EncodeToString(value))
	}
	return value
}

// changing reports whether a change of the secret is in progress.
func changing(kind RotatingSecret, versions []SecretVersion) bool {
	return slices.ContainsFunc(versions, func(v SecretVersion) bool {
		return v.State == SecretAnnounced || kind.Sent() && v.State == SecretAccepted
	})
}

// insertFirst stores the first version of a secret that the database does not hold: files do.
func (s *Control) insertFirst(ctx context.Context, tx onboarding.Tx, kind RotatingSecret) error {
	if kind == SecretRADIUS {
		return onboarding.ConflictField("", "there is no RADIUS secret yet; onramp freeradius makes it")
	}
	return tx.InsertSecret(ctx, onboarding.StoredSecret{
		Name: kind.First(), Value: s.sealer.Seal(nil, onboarding.SecretPurpose(kind.First())),
	})
}

// usedRecently is the time since the last use of a version within which it is in use by another
// program. It is longer than the time between two interim updates of accounting.
const usedRecently = 10 * time.Minute

// checkUnused refuses a replaced version that other programs use, or whose successor none has used
// yet.
func (s *Control) checkUnused(v, inUse *SecretVersion) error {
	if inUse.Used.IsZero() {
		return onboarding.ConflictField("", "no request has used %s yet: finish the change first", inUse.Name)
	}
	if s.clock.Now().Sub(v.Used) < usedRecently {
		return onboarding.ConflictField("", "%s was used at %s by %s; repeat %s after its last use", v.Name,
			v.Used.Format(time.RFC3339), v.UsedBy, usedRecently)
	}
	return nil
}

// ForgetSecret deletes a version of a secret: replicas refuse its tokens or cursors within seconds.
// The version in use, and one that replicas may still use, are refused; unless force is set, also
// one that other programs still use.
func (s *Control) ForgetSecret(ctx context.Context, kind RotatingSecret, name string, force bool) error {
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		stored, err := tx.Secrets(ctx)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		versions := s.rotation.versionsAt(kind, stored, now)
		for _, v := range versions {
			if v.Name != name {
				continue
			}
			if v.State == SecretInUse {
				return onboarding.ConflictField("", "%s is in use; make a new key first", name)
			}
			if kind.Sent() && v.State == SecretAccepted && !force {
				if err := s.checkUnused(&v, &versions[len(versions)-1]); err != nil {
					return err
				}
			}
			// A replica may sign with a version for half of the notice after it was replaced.
			end := v.Replaced.Add(s.rotation.periods.Notice)
			if !kind.Sent() && v.State == SecretAccepted && now.Before(end) {
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

// SecretValues returns the accepted versions of a secret with their values, oldest first.
func (s *Control) SecretValues(ctx context.Context, kind RotatingSecret) ([]SecretValue, error) {
	stored, err := s.store.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	var values []SecretValue
	for v := range s.rotation.accepted(kind, stored, s.clock.Now()) {
		value, err := s.openStored(&v.StoredSecret)
		if err != nil {
			return nil, err
		}
		values = append(values, SecretValue{SecretVersion: v, Plain: value})
	}
	return values, nil
}

// SecretValue is a version of a secret with its value.
type SecretValue struct {
	SecretVersion

	Plain []byte
}

// SecretsCreated returns the time at which the version in use of each rotating secret was created,
// without those whose creation was not recorded, such as that of the files with the AAA secret.
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
