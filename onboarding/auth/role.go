package auth

import (
	"errors"
	"fmt"
)

// A Role says what kind of program holds a client key. Its text is the one on
// the wire, in tokens and on the command line.
type Role string

const (
	// PublicApp is a key inside a mobile app. Whoever has the app has the key,
	// so it acts for one proven device at a time and never lists anybody.
	PublicApp Role = "publicApp"

	// OrganizationManager is a key kept on an operator's server. It sees and
	// changes everything of its organization.
	OrganizationManager Role = "organizationManager"
)

// ErrRole is returned for a role that does not exist.
var ErrRole = errors.New("unknown role")

// Roles lists every role, the least powerful first.
func Roles() []Role { return []Role{PublicApp, OrganizationManager} }

// ParseRole returns the role of that exact name, or an error that wraps
// [ErrRole] and names the roles there are.
func ParseRole(name string) (Role, error) {
	for _, r := range Roles() {
		if name == string(r) {
			return r, nil
		}
	}
	return "", fmt.Errorf("%w %q: it is %s or %s", ErrRole, name, PublicApp, OrganizationManager)
}

// RoleScopes is everything a key of this role can be allowed to do, and what
// it is allowed when nothing narrower was asked for. A role that does not
// exist may do nothing.
func RoleScopes(role Role) Scopes {
	switch role {
	case PublicApp:
		return ScopesOf(CustomerRead, CustomerWrite, OrganizationSettingsRead)
	case OrganizationManager:
		return ScopesOf(scopeOrder[:]...)
	}
	return Scopes{}
}
