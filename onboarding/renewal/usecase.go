// Package renewal sends a notice to customers whose Wi-Fi access ends soon, with a link that renews
// it.
//
// # Decisions
//
// Only an address that Onramp itself has verified gets a notice. Reason: an address that somebody
// else typed would get a link to another person's profile.
//
// The message and its mark in the credential are one transaction, which reads both again under
// lock. Reason: any number of replicas may run, and be killed, and each end is announced once. If
// a notice expires unsent, or the database is restored from a copy, it is not repeated.
//
// The mark holds the end that was announced. Reason: a renewed credential gets a notice for its
// next end, and the link of the former one no longer renews.
//
// A transaction is one notice, and a pause of the same length follows it. Reason: sign-ups have
// half of the database's time, also in the first run of an organization with many customers.
package renewal

import (
	"context"
	"log/slog"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/links"
	"onramp/onboarding/messages"
	"onramp/onboarding/verification"
)

// Store is the storage that the notices use.
type Store interface {
	onboarding.OrganizationReader
	onboarding.CustomerReader
	onboarding.VerificationReader
	onboarding.Writer
}

// Config holds the dependencies of Renewal; Clock and Log are optional.
type Config struct {
	Store        Store
	Access       *access.Control
	Links        *links.Links
	Messages     *messages.Outbox
	Verification *verification.Verifications
	Clock        onboarding.Clock
	Log          *slog.Logger
}

// Renewal sends notices. Its methods are safe for concurrent use.
type Renewal struct{ Config }

// New returns the use case.
func New(c Config) *Renewal {
	c.Log = onboarding.LogOrDiscard(c.Log)
	return &Renewal{Config: c}
}

// RunNotices sends the notices that are due, now and every ten minutes until ctx ends. Any number
// of processes may do so on one database.
func (r *Renewal) RunNotices(ctx context.Context) {
	onboarding.Repeat(ctx, 10*time.Minute, func() {
		if _, err := r.SendNotices(ctx); err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "sending of renewal notices failed", "error", err)
		}
	})
}
