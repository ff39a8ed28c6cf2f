package onboarding

import (
	"context"
	"errors"
	"slices"
)

// Registered is the answer to a registration or an update.
type Registered struct {
	Customer      *Customer
	Password      string // empty unless the caller may see it
	ActivationURL string
	Created       bool
}

// Registration is a request to createCustomer.
type Registration struct {
	Input       CustomerInput
	Deduplicate []string // of deduplicationKeys
	// IdempotencyKey and RequestHash make a repeat safe; both empty when the client sent no Idempotency-Key.
	IdempotencyKey string
	RequestHash    string
	// Form is the sign-up form that is sent, if one is. IdempotencyKey then begins with it.
	Form string
}

// errTaken tells Register that a generated user name met another: it draws again.
var errTaken = errors.New("generated user name is taken")

// Register creates a customer, or finds one by the deduplication keys and updates it. Nothing is written unless both mandatory policies
// are accepted. A customer that is found by a verified attribute but not proven is a Conflict that changes nothing and
// tells nothing. From an app that counts as a lookup, for it tells what Exists would tell.
func (s *Service) Register(ctx context.Context, by *Caller, r Registration) (*Registered, error) {
	o, err := s.registrationOrganization(ctx, by, &r.Input)
	if err != nil {
		return nil, err
	}
	return s.register(ctx, by, o, r)
}

// register is Register once the organization is known: the sign-up page comes in here without a login.
func (s *Service) register(ctx context.Context, by *Caller, o *Organization, r Registration) (*Registered, error) {
	identifies := len(r.Deduplicate) > 0 || r.Input.Username != nil
	paid, err := s.takeRegistration(ctx, by, o.ID, r.Input.whereabouts(o), identifies)
	if err != nil {
		return nil, err
	}
	registered, err := s.registerPaid(ctx, by, o, r)
	settleRegistration(paid, err)
	return registered, err
}

// registerPaid is register once the budgets have been asked.
func (s *Service) registerPaid(ctx context.Context, by *Caller, o *Organization, r Registration) (*Registered, error) {
	for attempt := 0; ; attempt++ {
		registered, err := s.tryRegister(ctx, by, o, r)
		if attempt < 3 && (errors.Is(err, errTaken) || KindOf(err) == Conflict && fieldOf(err) == "Idempotency-Key" && attempt == 0) {
			continue
		}
		return registered, err
	}
}

func fieldOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Field
	}
	return ""
}

// registrationOrganization is the caller's: naming another looks like naming none.
func (s *Service) registrationOrganization(ctx context.Context, by *Caller, in *CustomerInput) (*Organization, error) {
	id := ""
	if by.Principal != nil {
		id = by.Principal.OrganizationID
	}
	if in.OrganizationID != nil {
		id = *in.OrganizationID
	}
	return s.organization(ctx, by, id)
}

func (s *Service) tryRegister(ctx context.Context, by *Caller, o *Organization, r Registration) (*Registered, error) {
	in := r.Input
	in.Unread = slices.Clone(in.Unread)
	if err := in.Unread.Add(checkKeys(r.Deduplicate)); err != nil {
		return nil, err
	}
	d, err := s.draft(ctx, by, o, &in)
	if err != nil {
		return nil, err
	}
	match := deduplication(r.Deduplicate, d)
	var result *Registered
	err = s.store.Write(ctx, func(tx Tx) error {
		result = nil
		if answered, err := s.answeredBefore(ctx, tx, by, &r, d.guidHash); err != nil || answered != nil {
			result = answered
			return err
		}
		if err := s.limitForm(ctx, tx, portalScope, r.Form); err != nil {
			return err
		}
		found, err := s.find(ctx, tx, by, o, match, d.guidHash)
		if err != nil {
			return err
		}
		if found != nil {
			result, err = s.hit(ctx, tx, by, o, found.ID, d, &r.Input)
		} else {
			result, err = s.create(ctx, tx, by, o, d, r.Input.Device)
		}
		if err != nil {
			return err
		}
		return s.remember(ctx, tx, by, &r, d.guidHash, result)
	})
	if err != nil {
		if d.generated && KindOf(err) == Conflict && fieldOf(err) == "username" {
			return nil, errTaken
		}
		return nil, err
	}
	return result, nil
}

// create writes a new customer with everything that belongs to it.
func (s *Service) create(ctx context.Context, tx Tx, by *Caller, o *Organization, d *draft, device *DeviceInput) (*Registered, error) {
	c := *d.customer
	d.decisions.applyTo(&c)
	if !d.generated { // again: a tenant with such a realm may have been applied since
		if err := checkNewUsername(ctx, tx, c.Username); err != nil {
			return nil, err
		}
	}
	if err := tx.InsertCustomer(ctx, &c); err != nil {
		return nil, err
	}
	if err := tx.InsertCredential(ctx, d.credential); err != nil {
		return nil, err
	}
	if err := tx.AppendConsents(ctx, d.decisions.entries(o, c.ID, c.Created, by)); err != nil {
		return nil, err
	}
	if err := s.addProof(ctx, tx, by, &c, d.guidHash); err != nil {
		return nil, err
	}
	if err := keepDevice(ctx, tx, &c, device, c.Created); err != nil {
		return nil, err
	}
	if err := tx.InsertActivation(ctx, d.activation); err != nil {
		return nil, err
	}
	if err := tx.AppendEvents(ctx, []Event{newEvent(&c, EventSignup, c.Created, map[string]string{"channel": string(by.channel())})}); err != nil {
		return nil, err
	}
	if err := s.refreshDerived(ctx, tx, o, nil, &c); err != nil {
		return nil, err
	}
	return &Registered{Customer: &c, Password: d.password, ActivationURL: d.url, Created: true}, nil
}

// whereabouts returns the location at which a registration counts.
func (in *CustomerInput) whereabouts(o *Organization) string {
	if in.HotspotID != nil {
		if location, hotspot := o.Hotspot(*in.HotspotID); hotspot != nil {
			return location.ID
		}
	}
	if in.LocationID != nil && o.Location(*in.LocationID) != nil {
		return *in.LocationID
	}
	return o.DefaultLocation
}
