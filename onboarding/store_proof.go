package onboarding

import (
	"context"
	"time"
)

// Evidence is what a caller shows of a customer; an empty member proves nothing.
type Evidence struct {
	GuidHash string
	TokenID  string
	Now      time.Time // a token's proof ends with the token
}

// TokenProofs is how many customers one token proves: those that it created or checked last.
const TokenProofs = 3

// ProofReader reads what proves a customer. Guids and tokens prove the generation of the credential for which they were added or confirmed:
// once the credential is replaced (its creation differs) they prove nothing.
type ProofReader interface {
	// Proves reports whether the guid or the token proves the customer.
	Proves(ctx context.Context, customerID string, e Evidence) (bool, error)
	// MatchProven returns up to limit of the organization's customers whom the evidence proves and for whom any given member of m holds,
	// the newest first.
	MatchProven(ctx context.Context, organizationID string, m Match, e Evidence, limit int) ([]*Customer, error)
}

// ProofWriter writes it.
type ProofWriter interface {
	// AddGuid lets the hash prove the customer's credential as it now is, whether it is new or known.
	AddGuid(ctx context.Context, organizationID, customerID, guidHash string, at time.Time) error
	// RemoveGuid ends a guid. ErrNotFound if the customer has none with that hash.
	RemoveGuid(ctx context.Context, customerID, guidHash string) error
	// AddTokenProof lets the token prove the customer's credential as it now is, until it expires or TokenProofs others were added after it.
	AddTokenProof(ctx context.Context, tokenID, customerID string, expires time.Time) error
}
