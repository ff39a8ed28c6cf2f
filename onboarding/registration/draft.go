package registration

import (
	"context"
	"slices"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// draft is a validated registration, prepared before the transaction.
type draft struct {
	input      *CustomerInput
	customer   *onboarding.Customer
	document   onboarding.Document // not yet in customer: the transaction selects its form
	credential *onboarding.Credential
	password   string
	generated  bool // whether the user name was generated
	guidHash   string
	device     *DeviceInput
	decisions  decisions
	link       *onboarding.Link // nil when the registration gets no link
	linkURL    string
	system     string // the operating system of the visitor's browser; empty if unknown
	// evidence holds the circumstances of the decisions of an imported row, by policy; nil in a
	// registration.
	evidence map[string]ImportedConsent
}

// draft validates the whole request and prepares a new customer from it.
func (s *Registrar) draft(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, in *CustomerInput,
) (*draft, error) {
	now := s.clock.Now()
	customer := &onboarding.Customer{
		ID: onboarding.NewID(), OrganizationID: o.ID, LocationID: o.DefaultLocation,
		SignupMethod: by.Channel(), Created: now, Modified: now,
	}
	if id := by.LocationID(); id != "" {
		customer.LocationID = id
	}
	d := &draft{input: in, customer: customer, device: in.Device}
	faults := slices.Clone(in.Unread)
	if err := s.draftCredential(ctx, d, o, &faults); err != nil {
		return nil, err
	}
	var err error
	d.decisions, d.guidHash, err = in.validate(customer, &d.document, o, by, decisions.mandatoryAccepted, &faults)
	if err != nil {
		return nil, err
	}
	if err := faults.InOrder(customerMembers).Err(); err != nil {
		return nil, err
	}
	if in.Source != nil {
		customer.Source = onboarding.TidyName(*in.Source)
	}
	if in.Lock != nil {
		customer.Locked = *in.Lock
	}
	d.link, d.linkURL = s.links.New(customer)
	return d, nil
}

// draftCredential sets the user name and password from the request, or generates them.
func (s *Registrar) draftCredential(
	ctx context.Context, d *draft, o *onboarding.Organization, faults *onboarding.Faults,
) error {
	in, customer := d.input, d.customer
	if in.Username != nil {
		if err := faults.Add(checkNewUsername(ctx, s.store, *in.Username)); err != nil {
			return err
		}
		customer.Username = *in.Username
	} else {
		customer.Username, d.generated = auth.GenerateUsername(), true
	}
	if in.Password != nil {
		if err := faults.Add(checkPassword("password", *in.Password, string(o.WiFi.Inner))); err != nil {
			return err
		}
		d.password = *in.Password
	} else {
		d.password = auth.GeneratePassword()
	}
	d.credential = &onboarding.Credential{
		CustomerID: customer.ID, OrganizationID: o.ID, Username: customer.Username,
		Password: s.sealer.Seal([]byte(d.password), onboarding.PasswordPurpose(customer.ID)),
		Created:  customer.Created, Expires: customer.Created.Add(o.WiFi.ProfileLifetime),
	}
	return nil
}
