package registration

import (
	"context"
	"slices"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/links"
)

// UpdateCustomer changes what the request names and leaves the rest. User name, password and lock have routes of their own
// and are refused here.
func (s *Registrar) Update(ctx context.Context, by *onboarding.Caller, id string, in CustomerInput) (*Result, error) {
	known, err := s.access.Customer(ctx, by, id)
	if err != nil {
		return nil, err
	}
	wrong := slices.Clone(in.Unread)
	for _, refused := range []struct {
		field string
		said  bool
	}{{"username", in.Username != nil}, {"password", in.Password != nil}, {"lock", in.Lock != nil}} {
		if refused.said {
			wrong.Refuse(refused.field, "cannot be changed by an update")
		}
	}
	if in.OrganizationID != nil && *in.OrganizationID != known.OrganizationID {
		return nil, onboarding.NotFoundError("organization")
	}
	o, err := s.store.Organization(ctx, known.OrganizationID)
	if err != nil {
		return nil, err
	}
	asked := *known
	decided, newGuid, err := in.check(&asked, o, by, decisions.mandatoryKept, &wrong)
	if err != nil {
		return nil, err
	}
	if newGuid != "" && !by.IsManager() && *in.Guid != by.Guid {
		wrong.Refuse("guid", "a further device proves itself by credential/check")
	}
	if err := wrong.InOrder(customerMembers).Err(); err != nil {
		return nil, err
	}
	var result *Result
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		found, _, err := s.access.HeldProof(ctx, tx, by, known.OrganizationID, id)
		if err != nil {
			return err
		}
		if result, err = s.change(ctx, tx, by, o, found, decided, &in); err != nil || newGuid == "" || !by.IsManager() {
			return err
		}
		if err := tx.AddGuid(ctx, found.OrganizationID, found.ID, newGuid, s.clock.Now()); err != nil {
			return err
		}
		return tx.TrimGuids(ctx, found.ID, newGuid, onboarding.MaxGuids)
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// change puts what a proven caller says of a known customer into the customer, the ledger and the history, and answers with a new link.
func (s *Registrar) change(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization, found *onboarding.Customer, decided decisions, in *CustomerInput) (*Result, error) {
	c, now := *found, s.clock.Now()
	c.Modified = now
	if err := in.place(&c, o, by); err != nil {
		return nil, err
	}
	if err := in.apply(&c, o.PhoneCountry(c.LocationID), by.IsManager()); err != nil {
		return nil, err
	}
	decided.applyTo(&c)
	if err := tx.UpdateCustomer(ctx, &c); err != nil {
		return nil, err
	}
	if err := s.putDecisions(ctx, tx, by, o, &c, decided, now); err != nil {
		return nil, err
	}
	if err := s.refreshDerived(ctx, tx, o, found, &c); err != nil {
		return nil, err
	}
	if err := putDevice(ctx, tx, &c, in.Device, now); err != nil {
		return nil, err
	}
	activation, url := s.links.New(&c)
	return &Result{Customer: &c, LinkURL: url}, links.InsertLink(ctx, tx, activation)
}

// putDecisions appends to the ledger and the history what a known customer decided anew. What was said before is not repeated, so that the same
// request any number of times is one line.
func (s *Registrar) putDecisions(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization, c *onboarding.Customer, decided decisions, now time.Time) error {
	fresh, err := decided.withoutRepeats(ctx, tx, o, c.ID)
	if err != nil || len(fresh) == 0 {
		return err
	}
	if err := s.access.LimitConsents(ctx, tx, by, c.ID, len(fresh)); err != nil {
		return err
	}
	entries := fresh.entries(o, c.ID, now, by)
	if err := tx.AppendConsents(ctx, entries); err != nil {
		return err
	}
	return tx.AppendEvents(ctx, []onboarding.Event{consentEvent(c, now, entries)})
}

// refreshDerived updates everything that follows from a customer and the consents: the personal
// data that a refusal of processing removes, whether visits are counted, and the segments. It belongs
// at the end of every transaction that changes either; was is the customer before, nil for a new one.
func (s *Registrar) refreshDerived(ctx context.Context, tx onboarding.Tx, o *onboarding.Organization, was, is *onboarding.Customer) error {
	if err := dropRefused(ctx, tx, was, is); err != nil {
		return err
	}
	return s.visits.Follow(ctx, tx, o, was, is)
}

// withoutRepeats returns the decisions that say something new: a policy's latest entry says otherwise, or was of another version.
func (d decisions) withoutRepeats(ctx context.Context, r onboarding.ConsentReader, o *onboarding.Organization, customerID string) (decisions, error) {
	if len(d) == 0 {
		return d, nil
	}
	current, err := r.CurrentConsents(ctx, customerID)
	if err != nil {
		return nil, err
	}
	fresh := decisions{}
	for key, accepted := range d {
		fresh[key] = accepted
	}
	for i := range current {
		c := &current[i]
		version := ""
		if p := o.Policy(c.Policy); p != nil {
			version = p.Version
		}
		if accepted, said := d[c.Policy]; said && accepted == c.Accepted && version == c.Version {
			delete(fresh, c.Policy)
		}
	}
	return fresh, nil
}
