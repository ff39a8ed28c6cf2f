package forecast

import (
	"onramp/onboarding"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// Today holds the predictions for the profiles that an organization hands out now.
type Today struct {
	Organization *onboarding.Organization
	// Platforms holds the verdict for each platform that gets a profile.
	Platforms map[profiles.Platform]trust.Verdict
}

// Accepts reports whether the profiles of all platforms accept the certificate.
func (t *Today) Accepts() bool {
	for _, v := range t.Platforms {
		if v.Result != trust.Accept {
			return false
		}
	}
	return len(t.Platforms) > 0
}

// today returns the predictions for an organization's settings.
func (r *run) today(o *onboarding.Organization) Today {
	t := Today{Organization: o, Platforms: map[profiles.Platform]trust.Verdict{}}
	prepared, err := profiles.Prepare(o.Settings())
	if err != nil { // stored before a newer rule; doctor reports it
		return t
	}
	for _, p := range prepared.Platforms() {
		t.Platforms[p] = r.server.Judge(&o.WiFi, p, r.now)
	}
	return t
}
