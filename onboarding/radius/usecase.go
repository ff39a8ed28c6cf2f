// Package radius answers FreeRADIUS: authorization, the outcome of authentications and accounting
// (RFC 2865, 2866). It joins accounting records into connections, attributes them to customers by
// an opaque Class or User-Name, and orders Disconnect-Requests (RFC 5176).
//
// Its children are adapters: radius/freeradius writes FreeRADIUS's configuration, radius/disconnect
// sends the requests.
package radius

import (
	"crypto/cipher"
	"log/slog"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/visits"
)

// Store is the storage that RADIUS uses.
type Store interface {
	onboarding.OrganizationReader
	onboarding.AccountingReader
	onboarding.SecretReader
	onboarding.Writer
}

// Config holds the dependencies of an AAA; Clock, Log and Observer are optional.
type Config struct {
	Store    Store
	Sealer   *onboarding.Sealer
	Access   *access.Control
	Visits   *visits.Visits
	Clock    onboarding.Clock
	Log      *slog.Logger
	Observer Observer
}

// AAA implements authentication, authorization and accounting for FreeRADIUS, and ends connections
// by Disconnect-Requests. Its methods are safe for concurrent use.
type AAA struct {
	store  Store
	sealer *onboarding.Sealer
	access *access.Control
	visits *visits.Visits
	clock  onboarding.Clock
	log    *slog.Logger

	class    access.SharedKey[cipher.AEAD]
	identity access.SharedKey[*derivedKeys]
	observer Observer
	limits   *limits
	orders   chan struct{} // holds an element after this process ordered a disconnect
}

// New returns the use case.
func New(c Config) *AAA {
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	return &AAA{
		store: c.Store, sealer: c.Sealer, access: c.Access, visits: c.Visits, clock: c.Clock,
		log:    onboarding.LogOrDiscard(c.Log),
		limits: newLimits(), orders: make(chan struct{}, 1), observer: c.Observer,
	}
}
