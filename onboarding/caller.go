package onboarding

import (
	"onramp/onboarding/auth"
)

// Caller is who asks, and from where. The zero Caller is a browser without a login.
type Caller struct {
	Principal *auth.Principal
	Guid      string // the device's proof: header Onramp-Guid or body member
	Address   string // the client's IP address
	Agent     string // the client's User-Agent
}

// channel is how this caller's consents are recorded.
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

// need checks a scope beyond the one that the route asks for.
func (c *Caller) Need(scope auth.Scope) error {
	if c.Principal == nil || !c.Principal.Allows(scope) {
		return ForbiddenError("the token lacks the scope " + string(scope))
	}
	return nil
}
