// Package statistics counts an organization's events by time, location and platform: sign-ups,
// downloads, connections, people, traffic and others; and the steps of visitors from the sign-up
// page to the first connection.
//
// # Decisions
//
// Events are counted in the transaction that writes them. Each adds rows to a table of changes,
// which the background task folds into sums. Reason: transactions that add to one sum would wait
// for each other's commit; a query adds the changes that are not folded yet.
//
// The unit of time is a quarter of an hour, with the local day of the location beside it. Reason:
// the days of all time zones consist of whole quarters, and a later change of a location's zone
// does not move earlier counts.
//
// A connection counts where and when it began: a late accounting record changes the traffic and the
// dwell of that time, and one that moves the beginning moves the counts with it. Its platform is
// that of the customer's latest profile when the connection was first attributed.
//
// People are counted from the connections themselves. Reason: the number of different people of a
// period is no sum, and a further table of persons would have to be erased as well. Where a
// connection loses its customer, an anonymous count takes the place, one for each day.
//
// Page views are counted in memory and written every few seconds, a row for each organization,
// location and platform. Reason: a page view must not cause a write of its own. A kill loses those
// of the last seconds, which were not acknowledged.
package statistics

import (
	"log/slog"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// Store is the storage that statistics use.
type Store interface {
	onboarding.StatisticsReader
	onboarding.ConnectionReader
	onboarding.Writer
}

// Config holds the dependencies of Statistics. Store and Access are required.
type Config struct {
	Store  Store
	Access *access.Control
	Clock  onboarding.Clock
	Log    *slog.Logger
}

// Statistics answers reports, and counts page views. Its methods are safe for concurrent use.
type Statistics struct {
	store  Store
	access *access.Control
	clock  onboarding.Clock
	log    *slog.Logger
	views  pageViews
}

// New returns the use case.
func New(c Config) *Statistics {
	return &Statistics{store: c.Store, access: c.Access, clock: c.Clock, log: onboarding.LogOrDiscard(c.Log)}
}
