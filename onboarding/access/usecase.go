// Package access controls callers: it authenticates client keys and tokens, checks proofs of a
// customer, enforces limits, and seals the cursors of lists. It also creates the secrets shared
// by all replicas.
//
// # Decisions
//
// A revocation is checked in the database with every request. Reason: it takes effect immediately
// on every replica. The read never waits for a writer.
//
// Limits are shared by all replicas through leased portions of a budget. Reason: a counter per
// replica would multiply every limit by the number of replicas, and a counter in the database
// would cost a write per request.
//
// Budgets are stored under keyed hashes. Reason: addresses and user names can be guessed, so that
// anyone with a copy of the database could find them from plain hashes. The version before knows
// plain ones only; all replicas use those until `onramp migrate --finish`, so that both versions
// share each budget.
//
// IPv6 clients are limited by prefix. Reason: one host can use a whole /64, so that a limit per
// address would have no effect.
//
// A right secret is never refused by a limit. Reason: visitors of a venue share one address, and
// a neighbour's guesses must not lock them out.
//
// A new version of a key is stored before its first use, and an unknown version makes a replica
// read the keys again. Reason: each replica accepts a token or a cursor of any other, whatever
// their clocks and the order of their reads.
//
// A session of the console is bound to the User-Agent that signed in. Reason: a stolen cookie alone
// does not suffice. It is not bound to the address, which changes when a phone leaves the Wi-Fi.
//
// A cursor contains its complete state, sealed. Reason: scrolls need no server-side state and
// continue on any replica; the state contains personal data from filters.
package access

import (
	"context"

	"onramp/onboarding"
)

// Store is the storage that access control uses.
type Store interface {
	onboarding.OrganizationReader
	onboarding.KeyReader
	onboarding.OperatorReader
	onboarding.SecretReader
	onboarding.ProofReader
	onboarding.Writer
	// Customer returns the organization's customer; see onboarding.CustomerReader.
	Customer(ctx context.Context, organizationID, id string) (*onboarding.Customer, error)
}

// Config holds the dependencies of a Control. Store, Sealer and DeploymentID are required.
type Config struct {
	Store        Store
	Sealer       *onboarding.Sealer
	Clock        onboarding.Clock
	Limits       *Limits // nil: DefaultLimits
	DeploymentID string  // the issuer of tokens
	Rekey        RekeyPeriods
}

// Control checks callers and holds the shared secrets. Its methods are safe for concurrent use.
type Control struct {
	store    Store
	sealer   *onboarding.Sealer
	rotation *rotation
	clock    onboarding.Clock
	budgets  *budgets
	delays   delays
	auditor  *onboarding.Auditor
	recent   recentActs
	refusals
	uses       lastUses
	secretUses lastUses
}

// Open returns a Control. It creates the keys of tokens and cursors if the database has none.
func Open(ctx context.Context, c Config) (*Control, error) {
	s := &Control{store: c.Store, sealer: c.Sealer, clock: c.Clock, delays: newDelays()}
	if err := s.openAuditor(ctx); err != nil {
		return nil, err
	}
	hashKey, err := s.Secret(ctx, secretLimits, KeySize)
	if err != nil {
		return nil, err
	}
	s.budgets = newBudgets(s.store, hashKey, c.Limits, s.clock.Now)
	s.rotation = newRotation(s, c.DeploymentID, c.Rekey)
	return s, s.rotation.open(ctx)
}
