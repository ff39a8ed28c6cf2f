package auth

import "time"

// A Principal is who a verified token speaks for.
type Principal struct {
	ServiceID      string // the client key's service
	TokenID        string // this token; a logout revokes it until Expires
	OrganizationID string // the only organization whose resources exist for it
	Role           Role
	Scopes         Scopes
	Expires        time.Time // UTC, whole seconds
	// Epoch orders the token among the sweeps that dropped revocations, whatever
	// the clocks said: those of a higher number came after the login.
	Epoch int64
}

// Allows reports whether the token permits s, directly or through a wider
// scope. A route open to "organization_read or customer_read" therefore asks
// for CustomerRead alone.
func (p *Principal) Allows(s Scope) bool { return p.Scopes.Has(s) }

// IsManager reports whether the token is an operator's, which needs no guid to
// speak of a customer of its organization.
func (p *Principal) IsManager() bool { return p.Role == OrganizationManager }
