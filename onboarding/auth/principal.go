package auth

import "time"

// A Principal is the identity and the permissions of a verified token.
type Principal struct {
	ServiceID      string // of the client key
	TokenID        string // of this token; a logout revokes it until Expires
	OrganizationID string // the only organization that the token has access to
	Role           Role
	// LocationID is the only location that a LocationManager has access to; else empty.
	LocationID string
	Scopes     Scopes
	Expires    time.Time // UTC, whole seconds
	// Epoch is the number of revocation sweeps at the time of the login. It orders
	// the login and the sweeps independently of the replicas' clocks.
	Epoch int64
}

// Allows reports whether the token has the scope s, directly or through a wider scope.
// A route for organization_read or customer_read therefore requires CustomerRead.
func (p *Principal) Allows(s Scope) bool { return p.Scopes.Has(s) && !roleDenies(p.Role, s) }

// IsOperator reports whether the token belongs to an operator, who needs no guid for
// customers of the organization.
func (p *Principal) IsOperator() bool { return p.Role.IsOperator() }
