// Package contacts shows an organization's customers to its operators: search, events, connections
// and the contact export.
package contacts

import (
	"cmp"
	"log/slog"
	"sync/atomic"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/identity"
)

// Store is the storage that contacts use.
type Store interface {
	onboarding.OrganizationReader
	onboarding.CustomerReader
	onboarding.ConsentReader
	onboarding.DeviceReader
	onboarding.InstallationReader
	onboarding.DownloadReader
	onboarding.AccountingReader
	onboarding.MetricsReader
	onboarding.EventReader
	onboarding.SegmentReader
	onboarding.ContactReader
	onboarding.RecordReader
	onboarding.SecretReader
	onboarding.Writer
}

// Config holds the dependencies of Contacts. Store, Documents and Access are required.
type Config struct {
	Store     Store
	Documents *identity.Documents
	Access    *access.Control
	Name      string // the externalSource of contacts; empty: DefaultName
	Clock     onboarding.Clock
	Log       *slog.Logger
}

// DefaultName is the name of a deployment without a configured one.
const DefaultName = "onramp"

// Contacts shows customers to operators: search, one contact, events, connections and the contact
// export. Its methods are safe for concurrent use.
type Contacts struct {
	store     Store
	documents *identity.Documents
	access    *access.Control
	name      string
	clock     onboarding.Clock
	log       *slog.Logger
	complete  atomic.Bool // all customers have terms
}

// New returns the use case.
func New(c Config) *Contacts {
	return &Contacts{
		store: c.Store, documents: c.Documents, access: c.Access, name: cmp.Or(c.Name, DefaultName), clock: c.Clock,
		log: onboarding.LogOrDiscard(c.Log),
	}
}
