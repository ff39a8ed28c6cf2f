package onboarding

import (
	"onramp/onboarding/auth"
	"time"
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
