package access

import (
	"context"

	"onramp/onboarding"
)

// Customer returns the customer if the caller may see it: an operator of its organization, and of
// its location if the caller has one, or an app that proves the customer. An app without proof gets
// the same error whether the customer exists or not.
func (s *Control) Customer(ctx context.Context, c *onboarding.Caller, id string) (*onboarding.Customer, error) {
	if c.Principal == nil {
		return nil, onboarding.ForbiddenError("a token is needed")
	}
	try, err := s.takeProof(ctx, c, id)
	if err != nil {
		return nil, err
	}
	customer, err := (*onboarding.Customer)(nil), error(onboarding.ErrNotFound)
	if onboarding.ValidID(id) { // other texts are not IDs, and some engines cannot compare them
		customer, err = s.store.Customer(ctx, c.Principal.OrganizationID, id)
	}
	if err == nil && !c.Sees(customer) {
		customer, err = nil, onboarding.ErrNotFound
	}
	if err == nil {
		onboarding.Concern(ctx, customer.OrganizationID, customer.ID)
	}
	if c.IsOperator() {
		if onboarding.KindOf(err) == onboarding.NotFound {
			return nil, onboarding.NotFoundError("customer")
		}
		return customer, err
	}
	if err != nil && onboarding.KindOf(err) != onboarding.NotFound {
		return nil, err
	}
	proven := false
	if err == nil {
		if proven, err = s.proven(ctx, s.store, c, customer.ID); err != nil {
			return nil, err
		}
	}
	if !proven {
		return nil, UnprovenError()
	}
	s.proofGiven(try, c, id)
	return customer, nil
}

// NotDeleted returns the error of a missing customer if the customer was deleted since Customer
// returned it. A use case that finds no related records calls it, because a deletion between its
// reads removes them: the caller must not see a customer without consents or connections.
func (s *Control) NotDeleted(ctx context.Context, by *onboarding.Caller, c *onboarding.Customer) error {
	_, err := s.store.Customer(ctx, c.OrganizationID, c.ID)
	switch {
	case onboarding.KindOf(err) != onboarding.NotFound:
		return err
	case by.IsOperator():
		return onboarding.NotFoundError("customer")
	}
	return UnprovenError()
}
