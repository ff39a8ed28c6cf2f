// Package forecast predicts the effect of another RADIUS certificate on the profiles that phones
// hold. It reads the recorded downloads, each with the settings of the profile, and applies package
// trust to them.
//
// # Decisions
//
// A profile counts while its credential lives and it was not removed, whether it is locked or not:
// an unlocked customer expects to connect again. Of the downloads of a customer and platform, the
// latest counts, because a phone replaces the profile.
//
// The profiles are read page by page and handed to the caller one by one. Reason: a deployment with
// a million profiles must not need memory for all of them.
package forecast

import (
	"crypto/x509"

	"onramp/onboarding"
)

// Store is the storage that forecasts use.
type Store interface {
	onboarding.OrganizationReader
	onboarding.DownloadReader
	onboarding.SecretReader
	onboarding.Writer
}

// Config holds the dependencies of Forecasts. Store and Audit are required.
type Config struct {
	Store Store
	Audit *onboarding.Auditor
	// PublicRoots stands for the public roots of the phones; see trust.Server.
	PublicRoots *x509.CertPool
	Clock       onboarding.Clock
}

// Forecasts predicts which profiles accept a certificate. Its methods are safe for concurrent use.
type Forecasts struct {
	store       Store
	audit       *onboarding.Auditor
	publicRoots *x509.CertPool
	clock       onboarding.Clock
}

// New returns the use case.
func New(c Config) *Forecasts {
	return &Forecasts{store: c.Store, audit: c.Audit, publicRoots: c.PublicRoots, clock: c.Clock}
}
