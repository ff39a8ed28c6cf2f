package onboarding

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"onramp/onboarding/auth"
)

// Registered is the answer to a registration or an update.
type Registered struct {
	Customer      *Customer
	Password      string // empty unless the caller may see it
	ActivationURL string
	Created       bool
}

// Deduplication keys, as the API names them.
var deduplicationKeys = []string{"phoneNumber", "email", "extId", "extProp1", "extProp2", "guid"}

// Registration is a request to createCustomer.
type Registration struct {
	Input       CustomerInput
	Deduplicate []string // of deduplicationKeys
	// IdempotencyKey and RequestHash make a repeat safe; both empty when the client sent no Idempotency-Key.
	IdempotencyKey string
	RequestHash    string
}

// errTaken tells Register that a generated user name met another: it draws again.
var errTaken = errors.New("generated user name is taken")

// Register creates a customer, or finds one by the deduplication keys and updates it. Nothing is written unless both mandatory policies
// are accepted. A customer that is found but not proven (its guid, or an organizationManager) is a Conflict that changes nothing and
// tells nothing. From an app it counts as a lookup: whoever tries addresses or user names learns from it what Exists would tell.
func (s *Service) Register(ctx context.Context, by *Caller, r Registration) (*Registered, error) {
	o, err := s.registrationOrganization(ctx, by, &r.Input)
	if err != nil {
		return nil, err
	}
	registered, err := s.register(ctx, by, o, r)
	if KindOf(err) == Conflict {
		if limited := s.limitLookups(ctx, by); limited != nil {
			return nil, limited
		}
	}
	return registered, err
}

// register is Register once the organization is known: the sign-up page comes in here without a login.
func (s *Service) register(ctx context.Context, by *Caller, o *Organization, r Registration) (*Registered, error) {
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

func (s *Service) tryRegister(ctx context.Context, by *Caller, o *Organization, r Registration) (*Registered, error) {
	d, err := s.draft(ctx, by, o, &r.Input)
	if err != nil {
		return nil, err
	}
	match, err := deduplication(r.Deduplicate, d)
	if err != nil {
		return nil, err
	}
	var result *Registered
	err = s.store.Write(ctx, func(tx Tx) error {
		result = nil
		if answered, err := s.answeredBefore(ctx, tx, by, &r, d.guidHash); err != nil || answered != nil {
			result = answered
			return err
		}
		var found *Customer
		if match != (Match{}) {
			hits, err := tx.MatchAny(ctx, o.ID, match, 2)
			if err != nil {
				return err
			}
			if len(hits) > 1 {
				return ConflictField("deduplicate", "the keys belong to several customers")
			}
			if len(hits) == 1 {
				found = hits[0]
			}
		}
		if found != nil {
			result, err = s.hit(ctx, tx, by, o, found, d, &r.Input)
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
	if in.Source != nil {
		if err := checkText("source", *in.Source, maxName); err != nil {
			return nil, err
		}
		c.Source = *in.Source
	}
	if in.Lock != nil {
		c.Locked = *in.Lock
	}
	if err := in.apply(c, by.manager()); err != nil {
		return nil, err
	}
	if in.Guid != nil && *in.Guid != "" {
		if d.guidHash, err = guidHash("guid", *in.Guid); err != nil {
			return nil, err
		}
	}
	if in.Device != nil {
		if err := in.Device.check("device.", false); err != nil {
			return nil, err
		}
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

// deduplication turns the keys named into what to look for: only keys that the request carries count.
func deduplication(keys []string, d *draft) (Match, error) {
	var m Match
	for _, key := range keys {
		switch key {
		case "phoneNumber":
			m.Phone = d.customer.Phone
		case "email":
			m.Email = d.customer.Email
		case "extId":
			m.ExtID = d.customer.ExtID
		case "extProp1":
			m.ExtProp1 = d.customer.ExtProp1
		case "extProp2":
			m.ExtProp2 = d.customer.ExtProp2
		case "guid":
			m.GuidHash = d.guidHash
		default:
			return m, InvalidField("deduplicate", "%q is not one of %s", cutText(key, 64), strings.Join(deduplicationKeys, ", "))
		}
	}
	return m, nil
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
	if d.guidHash != "" {
		if err := tx.AddGuid(ctx, o.ID, c.ID, d.guidHash, c.Created); err != nil {
			return nil, err
		}
	}
	if device != nil && device.InstallID != "" && !c.Minimised() {
		if err := tx.PutAppDevice(ctx, device.device(c.ID, c.Created)); err != nil {
			return nil, err
		}
	}
	if err := tx.InsertActivation(ctx, d.activation); err != nil {
		return nil, err
	}
	if err := tx.AppendEvents(ctx, []Event{newEvent(&c, EventSignup, c.Created, map[string]string{"channel": string(by.channel())})}); err != nil {
		return nil, err
	}
	if err := s.keepCurrent(ctx, tx, o, nil, &c); err != nil {
		return nil, err
	}
	return &Registered{Customer: &c, Password: d.password, ActivationURL: d.url, Created: true}, nil
}

// hit updates the customer that was found, if the caller proves that he may.
func (s *Service) hit(ctx context.Context, tx Tx, by *Caller, o *Organization, found *Customer, d *draft, in *CustomerInput) (*Registered, error) {
	byGuid := false
	if d.guidHash != "" {
		var err error
		if byGuid, err = tx.HasGuid(ctx, found.ID, d.guidHash); err != nil {
			return nil, err
		}
	}
	if !byGuid && !by.manager() {
		return nil, ConflictField("", "a known person must verify: check the credential first")
	}
	c := *found
	now := s.now()
	c.Modified = now
	if err := in.place(&c, o, by); err != nil {
		return nil, err
	}
	if err := in.apply(&c, by.manager()); err != nil {
		return nil, err
	}
	d.decisions.applyTo(&c)
	if err := tx.UpdateCustomer(ctx, &c); err != nil {
		return nil, err
	}
	entries := d.decisions.entries(o, c.ID, now, by)
	if err := tx.AppendConsents(ctx, entries); err != nil {
		return nil, err
	}
	if err := tx.AppendEvents(ctx, []Event{consentEvent(&c, now, entries)}); err != nil {
		return nil, err
	}
	if err := s.keepCurrent(ctx, tx, o, found, &c); err != nil {
		return nil, err
	}
	if in.Device != nil && in.Device.InstallID != "" && !c.Minimised() {
		if err := tx.PutAppDevice(ctx, in.Device.device(c.ID, now)); err != nil {
			return nil, err
		}
	}
	credential, err := s.moveEnd(ctx, tx, o, c.ID, now)
	if err != nil {
		return nil, err
	}
	activation, url := s.newActivation(&c)
	if err := tx.InsertActivation(ctx, activation); err != nil {
		return nil, err
	}
	r := &Registered{Customer: &c, ActivationURL: url}
	if byGuid {
		password, err := s.openPassword(credential)
		if err != nil {
			return nil, err
		}
		r.Password = password
	}
	return r, nil
}

// openPassword unseals a credential's password.
func (s *Service) openPassword(c *Credential) (string, error) {
	plain, err := s.sealer.Open(c.Password, passwordPurpose(c.CustomerID))
	return string(plain), err
}

// moveEnd gives a credential that is near its end, or past it, a new lifetime with the same password: the caller has just
// proven who he is.
func (s *Service) moveEnd(ctx context.Context, tx Tx, o *Organization, customerID string, now time.Time) (*Credential, error) {
	credential, err := tx.Credential(ctx, customerID)
	if err != nil || !credential.nearEnd(o.WiFi.ProfileLifetime, now) {
		return credential, err
	}
	moved := *credential
	moved.Expires = now.Add(o.WiFi.ProfileLifetime)
	return &moved, tx.UpdateCredential(ctx, &moved)
}

// DeduplicationKeys returns the keys by which createCustomer can find a known customer.
func DeduplicationKeys() []string { return slices.Clone(deduplicationKeys) }
