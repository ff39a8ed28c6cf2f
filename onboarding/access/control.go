// Package access decides who may call: client keys and their tokens, proofs of a customer, limits on
// callers, and the cursors of scrolled lists. It also holds the secrets that all replicas share.
package access

import (
	"context"
	"fmt"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// Store is the storage that access control uses.
type Store interface {
	onboarding.OrganizationReader
	onboarding.KeyReader
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
}

// Control decides who may call: client keys and their tokens, proofs of customers, limits and
// cursors. It also holds the secrets that all replicas share. Its methods are safe for concurrent use.
type Control struct {
	store   Store
	sealer  *onboarding.Sealer
	keyring *auth.Keyring
	clock   onboarding.Clock
	cursors SealingKey
	budgets *budgets
	delays  delays
}

// secretJWT is the name of the secret that signs tokens.
const secretJWT = "jwt-key-1"

// Open returns a Control, making the secret that signs tokens if the database has none.
func Open(ctx context.Context, c Config) (*Control, error) {
	s := &Control{store: c.Store, sealer: c.Sealer, clock: c.Clock, delays: newDelays()}
	s.budgets = newBudgets(s.store, c.Limits, s.clock.Now)
	key, err := s.Secret(ctx, secretJWT, KeySize)
	if err != nil {
		return nil, err
	}
	current, err := auth.RestoreKey(secretJWT, key)
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", secretJWT, err)
	}
	s.keyring, err = auth.NewKeyring(c.DeploymentID, current)
	return s, err
}
