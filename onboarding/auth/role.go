package auth

import (
	"errors"
	"fmt"
	"strings"
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

	// LocationManager is for the operator of one location. It can read and change the
	// customers who signed up there.
	LocationManager Role = "locationManager"

	// Support is for a help desk. It can read all customers of its organization, make links
	// and unlock; it exports, deletes and rotates nothing.
	Support Role = "support"
)

// ErrRole is returned for a role that does not exist.
var ErrRole = errors.New("unknown role")

// Roles returns all roles, the least powerful first.
func Roles() []Role { return []Role{PublicApp, Support, LocationManager, OrganizationManager} }

// ParseRole returns the role with exactly this name, or an error that wraps [ErrRole]
// and lists the roles.
func ParseRole(name string) (Role, error) {
	var names []string
	for _, r := range Roles() {
		if name == string(r) {
			return r, nil
		}
		names = append(names, string(r))
	}
	return "", fmt.Errorf("%w %q: use %s", ErrRole, name, strings.Join(names, " or "))
}

// RoleScopes returns all scopes that a key of this role can have, which are also the
// default. It returns an empty set for an unknown role.
func RoleScopes(role Role) Scopes {
	switch role {
	case PublicApp:
		return ScopesOf(CustomerRead, CustomerWrite, OrganizationSettingsRead)
	case Support:
		return ScopesOf(OrganizationRead)
	case LocationManager:
		return ScopesOf(OrganizationRead, CustomerRead, CustomerWrite, EventsRead)
	case OrganizationManager:
		return ScopesOf(scopeOrder[:]...)
	}
	return Scopes{}
}

// PossibleScopes returns each scope that [ParseScopes] accepts for the role, in the order of
// [Scopes.List]: also those that a wider one of its default scopes includes.
func PossibleScopes(role Role) []Scope {
	var possible []Scope
	for _, s := range scopeOrder {
		if roleAllows(role, s) {
			possible = append(possible, s)
		}
	}
	return possible
}

// roleAllows reports whether a key of the role can have the scope.
func roleAllows(role Role, s Scope) bool { return RoleScopes(role).Has(s) && !roleDenies(role, s) }

// roleDenies reports whether a role never has the scope, although a wider one of its scopes
// includes it: settings are those of the whole organization.
func roleDenies(role Role, s Scope) bool {
	return role == LocationManager && s == OrganizationSettingsRead
}

// IsOperator reports whether the role is for operators, who need no guid of a customer.
func (r Role) IsOperator() bool {
	return r == OrganizationManager || r == LocationManager || r == Support
}
