package links

import "onramp/onboarding"

// Observer receives the events of this use case, for metrics. Its methods must not block.
type Observer interface {
	// Downloaded is called for each profile that was handed out, and for each request that was
	// refused because the platform has no document.
	Downloaded(platform string, source onboarding.Source, refused bool)
	// Installed is called once for each new report of an installation.
	Installed(platform string, source onboarding.Source)
}

// unobserved is the Observer of a Config without one.
type unobserved struct{}

func (unobserved) Downloaded(string, onboarding.Source, bool) {}
func (unobserved) Installed(string, onboarding.Source)        {}
