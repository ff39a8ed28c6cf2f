package onboarding

import (
	"context"

	"onramp/onboarding/auth"
)

// A customer is proven by a guid of one of the customer's devices, or by the token that created the customer or passed credential/check.
// Either proves one generation of the credential: a rotation ends it. Only creation, credential/check and a manager add a guid; a lost phone
// would otherwise outlive its rotation by a second guid.

// evidence returns what the caller shows. A guid that many devices share shows nothing.
func (s *Service) evidence(c *Caller) Evidence {
	e := Evidence{Now: s.now()}
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
func (s *Service) proven(ctx context.Context, r ProofReader, c *Caller, customerID string) (bool, error) {
	if c.manager() {
		return true, nil
	}
	return r.Proves(ctx, customerID, s.evidence(c))
}

// errUnproven is the same whether the customer exists or not.
func errUnproven() *Error {
	return forbidden("a proof of this customer is needed: a guid, or the token that created or checked the customer")
}

// errLocked is the answer where a lock withholds password, profile or link.
func errLocked() *Error { return ConflictField("", "the credential is locked") }

// heldProof reads the customer inside a transaction, holds the credential against a rotation, and proves the caller again. A lock suspends
// the proofs of apps.
func (s *Service) heldProof(ctx context.Context, tx Tx, by *Caller, organizationID, customerID string) (*Customer, *Credential, error) {
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
		return nil, nil, errUnproven()
	case c.Locked && !by.manager():
		return nil, nil, errLocked()
	}
	return c, credential, nil
}

// addProof lets the call's guid (as a hash, "" for none) and its token prove the customer from now on.
func (s *Service) addProof(ctx context.Context, tx Tx, by *Caller, c *Customer, guidHash string) error {
	if guidHash != "" {
		if err := tx.AddGuid(ctx, c.OrganizationID, c.ID, guidHash, s.now()); err != nil {
			return err
		}
	}
	if by.Principal == nil || by.manager() {
		return nil
	}
	return tx.AddTokenProof(ctx, by.Principal.TokenID, c.ID, by.Principal.Expires)
}
