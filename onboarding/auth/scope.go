package auth

import (
	"errors"
	"fmt"
	"strings"
)

// A Scope is one permission, by its name on the wire.
type Scope string

const (
	// OrganizationRead reads everything of the organization: it holds
	// CustomerRead, EventsRead and OrganizationSettingsRead.
	OrganizationRead Scope = "organization_read"

	// OrganizationWrite changes everything of the organization: it holds
	// CustomerWrite.
	OrganizationWrite Scope = "organization_write"

	CustomerRead             Scope = "customer_read"              // customers and contacts
	CustomerWrite            Scope = "customer_write"             // the same, to change them
	EventsRead               Scope = "events_read"                // visits, connections, sign-ups
	OrganizationSettingsRead Scope = "organization_settings_read" // policies and Wi-Fi settings
)

// scopeOrder is the order in which a set of scopes is written, and gives each
// scope its bit in [Scopes].
var scopeOrder = [...]Scope{
	OrganizationRead, OrganizationWrite, CustomerRead, CustomerWrite, EventsRead, OrganizationSettingsRead,
}

// holds lists what a wide scope includes besides itself.
var holds = map[Scope][]Scope{
	OrganizationRead:  {CustomerRead, EventsRead, OrganizationSettingsRead},
	OrganizationWrite: {CustomerWrite},
}

var (
	// ErrScope is returned for a scope that does not exist, and for a set of
	// scopes with nothing in it.
	ErrScope = errors.New("unknown scope")

	// ErrScopeRole is returned for a scope that exists but that the role
	// cannot have.
	ErrScopeRole = errors.New("scope not allowed for the role")
)

// Scopes is a set of scopes. The zero value is empty and permits nothing. Two
// sets that were given the same scopes are equal under ==.
type Scopes struct {
	given uint8 // the scopes as they were asked for, a bit each
	held  uint8 // the same with everything they hold
}

// ScopesOf returns the set of the scopes given. A scope that does not exist
// adds nothing.
func ScopesOf(scopes ...Scope) Scopes {
	var set Scopes
	for _, s := range scopes {
		set.given |= bit(s)
		set.held |= bit(s)
		for _, h := range holds[s] {
			set.held |= bit(h)
		}
	}
	return set
}

// ParseScopes reads scopes separated by commas or spaces, as they come from a
// command line ("customer_read,customer_write") or out of [Scopes.String], and
// checks that the role can have each of them. An empty text is an error:
// whoever means everything says [RoleScopes]. The error wraps [ErrScope],
// [ErrScopeRole] or [ErrRole] and names the offending word.
func ParseScopes(role Role, text string) (Scopes, error) {
	if _, err := ParseRole(string(role)); err != nil {
		return Scopes{}, err
	}
	names := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	if len(names) == 0 {
		return Scopes{}, fmt.Errorf("%w: none is named", ErrScope)
	}
	allowed := RoleScopes(role)
	scopes := make([]Scope, 0, len(names))
	for _, name := range names {
		s := Scope(name)
		if bit(s) == 0 {
			return Scopes{}, fmt.Errorf("%w %q: there are %s", ErrScope, name, RoleScopes(OrganizationManager))
		}
		if !allowed.Has(s) {
			return Scopes{}, fmt.Errorf("%w: %s has no %s, only %s", ErrScopeRole, role, s, allowed)
		}
		scopes = append(scopes, s)
	}
	return ScopesOf(scopes...), nil
}

// Has reports whether the set permits s, by itself or because a wider scope
// in the set holds it.
func (set Scopes) Has(s Scope) bool {
	b := bit(s)
	return b != 0 && set.held&b != 0
}

// Empty reports whether the set permits nothing.
func (set Scopes) Empty() bool { return set.given == 0 }

// List returns the scopes as they were given, without those they hold, always
// in the same order; never nil.
func (set Scopes) List() []Scope {
	list := []Scope{}
	for _, s := range scopeOrder {
		if set.given&bit(s) != 0 {
			list = append(list, s)
		}
	}
	return list
}

// String is List with a space between each two: the form of the OAuth "scope"
// parameter (RFC 6749, section 3.3) and of our tokens.
func (set Scopes) String() string {
	var text strings.Builder
	for i, s := range set.List() {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(string(s))
	}
	return text.String()
}

// bit returns the scope's own bit, 0 for a scope that does not exist.
func bit(s Scope) uint8 {
	for i, known := range scopeOrder {
		if s == known {
			return 1 << i
		}
	}
	return 0
}
