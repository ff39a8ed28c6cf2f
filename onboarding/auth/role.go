package auth

import (
	"errors"
	"fmt"
)

// A Role is the kind of program that holds a client key. Its text is used in the API, in
// tokens and on the command line.
type Role string

const (
	// PublicApp is for a key in a mobile app. All users of the app have the key, so
	// it acts for one proven device at a time and lists no customers.
	PublicApp Role = "publicApp"

	// OrganizationManager is for a key on an operator's server. It can read and
	// change all data of its organization.
	OrganizationManager Role = "organizationManager"
)

// ErrRole is returned for a role that does not exist.
var ErrRole = errors.New("unknown role")

// Roles returns all roles, the least powerful first.
func Roles() []Role { return []Role{PublicApp, OrganizationManager} }

// ParseRole returns the role with exactly this name, or an error that wraps [ErrRole]
// and lists the roles.
func ParseRole(name string) (Role, error) {
	for _, r := range Roles() {
		if name == string(r) {
			return r, nil
		}
	}
	return "", fmt.Errorf("%w %q: use %s or %s", ErrRole, name, PublicApp, OrganizationManager)
}

// RoleScopes returns all scopes that a key of this role can have, which are also the
// default. It returns an empty set for an unknown role.
func RoleScopes(role Role) Scopes {
	switch role {
	case PublicApp:
		return ScopesOf(CustomerRead, CustomerWrite, OrganizationSettingsRead)
	case OrganizationManager:
		return ScopesOf(scopeOrder[:]...)
	}
	return Scopes{}
}
