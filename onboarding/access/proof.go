package access

import (
	"context"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// GuidHash returns the hash of a guid that a request asks to store.
func GuidHash(field, guid string) (string, error) {
	hash, err := auth.HashGuid(guid)
	if err != nil {
		return "", onboarding.InvalidField(field, "%s", err)
	}
	return hash, nil
}

// A customer is proven by a guid of one of the customer's devices, or by the token that created
// the customer or passed credential/check. Both prove one generation of the credential only; a
// rotation ends them. Only registration, credential/check and managers add a guid: otherwise a
// lost phone could add a second guid and survive the rotation.

// Evidence returns the proofs presented by the caller. A guid shared by many devices proves
// nothing.
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

// proven reports whether the caller is an operator or proves the customer. A caller that then
// returns anything of the credential must check again afterwards, or in a transaction that holds
// the credential, because a rotation in between ends the proof.
func (s *Control) proven(
	ctx context.Context, r onboarding.ProofReader, c *onboarding.Caller, customerID string,
) (bool, error) {
	if c.IsOperator() {
		return true, nil
	}
	return r.Proves(ctx, customerID, s.Evidence(c))
}

// UnprovenError returns the error for a missing proof. It is the same whether the customer exists
// or not.
func UnprovenError() *onboarding.Error {
	return onboarding.ForbiddenError(
		"a proof of this customer is needed: a guid, or the token that created or checked the customer")
}

// HeldProof reads the customer in a transaction, holds the credential against a rotation, and
// checks the caller's proof again. A lock suspends the proofs of apps.
func (s *Control) HeldProof(
	ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, organizationID, customerID string,
) (*onboarding.Customer, *onboarding.Credential, error) {
	c, err := tx.Customer(ctx, organizationID, customerID)
	if err == nil && !by.Sees(c) { // moved since
		err = onboarding.ErrNotFound
	}
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
	case c.Locked && !by.IsOperator():
		return nil, nil, onboarding.LockedError()
	}
	return c, credential, nil
}

// AddProof makes the caller's guid (its hash, or "") and token prove the customer.
func (s *Control) AddProof(
	ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, c *onboarding.Customer, guidHash string,
) error {
	if guidHash != "" {
		if err := tx.AddGuid(ctx, c.OrganizationID, c.ID, guidHash, s.clock.Now()); err != nil {
			return err
		}
	}
	if by.Principal == nil || by.IsOperator() {
		return nil
	}
	return tx.AddTokenProof(ctx, by.Principal.TokenID, c.ID, by.Principal.Expires)
}
