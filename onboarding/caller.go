package onboarding

import (
	"onramp/onboarding/auth"
)

// Caller identifies the origin of a call. The zero Caller is a browser without a login.
type Caller struct {
	Principal *auth.Principal
	Guid      string // the device's proof: header Onramp-Guid or body member
	Address   string // the client's IP address
	Agent     string // the client's User-Agent
}

// Channel returns the channel under which consents of this caller are recorded.
func (c *Caller) Channel() Channel {
	switch {
	case c.Principal == nil:
		return ChannelPortal
	case c.Principal.IsManager():
		return ChannelAPI
	default:
		return ChannelApp
	}
}

func (c *Caller) IsManager() bool { return c.Principal != nil && c.Principal.IsManager() }

// Need returns a Forbidden error unless the caller's token has the scope. It is for scopes beyond
// the one that the route requires.
func (c *Caller) Need(scope auth.Scope) error {
	if c.Principal == nil || !c.Principal.Allows(scope) {
		return ForbiddenError("the token lacks the scope " + string(scope))
	}
	return nil
}
