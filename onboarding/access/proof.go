package access

import (
	"context"
	"onramp/onboarding/auth"

	"onramp/onboarding"
)

// guidHash hashes a guid that a request wants stored.
func GuidHash(field, guid string) (string, error) {
	hash, err := auth.HashGuid(guid)
	if err != nil {
		return "", onboarding.InvalidField(field, "%s", err)
	}
	return hash, nil
}

// A customer is proven by a guid of one of the customer's devices, or by the token that created the customer or passed credential/check.
// Either proves one generation of the credential: a rotation ends it. Only creation, credential/check and a manager add a guid; a lost phone
// would otherwise outlive its rotation by a second guid.

// evidence returns what the caller shows. A guid that many devices share shows nothing.
func (s *Control) Evidence(c *onboarding.Caller) onboarding.Evidence {
	e := onboarding.Evidence{Now: s.clock.Now()}
	if hash, err := auth.HashGuid(c.Guid); err == nil {
		e.GuidHash = hash
	}
	if c.Principal != nil {
		e.TokenID = c.Principal.TokenID
	}
	return e
}

// proven reports whether the caller is a manager or proves the customer. A caller that goes on to hand out what it reads of the credential
// asks again afterwards, or inside a transaction that holds the credential: a rotation in between ends the proof.
func (s *Control) proven(ctx context.Context, r onboarding.ProofReader, c *onboarding.Caller, customerID string) (bool, error) {
	if c.IsManager() {
		return true, nil
	}
	return r.Proves(ctx, customerID, s.Evidence(c))
}

// errUnproven is the same whether the customer exists or not.
func UnprovenError() *onboarding.Error {
	return onboarding.ForbiddenError("a proof of this customer is needed: a guid, or the token that created or checked the customer")
}

// heldProof reads the customer inside a transaction, holds the credential against a rotation, and proves the caller again. A lock suspends
// the proofs of apps.
func (s *Control) HeldProof(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, organizationID, customerID string) (*onboarding.Customer, *onboarding.Credential, error) {
	c, err := tx.Customer(ctx, organizationID, customerID)
	if err != nil {
		return nil, nil, err
	}
	credential, err := tx.Credential(ctx, customerID)
	if err != nil {
		return nil, nil, err
	}
	proven, err := s.proven(ctx, tx, by, customerID)
	switch {
	case err != nil:
		return nil, nil, err
	case !proven:
		return nil, nil, UnprovenError()
	case c.Locked && !by.IsManager():
		return nil, nil, onboarding.LockedError()
	}
	return c, credential, nil
}

// addProof lets the call's guid (as a hash, "" for none) and its token prove the customer from now on.
func (s *Control) AddProof(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, c *onboarding.Customer, guidHash string) error {
	if guidHash != "" {
		if err := tx.AddGuid(ctx, c.OrganizationID, c.ID, guidHash, s.clock.Now()); err != nil {
			return err
		}
	}
	if by.Principal == nil || by.IsManager() {
		return nil
	}
	return tx.AddTokenProof(ctx, by.Principal.TokenID, c.ID, by.Principal.Expires)
}
