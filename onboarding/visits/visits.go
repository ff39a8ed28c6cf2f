// Package visits derives a customer's visits, metrics and segments from connections and consents.
//
// Visits and metrics exist only while the customer consents to profiling. They change in the
// transaction that changes the connection or the consent; RunSegments does the work that time alone
// causes.
package visits

import (
	"log/slog"

	"onramp/onboarding"
)

// Store is the storage that visits use.
type Store interface {
	onboarding.OrganizationReader
	onboarding.SegmentReader
	onboarding.Writer
}

// Config holds the dependencies of Visits. Store is required.
type Config struct {
	Store Store
	Clock onboarding.Clock
	Log   *slog.Logger
}

// Visits derives visits, metrics and segments from connections, customers and consents, in the
// transaction that changes them. Its methods are safe for concurrent use.
type Visits struct {
	store Store
	clock onboarding.Clock
	log   *slog.Logger
}

// New returns the use case.
func New(c Config) *Visits {
	return &Visits{store: c.Store, clock: c.Clock, log: onboarding.LogOrDiscard(c.Log)}
}
