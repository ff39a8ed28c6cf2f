package radius

import "onramp/onboarding"

// Observer receives the events of this use case, for metrics. Its methods must not block.
type Observer interface {
	// Authenticated is called for each authentication that RecordLogin recorded; the reason of an
	// accepted one is empty.
	Authenticated(reason onboarding.Reason)
	// DisconnectFinished is called for each order that this process finished.
	DisconnectFinished(outcome onboarding.DisconnectOutcome)
}

// unobserved is the Observer of a Config without one.
type unobserved struct{}

func (unobserved) Authenticated(onboarding.Reason)                 {}
func (unobserved) DisconnectFinished(onboarding.DisconnectOutcome) {}
