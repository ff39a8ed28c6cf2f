package registration

import (
	"context"
	"slices"

	"onramp/onboarding"
	"onramp/onboarding/links"
)

// Update changes the fields that the request names and keeps all others. It refuses the user name,
// the password and the lock, which other calls change.
func (s *Registrar) Update(
	ctx context.Context, by *onboarding.Caller, id string, in CustomerInput,
) (*Result, error) {
	known, err := s.access.Customer(ctx, by, id)
	if err != nil {
		return nil, err
	}
	faults := slices.Clone(in.Unread)
	in.refuseCredential(&faults)
	if in.OrganizationID != nil && *in.OrganizationID != known.OrganizationID {
		return nil, onboarding.NotFoundError("organization")
	}
	o, err := s.store.Organization(ctx, known.OrganizationID)
	if err != nil {
		return nil, err
	}
	validated := *known
	document, err := s.documents.Of(known)
	if err != nil {
		return nil, err
	}
	decided, guidHash, err := in.validate(&validated, &document, o, by, decisions.mandatoryNotRevoked, &faults)
	if err != nil {
		return nil, err
	}
	if guidHash != "" && !by.IsOperator() && *in.Guid != by.Guid {
		faults.Refuse("guid", "verify another device with POST /v3/customers/credential/check")
	}
	if err := faults.InOrder(customerMembers).Err(); err != nil {
		return nil, err
	}
	var result *Result
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		c := s.begin(tx, by, o)
		customer, _, err := s.access.HeldProof(ctx, tx, by, known.OrganizationID, id)
		if err != nil {
			return err
		}
		result, err = s.update(ctx, c, customer, decided, &in)
		if err != nil || guidHash == "" || !by.IsOperator() {
			return err
		}
		if err := tx.AddGuid(ctx, customer.OrganizationID, customer.ID, guidHash, c.now); err != nil {
			return err
		}
		return tx.TrimGuids(ctx, customer.ID, guidHash, onboarding.MaxGuids)
	})
	if err == nil {
		err = s.settled(ctx, result.Customer)
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}

// refuseCredential adds a fault for each field that an update must not change.
func (in *CustomerInput) refuseCredential(faults *onboarding.Faults) {
	for _, field := range []struct {
		name string
		sent bool
	}{{"username", in.Username != nil}, {"password", in.Password != nil}, {"lock", in.Lock != nil}} {
		if field.sent {
			faults.Refuse(field.name, "cannot be changed by an update")
		}
	}
}

// update is change with a new link in the result.
func (s *Registrar) update(
	ctx context.Context, c call, before *onboarding.Customer, decided decisions, in *CustomerInput,
) (*Result, error) {
	customer, err := s.change(ctx, c, before, decided, in)
	if err != nil {
		return nil, err
	}
	link, url := s.links.New(customer)
	return &Result{Customer: customer, LinkURL: url}, links.InsertLink(ctx, c.tx, link)
}

// change writes a proven caller's changes to the customer, the ledger and the history.
func (s *Registrar) change(
	ctx context.Context, c call, before *onboarding.Customer, decided decisions, in *CustomerInput,
) (*onboarding.Customer, error) {
	customer := *before
	customer.Modified = c.now
	if err := in.setLocation(&customer, c.organization, c.by); err != nil {
		return nil, err
	}
	document, err := s.documents.Of(before)
	if err != nil {
		return nil, err
	}
	phoneCountry := c.organization.PhoneCountry(customer.LocationID)
	if err := in.setAttributes(&customer, &document, phoneCountry, c.by.IsOperator()); err != nil {
		return nil, err
	}
	if in.Document != nil {
		if err := s.documents.Set(ctx, c.tx, &customer, document); err != nil {
			return nil, err
		}
	}
	decided.applyTo(&customer)
	if err := c.tx.UpdateCustomer(ctx, &customer); err != nil {
		return nil, err
	}
	if err := s.recordDecisions(ctx, c, &customer, decided); err != nil {
		return nil, err
	}
	if err := s.refreshDerived(ctx, c, before, &customer); err != nil {
		return nil, err
	}
	if err := putDevice(ctx, c.tx, &customer, in.Device, c.now); err != nil {
		return nil, err
	}
	return &customer, s.access.Record(ctx, c.tx, changed(&customer, in.sent()...))
}

// refreshDerived updates the data derived from a customer and the consents: it erases personal data
// whose processing is refused, forgets addresses that are no longer verified, and updates visits
// and segments. Every transaction that changes a customer or a consent ends with it. The customer
// before is nil for a new one.
func (s *Registrar) refreshDerived(ctx context.Context, c call, before, after *onboarding.Customer) error {
	if err := eraseRefused(ctx, c.tx, before, after); err != nil {
		return err
	}
	if err := forgetAddresses(ctx, c.tx, before, after); err != nil {
		return err
	}
	return s.visits.Follow(ctx, c.tx, c.organization, before, after)
}
