package registration

import (
	"context"
	"errors"
	"onramp/onboarding/auth"
	"slices"
	"strings"

	"onramp/onboarding"
)

// draft is everything about a registration that is decided before the transaction.
type draft struct {
	customer   *onboarding.Customer
	password   string
	credential *onboarding.Credential
	guidHash   string
	decisions  decisions
	generated  bool // the user name is ours
	activation *onboarding.Link
	url        string
}

// draft checks the whole request and prepares a new customer from it.
func (s *Registrar) draft(ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, in *CustomerInput) (*draft, error) {
	now := s.clock.Now()
	d := &draft{}
	c := &onboarding.Customer{
		ID: onboarding.NewID(), OrganizationID: o.ID, LocationID: o.DefaultLocation,
		SignupMethod: by.Channel(), Created: now, Modified: now,
	}
	d.customer = c
	wrong := slices.Clone(in.Unread)
	if err := s.draftCredential(ctx, d, o, in, &wrong); err != nil {
		return nil, err
	}
	var err error
	if d.decisions, d.guidHash, err = in.check(c, o, by, decisions.mandatoryAccepted, &wrong); err != nil {
		return nil, err
	}
	if err := wrong.InOrder(customerMembers).Err(); err != nil {
		return nil, err
	}
	if in.Source != nil {
		c.Source = onboarding.TidyName(*in.Source)
	}
	if in.Lock != nil {
		c.Locked = *in.Lock
	}
	d.activation, d.url = s.links.New(c)
	return d, nil
}

// check holds what in says to the rules, adds what is wrong to the faults and puts the rest into c. What the decisions have to
// be, mandatory says. It returns them and the guid's hash.
func (in *CustomerInput) check(
	c *onboarding.Customer, o *onboarding.Organization, by *onboarding.Caller, mandatory func(decisions) error, wrong *onboarding.Faults,
) (decisions, string, error) {
	decided, err := decide(o, in.Policies, in.Profiling, in.PPD, false)
	if err := wrong.Add(err); err != nil {
		return nil, "", err
	}
	guid, err := in.attached()
	if err := wrong.Add(err); err != nil {
		return nil, "", err
	}
	for _, check := range []func() error{
		func() error { return mandatory(decided) },
		func() error { return in.place(c, o, by) },
		func() error { return in.apply(c, o.PhoneCountry(c.LocationID), by.IsManager()) },
	} {
		if err := wrong.Add(check()); err != nil {
			return nil, "", err
		}
	}
	return decided, guid, nil
}

// draftCredential takes the user name and password of the request, or makes them.
func (s *Registrar) draftCredential(ctx context.Context, d *draft, o *onboarding.Organization, in *CustomerInput, wrong *onboarding.Faults) error {
	c := d.customer
	if in.Username != nil {
		if err := wrong.Add(checkNewUsername(ctx, s.store, *in.Username)); err != nil {
			return err
		}
		c.Username = *in.Username
	} else {
		c.Username, d.generated = auth.GenerateUsername(), true
	}
	if in.Password != nil {
		if err := wrong.Add(checkPassword("password", *in.Password, string(o.WiFi.Inner))); err != nil {
			return err
		}
		d.password = *in.Password
	} else {
		d.password = auth.GeneratePassword()
	}
	d.credential = &onboarding.Credential{
		CustomerID: c.ID, OrganizationID: o.ID, Username: c.Username,
		Password: s.sealer.Seal([]byte(d.password), onboarding.PasswordPurpose(c.ID)),
		Created:  c.Created, Expires: c.Created.Add(o.WiFi.ProfileLifetime),
	}
	return nil
}

// checkNewUsername refuses a name that authorize would take apart: one that ends in @ and a realm of any organization.
func checkNewUsername(ctx context.Context, r onboarding.OrganizationReader, name string) error {
	if err := checkUsername("username", name); err != nil {
		return err
	}
	if err := onboarding.CheckVisible("username", name); err != nil {
		return err
	}
	if strings.TrimSpace(name) != name {
		return onboarding.InvalidField("username", "begins or ends with a blank, which Android cuts off")
	}
	if _, realm, ok := onboarding.CutLastAt(name); ok {
		_, err := r.RealmOwner(ctx, onboarding.FoldRealm(realm))
		if err == nil {
			return onboarding.InvalidField("username", "ends in the realm %s, which the network strips", realm)
		}
		if !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
	}
	return nil
}

// place sets location and hotspot; an app does not know its hotspot, so only an operator's is taken.
func (in *CustomerInput) place(c *onboarding.Customer, o *onboarding.Organization, by *onboarding.Caller) error {
	var wrong onboarding.Faults
	if in.LocationID != nil && *in.LocationID != "" {
		if o.Location(*in.LocationID) == nil {
			wrong.Refuse("locationId", "not a location of this organization")
		}
		c.LocationID = *in.LocationID
	}
	if in.HotspotID != nil && *in.HotspotID != "" && by.Channel() != onboarding.ChannelApp {
		location, hotspot := o.Hotspot(*in.HotspotID)
		if hotspot == nil || in.LocationID != nil && location.ID != c.LocationID {
			wrong.Refuse("hotspotId", "not a hotspot of this location")
			return wrong.Err()
		}
		c.HotspotID, c.LocationID = hotspot.ID, location.ID
	}
	return wrong.Err()
}
