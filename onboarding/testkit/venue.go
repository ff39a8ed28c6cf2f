// Package testkit holds test fixtures shared by the tests of several packages.
package testkit

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/contacts"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/visits"
)

// Venue is a deployment with two organizations and a clock that moves only when a test moves it.
type Venue struct {
	*deployment.Deployment
	testing.TB
	Store       onboarding.Store
	Clock       *atomic.Int64
	Here, There *onboarding.Organization
}

// Monday is the time at which a venue's clock starts.
var Monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// NewVenue returns a venue on a new database.
func NewVenue(t testing.TB) *Venue {
	t.Helper()
	return NewVenueOn(t, OpenStore(t))
}

// NewVenueOn returns a venue on db.
func NewVenueOn(t testing.TB, db onboarding.Store) *Venue {
	t.Helper()
	ctx := context.Background()
	v := &Venue{TB: t, Store: db, Clock: &atomic.Int64{}, Here: Organization(1), There: Organization(2)}
	v.SetClock(Monday)
	v.Deployment = Deploy(t, deployment.Config{Store: db, Now: v.Now})
	v.Here.RADIUS = onboarding.RADIUSReply{SessionTimeout: 8 * time.Hour, VLAN: 20}
	v.Here.WiFi.Passpoint.NAIRealms = []string{"venue1.example", "roaming.example"}
	own, err := v.Tenant.SealHotspotSecret(ID("own", 1), []byte("own secret"))
	if err != nil {
		t.Fatal(err)
	}
	hall := &v.Here.Locations[0]
	hall.Hotspots = append(hall.Hotspots, onboarding.Hotspot{
		ID: ID("own", 1), Name: "Own", MAC: "02:00:00:00:01:02", NASIdentifier: "own.example", Address: "192.0.2.1",
		Secret: &own,
	})
	v.Here.Locations = append(v.Here.Locations, onboarding.Location{
		ID: ID("garden", 1), Name: "Garden", Timezone: "Europe/Rome",
		Hotspots: []onboarding.Hotspot{{ID: ID("garden", 2), Name: "Tree", MAC: "02:00:00:00:01:03",
			NASIdentifier: "tree.example"}},
	})
	if _, err := v.Tenant.Apply(ctx, []*onboarding.Organization{v.Here, v.There}); err != nil {
		t.Fatal(err)
	}
	return v
}

// Now returns the time of the venue's clock.
func (v *Venue) Now() time.Time { return time.UnixMicro(v.Clock.Load()).UTC() }

// SetClock sets the venue's clock.
func (v *Venue) SetClock(at time.Time) { v.Clock.Store(at.UnixMicro()) }

// Advance moves the venue's clock.
func (v *Venue) Advance(d time.Duration) { v.Clock.Add(d.Microseconds()) }

// Manager returns a caller with an organizationManager token of the organization.
func Manager(o *onboarding.Organization) *onboarding.Caller {
	return &onboarding.Caller{Principal: &auth.Principal{
		OrganizationID: o.ID, Role: auth.OrganizationManager, Scopes: auth.RoleScopes(auth.OrganizationManager),
	}}
}

// AddCustomer registers a customer that can connect.
func (v *Venue) AddCustomer(
	o *onboarding.Organization, username, password string, change ...func(*registration.CustomerInput),
) *onboarding.Customer {
	v.Helper()
	in := registration.CustomerInput{
		Username: &username, Password: &password, Policies: map[string]bool{"termsOfUse": true, "privacy": true},
	}
	for _, f := range change {
		f(&in)
	}
	r, err := v.Registration.Register(context.Background(), Manager(o), registration.Request{Input: in})
	if err != nil {
		v.Fatal(err)
	}
	return r.Customer
}

// Profiled is a change for AddCustomer: the customer consents to profiling.
func Profiled(in *registration.CustomerInput) {
	yes := true
	in.Profiling, in.PPD = &yes, &yes
}

// Refusing is a change for AddCustomer: the customer refuses the processing of personal data.
func Refusing(in *registration.CustomerInput) {
	no := false
	in.PPD = &no
}

// AuthorizeAt authorizes the user name at an access point.
func (v *Venue) AuthorizeAt(username string, from radius.AccessPointIdentity) *radius.Access {
	v.Helper()
	a, err := v.RADIUS.Authorize(context.Background(), radius.AccessRequest{Username: username, AccessPoint: from})
	if err != nil {
		v.Fatal(err)
	}
	return a
}

// AccountRecord processes an accounting record.
func (v *Venue) AccountRecord(r radius.AccountingRecord) {
	v.Helper()
	if err := v.RADIUS.Account(context.Background(), &r); err != nil {
		v.Fatal(err)
	}
}

// ConnectionsOf returns the first page of the customer's connections.
func (v *Venue) ConnectionsOf(o *onboarding.Organization, c *onboarding.Customer) []contacts.Connection {
	v.Helper()
	page, err := v.Contacts.Connections(context.Background(), Manager(o), c.ID, 0, "")
	if err != nil {
		v.Fatal(err)
	}
	return page.Connections
}

// Phone returns the Start record of a phone in the hall, with the Class from its login.
func (v *Venue) Phone(username, unique string) radius.AccountingRecord {
	v.Helper()
	door := radius.AccessPointIdentity{NASIdentifier: "apvenue1.example", CalledStation: "02-00-00-00-01-01:venue",
		Address: "10.0.0.1"}
	access := v.AuthorizeAt(username, door)
	if access.Reason != "" {
		v.Fatal(access.Reason)
	}
	return radius.AccountingRecord{
		Type: radius.AccountingStart, UniqueID: unique, SessionID: "s-" + unique, Username: "anonymous@venue1.example",
		Classes:     [][]byte{access.Class},
		AccessPoint: door, CallingStation: "02-00-00-00-AA-01", Addresses: []string{"192.0.2.7"},
	}
}

// At returns the instant after Monday.
func At(after time.Duration) *time.Time {
	t := Monday.Add(after)
	return &t
}

// CountAnew returns the tally of all visits of a customer at Here, counted without a stored one.
func (v *Venue) CountAnew(c *onboarding.Customer) *onboarding.Tally {
	none := &onboarding.Tally{CustomerID: c.ID, OrganizationID: v.Here.ID}
	return visits.TallyOf(v.Here, none, v.VisitsOf(c))
}

// TallyOf returns the customer's tally, nil if there is none.
func (v *Venue) TallyOf(c *onboarding.Customer) *onboarding.Tally {
	v.Helper()
	tallies, err := v.Store.MetricsOf(context.Background(), []string{c.ID})
	if err != nil {
		v.Fatal(err)
	}
	return tallies[c.ID]
}

// VisitsOf returns all visits of the customer.
func (v *Venue) VisitsOf(c *onboarding.Customer) []onboarding.Visit {
	v.Helper()
	visits, err := v.Store.Visits(context.Background(), c.ID)
	if err != nil {
		v.Fatal(err)
	}
	return visits
}

// IssuedName returns the User-Name that an Access-Accept assigns for accounting.
func (v *Venue) IssuedName(username string) string {
	v.Helper()
	name := v.AuthorizeAt(username, radius.AccessPointIdentity{}).Name
	if name == "" {
		v.Fatalf("%s may not connect", username)
	}
	return name
}

// Stay accounts a complete connection of the customer at an access point.
func (v *Venue) Stay(username, nas, unique string, from time.Time, length time.Duration) {
	v.Helper()
	start := radius.AccountingRecord{
		Type: radius.AccountingStart, UniqueID: unique, Username: v.IssuedName(username),
		AccessPoint:    radius.AccessPointIdentity{NASIdentifier: nas},
		CallingStation: "02-00-00-00-AA-01", Event: &from,
	}
	v.AccountRecord(start)
	stop, end := start, from.Add(length)
	stop.Type, stop.Event, stop.Duration = radius.AccountingStop, &end, int64(length/time.Second)
	v.AccountRecord(stop)
}

// The NAS-Identifiers of the venue's hotspots.
const (
	Hall   = "apvenue1.example"
	Garden = "tree.example"
)

// Consent changes the customer's consents.
func (v *Venue) Consent(c *onboarding.Customer, policies map[string]bool) {
	v.Helper()
	o := v.Here
	if c.OrganizationID == v.There.ID {
		o = v.There
	}
	if _, err := v.Registration.Update(context.Background(), Manager(o), c.ID,
		registration.CustomerInput{Policies: policies}); err != nil {
		v.Fatal(err)
	}
}

// App returns a caller with a publicApp token of the organization.
func App(o *onboarding.Organization) *onboarding.Caller {
	return &onboarding.Caller{Address: "192.0.2.1", Principal: &auth.Principal{
		OrganizationID: o.ID, Role: auth.PublicApp, Scopes: auth.RoleScopes(auth.PublicApp),
	}}
}

// AAAFile returns a reader of a file with the AAA secrets.
func AAAFile(secrets ...string) func() ([]string, error) {
	return func() ([]string, error) { return secrets, nil }
}
