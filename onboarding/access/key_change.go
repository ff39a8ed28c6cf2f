package access

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// DefaultOverlap is the time for which a rotated client key's old secret goes on working.
const DefaultOverlap = 24 * time.Hour

// MaxOverlap limits the overlap of a rotation.
const MaxOverlap = 90 * 24 * time.Hour

// KeyChange is a change of a client key; a nil field is not changed.
type KeyChange struct {
	Label   *string
	Expires *time.Time // the zero time: never
}

// NewKey describes a client key to create.
type NewKey struct {
	ID             string // empty: a new one; a key's ID that is taken is a Conflict of the field id
	OrganizationID string
	Role           auth.Role
	LocationID     string      // of the role LocationManager, which needs one; else empty
	Scopes         auth.Scopes // empty: all scopes of the role
	Label          string
	Expires        *time.Time // nil: never
}

// checkKey validates a key's label and expiry.
func (s *Control) checkKey(label string, expires *time.Time) error {
	if err := onboarding.CheckText("label", label, onboarding.MaxName); err != nil {
		return err
	}
	if err := onboarding.CheckVisible("label", label); err != nil {
		return err
	}
	if expires != nil && !expires.After(s.clock.Now()) {
		return onboarding.InvalidField("expires", "not in the future; to end a key now, revoke it")
	}
	return nil
}

// ChangeKey changes a client key's label and expiry. Its tokens end when it expires.
func (s *Control) ChangeKey(ctx context.Context, clientKey string, change KeyChange) error {
	return s.changeKey(ctx, clientKey, func(k *onboarding.ServiceKey) (fields []string, err error) {
		label, expires := "", (*time.Time)(nil)
		if change.Label != nil {
			label = *change.Label
			k.Label, fields = label, append(fields, "label")
		}
		if change.Expires != nil {
			if k.Expires = nil; !change.Expires.IsZero() {
				k.Expires, expires = change.Expires, change.Expires
			}
			fields = append(fields, "expires")
		}
		return fields, s.checkKey(label, expires)
	})
}

// RotateKey gives a client key another secret and returns it; only a hash is stored. The old secret
// works until ends. A rotation during another one's overlap is a Conflict: a third secret would end
// the first before its time. Tokens live on until they expire.
func (s *Control) RotateKey(
	ctx context.Context, clientKey string, overlap time.Duration,
) (secret string, ends time.Time, err error) {
	if overlap < 0 || overlap > MaxOverlap {
		return "", time.Time{}, onboarding.InvalidField("overlap", "not between 0 and %v", MaxOverlap)
	}
	_, secret = auth.NewClientKey()
	err = s.changeKey(ctx, clientKey, func(k *onboarding.ServiceKey) ([]string, error) {
		now := s.clock.Now()
		if old := k.Old(now); old != nil {
			return nil, conflict("has an old secret that works until " + old.Ends.Format(time.RFC3339) +
				": end it first (key rotate --forget-old)")
		}
		ends, k.OldSecret = now.Add(overlap), nil
		if overlap > 0 {
			k.OldSecret = &onboarding.OldSecret{Hash: k.SecretHash, Created: k.SecretSince(), Ends: ends}
		}
		k.SecretHash, k.SecretCreated = auth.HashSecret(secret), &now
		return []string{"secret"}, nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return secret, ends, nil
}

// ForgetOldSecret ends a client key's old secret, and with revokeTokens all tokens of the key, also
// those from logins with the new secret. Without an old secret it is a Conflict unless it revokes
// tokens.
func (s *Control) ForgetOldSecret(ctx context.Context, clientKey string, revokeTokens bool) error {
	return s.changeKey(ctx, clientKey, func(k *onboarding.ServiceKey) (fields []string, err error) {
		now := s.clock.Now()
		if k.Old(now) == nil && !revokeTokens {
			return nil, conflict("has no old secret")
		}
		if k.OldSecret != nil {
			k.OldSecret, fields = nil, append(fields, "oldSecret")
		}
		if revokeTokens { // tokens are issued for whole seconds
			ended := now.Truncate(time.Second).Add(auth.Lifetime)
			k.TokensEnded, fields = &ended, append(fields, "tokens")
		}
		return fields, nil
	})
}

func conflict(message string) error {
	return &onboarding.Error{Kind: onboarding.Conflict, Field: "clientKey", Message: message}
}

// changeKey applies a change to a key that is neither revoked nor unknown, and records the names of
// the changed fields.
func (s *Control) changeKey(
	ctx context.Context, clientKey string, change func(*onboarding.ServiceKey) (fields []string, err error),
) error {
	if onboarding.CheckText("clientKey", clientKey, onboarding.MaxName) != nil {
		return onboarding.NotFoundError("client key") // some engines cannot compare such texts
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		k, err := tx.ServiceKeyByClientKey(ctx, clientKey)
		if errors.Is(err, onboarding.ErrNotFound) {
			return onboarding.NotFoundError("client key")
		}
		if err != nil {
			return err
		}
		if k.Revoked != nil {
			return conflict("is revoked: create another key")
		}
		fields, err := change(k)
		if err != nil || len(fields) == 0 {
			return err
		}
		if err := tx.UpdateServiceKey(ctx, k); err != nil {
			return err
		}
		return s.Record(ctx, tx, onboarding.Act{
			OrganizationID: k.OrganizationID, Action: onboarding.AuditKeyChanged, Target: onboarding.TargetKey,
			TargetID: k.ID, Fields: fields,
		})
	})
}
