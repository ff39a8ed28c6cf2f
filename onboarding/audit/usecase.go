// Package audit chains, verifies, exports and prunes the rows of the audit, which other use cases
// append through an onboarding.Auditor.
//
// # Decisions
//
// A row enters its chain after its transaction, in batches. Reason: a chain has one end, and
// transactions that extended it would wait for each other.
//
// Each row has a MAC of its own besides its place in the chain. Reason: a row that was forged
// before it was chained is found too, and a changed row is named exactly.
//
// The chains are keyed. Reason: a chain of plain hashes can be computed anew by anyone who can
// write to the database. An owner of the master key can still rewrite everything; a head noted
// elsewhere shows that.
//
// The chain of an organization is independent of all others. Reason: an organization's audit can be
// exported, verified and pruned alone.
package audit

import (
	"log/slog"

	"onramp/onboarding"
)

// Store is the storage that the audit uses.
type Store interface {
	onboarding.AuditReader
	onboarding.Writer
}

// Config holds the dependencies of Audit. Store and Auditor are required.
type Config struct {
	Store   Store
	Auditor *onboarding.Auditor
	Log     *slog.Logger
}

// Audit works on the rows. Its methods are safe for concurrent use, also by several processes.
type Audit struct {
	store   Store
	auditor *onboarding.Auditor
	log     *slog.Logger
}

// New returns the use case.
func New(c Config) *Audit {
	return &Audit{store: c.Store, auditor: c.Auditor, log: onboarding.LogOrDiscard(c.Log)}
}
