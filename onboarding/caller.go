package onboarding

import (
	"context"

	"onramp/onboarding/auth"
)

// Caller is who asks, and from where. The zero Caller is a browser without a login.
type Caller struct {
	Principal *auth.Principal
	Guid      string // the device's proof: header Onramp-Guid or body member
	Address   string // the client's IP address
	Agent     string // the client's User-Agent
}

// channel is how this caller's consents are recorded.
func (c *Caller) channel() Channel {
	switch {
	case c.Principal == nil:
		return ChannelPortal
	case c.Principal.IsManager():
		return ChannelAPI
	default:
		return ChannelApp
	}
}

func (c *Caller) manager() bool { return c.Principal != nil && c.Principal.IsManager() }

// need checks a scope beyond the one that the route asks for.
func (c *Caller) need(scope auth.Scope) error {
	if c.Principal == nil || !c.Principal.Allows(scope) {
		return forbidden("the token lacks the scope " + string(scope))
	}
	return nil
}

// organization returns the caller's organization if that is the one asked for; any other looks like none.
func (s *Service) organization(ctx context.Context, c *Caller, id string) (*Organization, error) {
	if c.Principal == nil {
		return nil, forbidden("a token is needed")
	}
	if id != c.Principal.OrganizationID {
		return nil, notFound("organization")
	}
	return s.store.Organization(ctx, id)
}

// customer returns the customer for a caller who may see it: a manager of its organization, or an app that proves the customer. An app without
// proof learns nothing, not even whether the customer exists.
func (s *Service) customer(ctx context.Context, c *Caller, id string) (*Customer, error) {
	if c.Principal == nil {
		return nil, forbidden("a token is needed")
	}
	try, err := s.takeProof(ctx, c, id)
	if err != nil {
		return nil, err
	}
	customer, err := (*Customer)(nil), error(ErrNotFound)
	if ValidID(id) { // anything else is no ID, and some engines refuse to look for it
		customer, err = s.store.Customer(ctx, c.Principal.OrganizationID, id)
	}
	if c.manager() {
		if KindOf(err) == NotFound {
			return nil, notFound("customer")
		}
		return customer, err
	}
	if err != nil && KindOf(err) != NotFound {
		return nil, err
	}
	proven := false
	if err == nil {
		if proven, err = s.proven(ctx, s.store, c, customer.ID); err != nil {
			return nil, err
		}
	}
	if !proven {
		return nil, errUnproven()
	}
	s.proofGiven(try, c, id)
	return customer, nil
}

// guidHash hashes a guid that a request wants stored.
func guidHash(field, guid string) (string, error) {
	hash, err := auth.HashGuid(guid)
	if err != nil {
		return "", InvalidField(field, "%s", err)
	}
	return hash, nil
}
