package registration

import "onramp/onboarding"

// Observer receives the events of this use case, for metrics. Its methods must not block.
type Observer interface {
	// Registered is called once for each customer whom Register or RegisterFromPortal created.
	Registered(channel onboarding.Channel)
}

// unobserved is the Observer of a Config without one.
type unobserved struct{}

func (unobserved) Registered(onboarding.Channel) {}
