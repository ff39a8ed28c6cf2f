package registration

import (
	"context"
	"errors"
	"slices"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// Registered is the answer to a registration or an update.
type Result struct {
	Customer *onboarding.Customer
	Password string // empty unless the caller may see it
	LinkURL  string
	Created  bool
}

// Registration is a request to createCustomer.
type Request struct {
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
func (s *Registrar) Register(ctx context.Context, by *onboarding.Caller, r Request) (*Result, error) {
	o, err := s.registrationOrganization(ctx, by, &r.Input)
	if err != nil {
		return nil, err
	}
	return s.register(ctx, by, o, r)
}

// register is Register once the organization is known: the sign-up page comes in here without a login.
func (s *Registrar) register(ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, r Request) (*Result, error) {
	identifies := len(r.Deduplicate) > 0 || r.Input.Username != nil
	paid, err := s.access.TakeRegistration(ctx, by, o.ID, r.Input.whereabouts(o), identifies)
	if err != nil {
		return nil, err
	}
	registered, err := s.registerPaid(ctx, by, o, r)
	access.SettleRegistration(paid, err)
	return registered, err
}

// registerPaid is register once the budgets have been asked.
func (s *Registrar) registerPaid(ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, r Request) (*Result, error) {
	for attempt := 0; ; attempt++ {
		registered, err := s.tryRegister(ctx, by, o, r)
		if attempt < 3 && (errors.Is(err, errTaken) || onboarding.KindOf(err) == onboarding.Conflict && fieldOf(err) == "Idempotency-Key" && attempt == 0) {
			continue
		}
		return registered, err
	}
}

func fieldOf(err error) string {
	if e, ok := errors.AsType[*onboarding.Error](err); ok {
		return e.Field
	}
	return ""
}

// registrationOrganization is the caller's: naming another looks like naming none.
func (s *Registrar) registrationOrganization(ctx context.Context, by *onboarding.Caller, in *CustomerInput) (*onboarding.Organization, error) {
	id := ""
	if by.Principal != nil {
		id = by.Principal.OrganizationID
	}
	if in.OrganizationID != nil {
		id = *in.OrganizationID
	}
	return s.access.Organization(ctx, by, id)
}

func (s *Registrar) tryRegister(ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, r Request) (*Result, error) {
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
	var result *Result
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		result = nil
		if answered, err := s.answeredBefore(ctx, tx, by, &r, d.guidHash); err != nil || answered != nil {
			result = answered
			return err
		}
		if err := s.access.LimitForm(ctx, tx, portalScope, r.Form); err != nil {
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
		if d.generated && onboarding.KindOf(err) == onboarding.Conflict && fieldOf(err) == "username" {
			return nil, errTaken
		}
		return nil, err
	}
	return result, nil
}

// create writes a new customer with everything that belongs to it.
func (s *Registrar) create(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization, d *draft, device *DeviceInput) (*Result, error) {
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
	if err := s.access.AddProof(ctx, tx, by, &c, d.guidHash); err != nil {
		return nil, err
	}
	if err := putDevice(ctx, tx, &c, device, c.Created); err != nil {
		return nil, err
	}
	if err := tx.InsertLink(ctx, d.activation); err != nil {
		return nil, err
	}
	if err := tx.AppendEvents(ctx, []onboarding.Event{onboarding.NewEvent(&c, onboarding.EventSignup, c.Created, map[string]string{"channel": string(by.Channel())})}); err != nil {
		return nil, err
	}
	if err := s.refreshDerived(ctx, tx, o, nil, &c); err != nil {
		return nil, err
	}
	return &Result{Customer: &c, Password: d.password, LinkURL: d.url, Created: true}, nil
}

// whereabouts returns the location at which a registration counts.
func (in *CustomerInput) whereabouts(o *onboarding.Organization) string {
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
