package onboarding

import "context"

// UpdateCustomer changes what the request names and leaves the rest. User name, password and lock have routes of their own
// and are refused here.
func (s *Service) UpdateCustomer(ctx context.Context, by *Caller, id string, in CustomerInput) (*Registered, error) {
	known, err := s.customer(ctx, by, id)
	if err != nil {
		return nil, err
	}
	for _, refused := range []struct {
		field string
		said  bool
	}{{"username", in.Username != nil}, {"password", in.Password != nil}, {"lock", in.Lock != nil}} {
		if refused.said {
			return nil, InvalidField(refused.field, "cannot be changed by an update")
		}
	}
	if in.OrganizationID != nil && *in.OrganizationID != known.OrganizationID {
		return nil, notFound("organization")
	}
	o, err := s.store.Organization(ctx, known.OrganizationID)
	if err != nil {
		return nil, err
	}
	decided, err := decide(o, in.Policies, in.Profiling, in.PPD, false)
	if err != nil {
		return nil, err
	}
	if err := decided.mandatoryKept(); err != nil {
		return nil, err
	}
	newGuid := ""
	if in.Guid != nil && *in.Guid != "" {
		if newGuid, err = guidHash("guid", *in.Guid); err != nil {
			return nil, err
		}
	}
	if in.Device != nil {
		if err := in.Device.check("device.", false); err != nil {
			return nil, err
		}
	}
	if in.Source != nil {
		if err := checkText("source", *in.Source, maxName); err != nil {
			return nil, err
		}
	}
	var result *Registered
	err = s.store.Write(ctx, func(tx Tx) error {
		found, err := tx.Customer(ctx, known.OrganizationID, id)
		if err != nil {
			return err
		}
		c, now := *found, s.now()
		c.Modified = now
		if err := in.place(&c, o, by); err != nil {
			return err
		}
		if err := in.apply(&c, by.manager()); err != nil {
			return err
		}
		decided.applyTo(&c)
		if err := tx.UpdateCustomer(ctx, &c); err != nil {
			return err
		}
		if len(decided) > 0 {
			entries := decided.entries(o, c.ID, now, by)
			if err := tx.AppendConsents(ctx, entries); err != nil {
				return err
			}
			if err := tx.AppendEvents(ctx, []Event{consentEvent(&c, now, entries)}); err != nil {
				return err
			}
		}
		if err := s.keepCurrent(ctx, tx, o, found, &c); err != nil {
			return err
		}
		if newGuid != "" { // the caller is proven: his new device is one of the customer's
			if err := tx.AddGuid(ctx, c.OrganizationID, c.ID, newGuid, now); err != nil {
				return err
			}
		}
		if in.Device != nil && in.Device.InstallID != "" && !c.Minimised() {
			if err := tx.PutAppDevice(ctx, in.Device.device(c.ID, now)); err != nil {
				return err
			}
		}
		activation, url := s.newActivation(&c)
		result = &Registered{Customer: &c, ActivationURL: url}
		return tx.InsertActivation(ctx, activation)
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}
