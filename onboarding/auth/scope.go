package auth

import (
	"errors"
	"fmt"
	"strings"
)

// A Scope is a permission. Its text is used in the API and in tokens.
type Scope string

const (
	// OrganizationRead permits reading all data of the organization. It includes
	// CustomerRead, EventsRead and OrganizationSettingsRead.
	OrganizationRead Scope = "organization_read"

	// OrganizationWrite permits changing all data of the organization. It includes
	// CustomerWrite.
	OrganizationWrite Scope = "organization_write"

	CustomerRead             Scope = "customer_read"              // read customers and contacts
	CustomerWrite            Scope = "customer_write"             // change customers and contacts
	EventsRead               Scope = "events_read"                // read visits, connections and sign-ups
	OrganizationSettingsRead Scope = "organization_settings_read" // read policies and Wi-Fi settings
)

// scopeOrder is the order of the scopes in [Scopes.List]. The index of a scope is its
// bit in [Scopes].
var scopeOrder = [...]Scope{
	OrganizationRead, OrganizationWrite, CustomerRead, CustomerWrite, EventsRead, OrganizationSettingsRead,
}

// holds lists the narrow scopes that a wide scope includes.
var holds = map[Scope][]Scope{
	OrganizationRead:  {CustomerRead, EventsRead, OrganizationSettingsRead},
	OrganizationWrite: {CustomerWrite},
}

var (
	// ErrScope is returned for an unknown scope and for an empty set.
	ErrScope = errors.New("unknown scope")

	// ErrScopeRole is returned for a scope that the role cannot have.
	ErrScopeRole = errors.New("scope not allowed for the role")
)

// Scopes is a set of scopes. The zero value is empty and permits nothing. Sets that
// were made from the same scopes are equal with ==.
type Scopes struct {
	given uint8 // the scopes as given, one bit each
	held  uint8 // the scopes as given and those they include
}

// ScopesOf returns the set of the given scopes. Unknown scopes are ignored.
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

// ParseScopes parses scopes separated by commas or spaces, from the command line
// ("customer_read,customer_write") or from [Scopes.String], and checks that the role can
// have each of them. It returns an error for an empty text; use [RoleScopes] for all
// scopes. The error wraps [ErrScope], [ErrScopeRole] or [ErrRole] and names the invalid
// word.
func ParseScopes(role Role, text string) (Scopes, error) {
	if _, err := ParseRole(string(role)); err != nil {
		return Scopes{}, err
	}
	names := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	if len(names) == 0 {
		return Scopes{}, fmt.Errorf("%w: the list is empty", ErrScope)
	}
	scopes := make([]Scope, 0, len(names))
	for _, name := range names {
		s := Scope(name)
		if bit(s) == 0 {
			return Scopes{}, fmt.Errorf("%w %q: the scopes are %s", ErrScope, name, RoleScopes(OrganizationManager))
		}
		if !roleAllows(role, s) {
			return Scopes{}, fmt.Errorf("%w: %s cannot have %s, only %s", ErrScopeRole, role, s, RoleScopes(role))
		}
		scopes = append(scopes, s)
	}
	return ScopesOf(scopes...), nil
}

// Has reports whether the set contains s or a wider scope that includes s.
func (set Scopes) Has(s Scope) bool {
	b := bit(s)
	return b != 0 && set.held&b != 0
}

// Empty reports whether the set permits nothing.
func (set Scopes) Empty() bool { return set.given == 0 }

// List returns the scopes as given, without those they include, in a fixed order. It is
// never nil.
func (set Scopes) List() []Scope {
	list := []Scope{}
	for _, s := range scopeOrder {
		if set.given&bit(s) != 0 {
			list = append(list, s)
		}
	}
	return list
}

// String returns List separated by spaces, the form of the OAuth "scope" parameter (RFC
// 6749, section 3.3) and of our tokens.
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

// bit returns the bit of a scope, or 0 for an unknown one.
func bit(s Scope) uint8 {
	for i, known := range scopeOrder {
		if s == known {
			return 1 << i
		}
	}
	return 0
}
