package onboarding

import (
	"time"

	"onramp/onboarding/auth"
)

// ServiceKey is a client key with its role and scopes. The wire calls its holder a service; its
// ID is the issuer of its tokens.
type ServiceKey struct {
	ID             string
	ClientKey      string // "ck-" and a UUID
	Label          string // of the operator; may be empty
	SecretHash     string
	SecretCreated  *time.Time // nil: Created
	OldSecret      *OldSecret // nil: none
	OrganizationID string
	Role           auth.Role
	LocationID     string // of a key of the role LocationManager; else empty
	Scopes         auth.Scopes
	Created        time.Time
	Expires        *time.Time // nil: never
	Revoked        *time.Time
	LastUsed       *time.Time // a login or a request, to the minute; nil: never, or before it was recorded
	// TokensEnded revokes the tokens that expire then or earlier; nil: none.
	TokensEnded *time.Time
}

// OldSecret is the secret that a rotation replaced. It logs in until Ends.
type OldSecret struct {
	Hash    string
	Created time.Time
	Ends    time.Time
}

// SecretSince returns the time at which the current secret was made.
func (k *ServiceKey) SecretSince() time.Time {
	if k.SecretCreated != nil {
		return *k.SecretCreated
	}
	return k.Created
}

// Expired reports whether the key has expired at now.
func (k *ServiceKey) Expired(now time.Time) bool { return k.Expires != nil && !now.Before(*k.Expires) }

// Old returns the old secret if it logs in at now, else nil.
func (k *ServiceKey) Old(now time.Time) *OldSecret {
	if k.OldSecret == nil || !now.Before(k.OldSecret.Ends) {
		return nil
	}
	return k.OldSecret
}

// The kinds of keys that have an age. Those of `onramp rekey` have the names that it uses.
const (
	KeyMaster = "master"
	KeySigner = "signer" // of profiles: its certificate
	KeyClient = "client" // the client key with the oldest secret
)

// KeyAge is the age of the key of a kind that is in use.
type KeyAge struct {
	Kind    string
	Created time.Time // zero: not recorded
}

// Limit returns the age after which the key should be changed: two years for those that people
// bring to other machines or phones, one year for the others.
func (a *KeyAge) Limit() time.Duration {
	const year = 365 * 24 * time.Hour
	switch a.Kind {
	case KeyMaster, KeySigner, "radius":
		return 2 * year
	}
	return year
}

// KeyExpiryNotice is the time before a client key's expiry from which operators are warned.
const KeyExpiryNotice = 30 * 24 * time.Hour
