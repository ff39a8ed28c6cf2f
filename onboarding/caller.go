package onboarding

import (
	"slices"

	"onramp/onboarding/auth"
)

// Caller identifies the origin of a call. The zero Caller is a browser without a login.
type Caller struct {
	Principal *auth.Principal
	Guid      string // the device's proof: header Onramp-Guid or body member
	Address   string // the client's IP address
	Agent     string // the client's User-Agent
	Import    bool   // set by an import from another system, which acts as an operator
}

// Channel returns the channel under which consents of this caller are recorded.
func (c *Caller) Channel() Channel {
	switch {
	case c.Import:
		return ChannelImport
	case c.Principal == nil:
		return ChannelPortal
	case c.Principal.IsOperator():
		return ChannelAPI
	default:
		return ChannelApp
	}
}

// IsOperator reports whether the caller is an operator, who needs no proof of a customer.
func (c *Caller) IsOperator() bool { return c.Principal != nil && c.Principal.IsOperator() }

// LocationID returns the only location whose people the caller may see; empty: of all. These are
// the customers with that LocationID: they signed up there.
func (c *Caller) LocationID() string {
	if c.Principal == nil {
		return ""
	}
	return c.Principal.LocationID
}

// Sees reports whether the caller's location is the customer's, or the caller has none. A customer
// of another location is answered like one of another organization.
func (c *Caller) Sees(customer *Customer) bool { return c.SeesLocation(customer.LocationID) }

// SeesLocation reports whether the caller may see the people of a location.
func (c *Caller) SeesLocation(id string) bool { return c.LocationID() == "" || c.LocationID() == id }

// Locations returns the organization's locations whose people the caller may see. They must not be
// modified.
func (c *Caller) Locations(o *Organization) []Location {
	if c.LocationID() == "" {
		return o.Locations
	}
	at := slices.IndexFunc(o.Locations, func(l Location) bool { return l.ID == c.LocationID() })
	if at < 0 {
		return nil
	}
	return o.Locations[at : at+1 : at+1]
}

// Need returns a Forbidden error unless the caller's token has the scope. It is for scopes beyond
// the one that the route requires.
func (c *Caller) Need(scope auth.Scope) error {
	if c.Principal == nil || !c.Principal.Allows(scope) {
		return ForbiddenError("the token lacks the scope " + string(scope))
	}
	return nil
}
