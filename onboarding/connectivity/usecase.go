// Package connectivity answers whether a person is connected and, if not, why: with the most likely
// cause, the evidence, and the next steps of visitor and operator. It also reports refused
// authentications.
//
// A verdict is computed from the records at the time of the question, and nothing of it is stored.
// Every read is limited in rows.
//
// facts.go reads the records, station.go derives the state of each station from them, and the files
// cause_*.go hold the rules, one file for each group of causes. decide.go has their order.
//
// # Decisions
//
// A station is connected from its last Access-Accept until a Stop, a disconnect, its
// Session-Timeout or a later failed attempt. Reason: access points lose accounting records, and an
// Access-Accept is the only record that each connection has.
//
// The claim of a portal's address is used in the operator's view only and is never better than
// possible. Reason: the caller chooses it.
//
// The RADIUS server is probed in the background and its last answer is reused. Reason: a dead
// server must not delay answers.
package connectivity

import (
	"context"
	"crypto/x509"
	"log/slog"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// Store is the storage that connectivity uses.
type Store interface {
	onboarding.OrganizationReader
	onboarding.CustomerReader
	onboarding.ConsentReader
	onboarding.InstallationReader
	onboarding.DownloadReader
	onboarding.AttemptReader
	onboarding.ConnectionReader
	onboarding.DisconnectReader
	onboarding.AccessPointReader
	onboarding.EventReader
	onboarding.SecretReader
}

// Config holds the dependencies of Connectivity. Store and Access are required.
type Config struct {
	Store  Store
	Access *access.Control
	Clock  onboarding.Clock
	Log    *slog.Logger
	// OwnerGone reports whether the customer whom a station authenticated at an access point was
	// deleted since; nil: it is not known.
	OwnerGone func(ctx context.Context, accessPoint, mac string) (bool, error)
	// PublicRoots stands for the public roots of phones; see trust.Server.
	PublicRoots *x509.CertPool
	// Probe asks the RADIUS server; nil: verdicts rest on the records alone.
	Probe Probe
}

// Connectivity computes verdicts. Its methods are safe for concurrent use.
type Connectivity struct {
	store  Store
	access *access.Control
	clock  onboarding.Clock
	log    *slog.Logger
	probe  *cachedProbe
	gone   func(ctx context.Context, accessPoint, mac string) (bool, error)

	publicRoots *x509.CertPool
}

// New returns the use case.
func New(c Config) *Connectivity {
	s := &Connectivity{
		store: c.Store, access: c.Access, clock: c.Clock, log: onboarding.LogOrDiscard(c.Log), gone: c.OwnerGone,
		publicRoots: c.PublicRoots,
	}
	if c.Probe != nil {
		s.probe = &cachedProbe{probe: c.Probe, clock: c.Clock}
	}
	return s
}

// Of returns the verdict on a customer. A manager's may rest on claims, an app's does not.
func (s *Connectivity) Of(ctx context.Context, by *onboarding.Caller, customerID string) (*Verdict, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	return s.recorded(ctx, c, by.IsOperator())
}

// recorded returns the verdict on a customer, and records that it was read.
func (s *Connectivity) recorded(ctx context.Context, c *onboarding.Customer, claims bool) (*Verdict, error) {
	v, err := s.verdict(ctx, c, claims)
	if err != nil {
		return nil, err
	}
	return v, s.access.RecordRead(ctx, verdictRead(c))
}

// verdictRead returns the act of reading a verdict on a customer.
func verdictRead(c *onboarding.Customer) onboarding.Act {
	return onboarding.Act{
		OrganizationID: c.OrganizationID, Action: onboarding.AuditContactRead, CustomerID: c.ID,
		Fields: []string{"connectivity"},
	}
}

// OfCustomer returns the verdict on a customer for a caller that is already authorized, such as a
// page of a link. It does not rest on claims.
func (s *Connectivity) OfCustomer(ctx context.Context, organizationID, customerID string) (*Verdict, error) {
	c, err := s.store.Customer(ctx, organizationID, customerID)
	if err != nil {
		return nil, err
	}
	return s.recorded(ctx, c, false)
}
