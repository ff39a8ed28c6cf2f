package onboarding

import (
	"context"
	"errors"
	"strings"

	"onramp/onboarding/auth"
)

// draft is everything about a registration that is decided before the transaction.
type draft struct {
	customer   *Customer
	password   string
	credential *Credential
	guidHash   string
	decisions  decisions
	generated  bool // the user name is ours
	activation *Activation
	url        string
}

// draft checks the whole request and prepares a new customer from it.
func (s *Service) draft(ctx context.Context, by *Caller, o *Organization, in *CustomerInput) (*draft, error) {
	now := s.now()
	d := &draft{}
	c := &Customer{
		ID: NewID(), OrganizationID: o.ID, LocationID: o.DefaultLocation,
		SignupMethod: by.channel(), Created: now, Modified: now,
	}
	d.customer = c
	var err error
	if d.decisions, err = decide(o, in.Policies, in.Profiling, in.PPD, false); err != nil {
		return nil, err
	}
	if err := d.decisions.mandatoryAccepted(); err != nil {
		return nil, err
	}
	if err := in.place(c, o, by); err != nil {
		return nil, err
	}
	if d.guidHash, err = in.attached(); err != nil {
		return nil, err
	}
	if in.Source != nil {
		c.Source = tidyName(*in.Source)
	}
	if in.Lock != nil {
		c.Locked = *in.Lock
	}
	if err := in.apply(c, o.phoneCountry(c.LocationID), by.manager()); err != nil {
		return nil, err
	}
	if err := s.draftCredential(ctx, d, o, in); err != nil {
		return nil, err
	}
	d.activation, d.url = s.newActivation(c)
	return d, nil
}

// draftCredential takes the user name and password of the request, or makes them.
func (s *Service) draftCredential(ctx context.Context, d *draft, o *Organization, in *CustomerInput) error {
	c := d.customer
	if in.Username != nil {
		if err := checkNewUsername(ctx, s.store, *in.Username); err != nil {
			return err
		}
		c.Username = *in.Username
	} else {
		c.Username, d.generated = auth.GenerateUsername(), true
	}
	if in.Password != nil {
		if err := checkPassword("password", *in.Password, o.WiFi.Inner); err != nil {
			return err
		}
		d.password = *in.Password
	} else {
		d.password = auth.GeneratePassword()
	}
	d.credential = &Credential{
		CustomerID: c.ID, OrganizationID: o.ID, Username: c.Username,
		Password: s.sealer.Seal([]byte(d.password), passwordPurpose(c.ID)),
		Created:  c.Created, Expires: c.Created.Add(o.WiFi.ProfileLifetime),
	}
	return nil
}

// checkNewUsername refuses a name that authorize would take apart: one that ends in @ and a realm of any organization.
func checkNewUsername(ctx context.Context, r OrganizationReader, name string) error {
	if err := checkUsername("username", name); err != nil {
		return err
	}
	if err := checkVisible("username", name); err != nil {
		return err
	}
	if strings.TrimSpace(name) != name {
		return InvalidField("username", "begins or ends with a blank, which Android cuts off")
	}
	if _, realm, ok := cutLastAt(name); ok {
		_, err := r.RealmOwner(ctx, foldRealm(realm))
		if err == nil {
			return InvalidField("username", "ends in the realm %s, which the network strips", realm)
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// place sets location and hotspot; an app does not know its hotspot, so only an operator's is taken.
func (in *CustomerInput) place(c *Customer, o *Organization, by *Caller) error {
	if in.LocationID != nil && *in.LocationID != "" {
		if o.Location(*in.LocationID) == nil {
			return InvalidField("locationId", "not a location of this organization")
		}
		c.LocationID = *in.LocationID
	}
	if in.HotspotID != nil && *in.HotspotID != "" && by.channel() != ChannelApp {
		location, hotspot := o.Hotspot(*in.HotspotID)
		if hotspot == nil || in.LocationID != nil && location.ID != c.LocationID {
			return InvalidField("hotspotId", "not a hotspot of this location")
		}
		c.HotspotID, c.LocationID = hotspot.ID, location.ID
	}
	return nil
}
