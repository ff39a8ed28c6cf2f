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
	SecretHash     string
	OrganizationID string
	Role           auth.Role
	Scopes         auth.Scopes
	Created        time.Time
	Revoked        *time.Time
}
