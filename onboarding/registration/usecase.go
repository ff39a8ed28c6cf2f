// Package registration registers customers once the mandatory policies are accepted, and changes,
// checks, locks and deletes them afterwards.
package registration

import (
	"context"
	"log/slog"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/identity"
	"onramp/onboarding/links"
	"onramp/onboarding/radius"
	"onramp/onboarding/visits"
)

// Store is the storage that registration uses.
type Store interface {
	onboarding.OrganizationReader
	onboarding.CustomerReader
	onboarding.ImportReader
	onboarding.ConsentReader
	onboarding.ProofReader
	onboarding.LoginReader
	onboarding.RecordReader
	onboarding.SecretReader
	onboarding.Writer
}

// Tombstones records the erasures of Store outside the database. If its line fails, an erasure is
// committed and answered Unavailable: the repeated request must settle the line.
type Tombstones interface {
	// SettleDeletion returns whether the organization's customer was deleted without a line. The
	// line is then durable, or the error is Unavailable.
	SettleDeletion(ctx context.Context, organizationID, customerID string) (deleted bool, err error)
	// SettleMinimisation makes the line of a customer's minimisation durable, if one is missing.
	SettleMinimisation(ctx context.Context, customerID string) error
}

// Config holds the dependencies of a Registrar; Clock, Log and Observer are optional.
type Config struct {
	Probes     onboarding.Writer // writes probes, who are no persons and leave no tombstones
	Store      Store
	Sealer     *onboarding.Sealer
	Documents  *identity.Documents
	Access     *access.Control
	Links      *links.Links
	RADIUS     *radius.AAA
	Visits     *visits.Visits
	Tombstones Tombstones
	Clock      onboarding.Clock
	Log        *slog.Logger
	Observer   Observer
}

// Registrar registers customers, changes, locks and deletes them, and checks their credentials. Its
// methods are safe for concurrent use; each that writes returns only when the change is durable.
type Registrar struct {
	probes     onboarding.Writer
	store      Store
	sealer     *onboarding.Sealer
	documents  *identity.Documents
	access     *access.Control
	links      *links.Links
	radius     *radius.AAA
	visits     *visits.Visits
	tombstones Tombstones
	clock      onboarding.Clock
	log        *slog.Logger
	observer   Observer
	importKey  access.SharedKey[[]byte]
}

// New returns the use case.
func New(c Config) *Registrar {
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	return &Registrar{
		store: c.Store, sealer: c.Sealer, access: c.Access, links: c.Links, radius: c.RADIUS, visits: c.Visits,
		clock: c.Clock, log: onboarding.LogOrDiscard(c.Log), documents: c.Documents, probes: c.Probes,
		observer: c.Observer, tombstones: c.Tombstones,
	}
}
