// Package links makes the short-lived links by which a phone fetches its profile, builds and signs
// the profiles, and records their installations.
package links

import (
	"log/slog"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/turns"
)

// Store is the storage that links use.
type Store interface {
	onboarding.OrganizationReader
	onboarding.CustomerReader
	onboarding.ConsentReader
	onboarding.LinkReader
	onboarding.InstallationReader
	onboarding.DownloadReader
	onboarding.ResumeReader
	onboarding.StationReader
	onboarding.Writer
}

// Config holds the dependencies of Links. Store, Sealer and Access are required; Signer is required
// where profiles are handed out, PublicURL where links are made.
type Config struct {
	Store     Store
	Sealer    *onboarding.Sealer
	Access    *access.Control
	Signer    Signer
	PublicURL string // scheme and host
	Clock     onboarding.Clock
	Log       *slog.Logger
	Observer  Observer // nil: none
	// Turns is the queue of the signatures; nil: NewTurns.
	Turns *turns.Queue
}

// Links makes the short-lived links by which a phone fetches its profile, builds and signs the
// profiles, and records installations. Its methods are safe for concurrent use.
type Links struct {
	store     Store
	sealer    *onboarding.Sealer
	access    *access.Control
	signer    Signer
	publicURL string
	clock     onboarding.Clock
	log       *slog.Logger
	observer  Observer
	profiles  profileCache

	turns      *turns.Queue
	signatures *signedCache
}

// New returns the use case.
func New(c Config) *Links {
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	if c.Turns == nil {
		c.Turns = NewTurns()
	}
	return &Links{
		store: c.Store, sealer: c.Sealer, access: c.Access, signer: c.Signer,
		publicURL: strings.TrimSuffix(c.PublicURL, "/"), clock: c.Clock, log: onboarding.LogOrDiscard(c.Log),
		observer: c.Observer,

		turns: c.Turns, signatures: newSignedCache(signedCacheBytes, c.Clock.Now),
	}
}
