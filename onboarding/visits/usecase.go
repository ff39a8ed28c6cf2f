// Package visits derives a customer's visits, metrics and segments from connections and consents.
//
// Visits and metrics exist only while the customer consents to profiling. They change in the
// transaction that changes the connection or the consent; RunSegments does the work caused by
// time alone.
//
// # Decisions
//
// Metrics are computed from a tally of counts and sums that each change of a visit updates.
// Reason: a contact list shows metrics of many customers, and a sum over all their visits would
// be too slow.
//
// A tally subtracts a visit with the time zone with which it was added. Reason: otherwise a
// change of a location's zone would leave counts in the wrong hours; RunSegments recounts such
// tallies.
//
// Segments are stored, not computed by queries. Reason: a page of contacts shows the segments of
// each, and only a declaration, a customer, a visit or the passing of time can change the result.
package visits

import (
	"context"
	"log/slog"

	"onramp/onboarding"
)

// Store is the storage that visits use.
type Store interface {
	onboarding.OrganizationReader
	onboarding.SegmentReader
	onboarding.CustomerReader
	onboarding.Writer
	// CustomerKeys is that of onboarding.TombstoneReader.
	CustomerKeys(ctx context.Context, afterID string, limit int) ([]onboarding.CustomerKey, error)
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
