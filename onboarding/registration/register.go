package registration

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// Result is the result of a registration, an update or a credential check.
type Result struct {
	Customer *onboarding.Customer
	Password string // empty unless the caller may read it
	LinkURL  string
	Created  bool
	// Due are the mandatory policies to accept, after a credential check.
	Due []onboarding.DuePolicy
}

// Request is a request to createCustomer.
type Request struct {
	Input       CustomerInput
	Deduplicate []string // of DeduplicationKeys
	// IdempotencyKey and RequestHash make a repeat safe; both are empty without an Idempotency-Key
	// header.
	IdempotencyKey string
	RequestHash    string
	// Form identifies the rendered sign-up form that was sent, if any; IdempotencyKey then starts
	// with it.
	Form string
	// Station is the MAC address in the sign-up page's address, or empty. The caller chooses it.
	Station string
	// Versions and System are those of Form.
	Versions map[string]string
	System   string
}

// Register creates a customer, or updates the one that the deduplication keys find. It writes
// nothing unless both mandatory policies are accepted.
//
// A customer found by a verified attribute whom the caller does not prove is a Conflict that
// changes nothing and discloses nothing else. A call from an app that can find a customer counts as
// a lookup.
func (s *Registrar) Register(ctx context.Context, by *onboarding.Caller, r Request) (*Result, error) {
	o, err := s.registrationOrganization(ctx, by, &r.Input)
	if err != nil {
		return nil, err
	}
	return s.registerLimited(ctx, by, o, r)
}

// registrationOrganization returns the organization that the request names, by default the
// caller's. Any other organization is reported as not found.
func (s *Registrar) registrationOrganization(
	ctx context.Context, by *onboarding.Caller, in *CustomerInput,
) (*onboarding.Organization, error) {
	id := ""
	if by.Principal != nil {
		id = by.Principal.OrganizationID
	}
	if in.OrganizationID != nil {
		id = *in.OrganizationID
	}
	return s.access.Organization(ctx, by, id)
}

// registerLimited registers within the caller's rate limits. The sign-up page starts here, without
// a login.
func (s *Registrar) registerLimited(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, r Request,
) (*Result, error) {
	if in := &r.Input; in.HotspotID != nil {
		if _, hotspot := o.Hotspot(*in.HotspotID); hotspot != nil {
			onboarding.SubjectOf(ctx).HotspotID = hotspot.ID
		}
	}
	identifies := len(r.Deduplicate) > 0 || r.Input.Username != nil
	taken, err := s.access.TakeRegistration(ctx, by, o.ID, r.Input.limitedLocation(o), identifies)
	if err != nil {
		return nil, err
	}
	result, err := s.registerWithRetries(ctx, by, o, r)
	access.SettleRegistration(taken, err)
	return result, err
}

// limitedLocation returns the ID of the location whose rate limit applies to the registration.
func (in *CustomerInput) limitedLocation(o *onboarding.Organization) string {
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

// maxRetries is how often a registration is repeated after it generated a user name that is taken.
const maxRetries = 3

// registerWithRetries repeats a registration that failed by chance: its generated user name was
// taken, or the same request was stored by a concurrent call, whose result the first retry returns.
func (s *Registrar) registerWithRetries(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, r Request,
) (*Result, error) {
	for attempt := 0; ; attempt++ {
		result, err := s.registerOnce(ctx, by, o, r)
		generated := r.Input.Username == nil
		switch {
		case generated && errors.Is(err, onboarding.ErrUsernameTaken):
			if attempt == maxRetries {
				return nil, fmt.Errorf("%d generated user names are taken", attempt+1)
			}
		case errors.Is(err, onboarding.ErrKeyTaken) && attempt == 0:
		default:
			return result, err
		}
	}
}

// registerOnce validates the request and registers in one transaction.
func (s *Registrar) registerOnce(
	ctx context.Context, by *onboarding.Caller, o *onboarding.Organization, r Request,
) (*Result, error) {
	in := r.Input
	in.Unread = slices.Clone(in.Unread)
	if err := in.Unread.Add(checkKeys(r.Deduplicate)); err != nil {
		return nil, err
	}
	d, err := s.draft(ctx, by, o, &in)
	if err != nil {
		return nil, err
	}
	d.system = r.System
	match := deduplication(r.Deduplicate, d)
	var result *Result
	var repeated *access.Repeatable
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		c := s.begin(tx, by, o)
		var err error
		if result, err = s.storedResult(ctx, c, &r, d.guidHash); err != nil {
			return err
		}
		if result != nil {
			repeated = s.access.Repeatable(ctx, repeatActs(result)...)
			return repeated.Record(ctx, tx)
		}
		repeated = nil // of an attempt that an engine repeats
		if len(ChangedPolicies(o, r.Versions)) > 0 {
			return ErrPolicyChanged
		}
		if err := s.access.LimitForm(ctx, tx, portalScope, r.Form); err != nil {
			return err
		}
		if result, err = s.createOrUpdate(ctx, c, match, d); err != nil {
			return err
		}
		if err := claimStation(ctx, c, result, r.Station); err != nil {
			return err
		}
		return s.storeResult(ctx, c, &r, d.guidHash, result)
	})
	if err == nil {
		err = s.settled(ctx, result.Customer)
	}
	if err != nil {
		return nil, err
	}
	if repeated != nil {
		repeated.Settle()
	} else if result.Created {
		s.observer.Registered(result.Customer.SignupMethod)
	}
	return result, nil
}

// claimStation stores a new customer's claim to a station, unless the customer is minimised.
func claimStation(ctx context.Context, c call, result *Result, station string) error {
	if station == "" || !result.Created || result.Customer.Minimised() {
		return nil
	}
	return c.tx.PutStationClaim(ctx, onboarding.StationClaim{
		CustomerID: result.Customer.ID, MAC: station, At: result.Customer.Created,
	})
}

// createOrUpdate updates the customer that the match finds, or else creates the draft's.
func (s *Registrar) createOrUpdate(ctx context.Context, c call, match onboarding.Match, d *draft) (*Result, error) {
	existing, err := s.findExisting(ctx, c, match, d.guidHash)
	if err != nil {
		return nil, err
	}
	if existing != nil {
		return s.updateExisting(ctx, c, existing.ID, d)
	}
	return s.create(ctx, c, d)
}

// create writes the draft's customer and all its records.
func (s *Registrar) create(ctx context.Context, c call, d *draft) (*Result, error) {
	customer := *d.customer
	d.decisions.applyTo(&customer)
	if !d.generated { // a tenant with such a realm may have been applied since the draft
		if err := checkNewUsername(ctx, c.tx, customer.Username); err != nil {
			return nil, err
		}
	}
	if !customer.Minimised() {
		if err := s.documents.Set(ctx, c.tx, &customer, d.document); err != nil {
			return nil, err
		}
	}
	if err := c.tx.InsertCustomer(ctx, &customer); err != nil {
		return nil, err
	}
	if err := c.tx.InsertCredential(ctx, d.credential); err != nil {
		return nil, err
	}
	entries := d.entries(c, &customer)
	if err := c.tx.AppendConsents(ctx, entries); err != nil {
		return nil, err
	}
	if err := s.access.AddProof(ctx, c.tx, c.by, &customer, d.guidHash); err != nil {
		return nil, err
	}
	if err := putDevice(ctx, c.tx, &customer, d.device, customer.Created); err != nil {
		return nil, err
	}
	if d.link != nil {
		if err := c.tx.InsertLink(ctx, d.link); err != nil {
			return nil, err
		}
	}
	signUp := onboarding.NewEvent(&customer, onboarding.EventSignup, customer.Created,
		map[string]string{"channel": string(customer.SignupMethod)})
	if err := c.tx.AppendEvents(ctx, []onboarding.Event{signUp}); err != nil {
		return nil, err
	}
	if d.evidence == nil { // an import is no sign-up
		if err := c.tx.AddStatistics(ctx, d.statistic(&customer)); err != nil {
			return nil, err
		}
		if err := c.tx.QueueWebhooks(ctx, c.now, createdWebhook(&customer, d)); err != nil {
			return nil, err
		}
	}
	if err := s.refreshDerived(ctx, c, nil, &customer); err != nil {
		return nil, err
	}
	created := act(&customer, onboarding.AuditContactCreated, d.input.sent()...)
	if err := s.access.Record(ctx, c.tx, created); err != nil {
		return nil, err
	}
	return &Result{Customer: &customer, Password: d.password, LinkURL: d.linkURL, Created: true}, nil
}

// createdWebhook returns the event of a new customer.
func createdWebhook(c *onboarding.Customer, d *draft) onboarding.WebhookEvent {
	data := onboarding.WebhookData{
		Channel: string(c.SignupMethod), Policies: d.decisions,
		Expires: onboarding.WebhookTime{Time: d.credential.Expires},
	}
	if !c.Minimised() {
		data.LocationID = c.LocationID
	}
	return onboarding.NewWebhookEvent(c, onboarding.WebhookCustomerCreated, c.Created, data)
}

// entries returns the ledger entries of a new customer.
func (d *draft) entries(c call, customer *onboarding.Customer) []onboarding.Consent {
	if d.evidence != nil {
		return d.importedEntries(d.decisions, c.organization, customer.ID, c.now)
	}
	return d.decisions.entries(c.organization, customer.ID, customer.Created, c.by)
}

// statistic returns the statistic of a new customer.
func (d *draft) statistic(c *onboarding.Customer) onboarding.Statistic {
	s := onboarding.Statistic{
		OrganizationID: c.OrganizationID, At: c.Created, LocationID: c.LocationID,
		Platform: onboarding.StatisticsPlatform(d.system), Counts: onboarding.Counts{Signups: 1},
	}
	if c.SignupMethod == onboarding.ChannelPortal {
		s.Forms = 1
	}
	return s
}
