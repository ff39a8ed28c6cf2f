// Package testkit holds the set-ups that tests of several rooms share.
package testkit

import (
	"context"
	"onramp/onboarding"
	"onramp/onboarding/auth"
	"sync/atomic"
	"testing"
	"time"
)

// venue is a service with two organizations, whose clock stands still unless it is told to move.
type Venue struct {
	*onboarding.Service
	testing.TB
	Store       onboarding.Store
	Clock       *atomic.Int64
	Here, There *onboarding.Organization
}

var Monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func NewVenue(t testing.TB) *Venue {
	t.Helper()
	return NewVenueOn(t, OpenStore(t))
}

func NewVenueOn(t testing.TB, db onboarding.Store) *Venue {
	t.Helper()
	ctx := context.Background()
	sealer, err := onboarding.NewSealer(make([]byte, onboarding.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	v := &Venue{TB: t, Store: db, Clock: &atomic.Int64{}, Here: Organization(1), There: Organization(2)}
	v.SetClock(Monday)
	if v.Service, err = onboarding.Open(ctx, onboarding.Config{Store: db, Sealer: sealer, Now: v.Now}); err != nil {
		t.Fatal(err)
	}
	v.Here.RADIUS = onboarding.RADIUSReply{SessionTimeout: 8 * time.Hour, VLAN: 20}
	v.Here.WiFi.Passpoint.NAIRealms = []string{"venue1.example", "roaming.example"}
	own, err := v.SealHotspotSecret(ID("own", 1), []byte("own secret"))
	if err != nil {
		t.Fatal(err)
	}
	hall := &v.Here.Locations[0]
	hall.Hotspots = append(hall.Hotspots, onboarding.Hotspot{
		ID: ID("own", 1), Name: "Own", MAC: "02:00:00:00:01:02", NASIdentifier: "own.example", Address: "192.0.2.1", Secret: &own,
	})
	v.Here.Locations = append(v.Here.Locations, onboarding.Location{
		ID: ID("garden", 1), Name: "Garden", Timezone: "Europe/Rome",
		Hotspots: []onboarding.Hotspot{{ID: ID("garden", 2), Name: "Tree", MAC: "02:00:00:00:01:03", NASIdentifier: "tree.example"}},
	})
	if _, err := v.ApplyOrganizations(ctx, []*onboarding.Organization{v.Here, v.There}); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *Venue) Now() time.Time { return time.UnixMicro(v.Clock.Load()).UTC() }

func (v *Venue) SetClock(at time.Time) { v.Clock.Store(at.UnixMicro()) }

func (v *Venue) Advance(d time.Duration) { v.Clock.Add(d.Microseconds()) }

func Manager(o *onboarding.Organization) *onboarding.Caller {
	return &onboarding.Caller{Principal: &auth.Principal{
		OrganizationID: o.ID, Role: auth.OrganizationManager, Scopes: auth.RoleScopes(auth.OrganizationManager),
	}}
}

// register makes a customer who can connect.
func (v *Venue) AddCustomer(o *onboarding.Organization, username, password string, change ...func(*onboarding.CustomerInput)) *onboarding.Customer {
	v.Helper()
	in := onboarding.CustomerInput{
		Username: &username, Password: &password, Policies: map[string]bool{"termsOfUse": true, "privacy": true},
	}
	for _, f := range change {
		f(&in)
	}
	r, err := v.Register(context.Background(), Manager(o), onboarding.Registration{Input: in})
	if err != nil {
		v.Fatal(err)
	}
	return r.Customer
}

func Profiled(in *onboarding.CustomerInput) {
	yes := true
	in.Profiling, in.PPD = &yes, &yes
}

func Refusing(in *onboarding.CustomerInput) {
	no := false
	in.PPD = &no
}

func (v *Venue) AuthorizeAt(username string, from onboarding.AccessPointClaim) *onboarding.Access {
	v.Helper()
	a, err := v.Authorize(context.Background(), onboarding.AccessRequest{Username: username, AccessPoint: from})
	if err != nil {
		v.Fatal(err)
	}
	return a
}

func (v *Venue) AccountRecord(r onboarding.AccountingRecord) {
	v.Helper()
	if err := v.Account(context.Background(), &r); err != nil {
		v.Fatal(err)
	}
}

func (v *Venue) ConnectionsOf(o *onboarding.Organization, c *onboarding.Customer) []onboarding.Connection {
	v.Helper()
	page, err := v.Accountings(context.Background(), Manager(o), c.ID, 0, "")
	if err != nil {
		v.Fatal(err)
	}
	return page.Connections
}

// phone is a device at the hall's door, known by the Class that its login gave.
func (v *Venue) Phone(username, unique string) onboarding.AccountingRecord {
	v.Helper()
	door := onboarding.AccessPointClaim{NASIdentifier: "apvenue1.example", CalledStation: "02-00-00-00-01-01:venue", Address: "10.0.0.1"}
	access := v.AuthorizeAt(username, door)
	if access.Reason != "" {
		v.Fatal(access.Reason)
	}
	return onboarding.AccountingRecord{
		Type: onboarding.AccountingStart, UniqueID: unique, SessionID: "s-" + unique, Username: "anonymous@venue1.example", Classes: [][]byte{access.Class},
		AccessPoint: door, CallingStation: "02-00-00-00-AA-01", Address: "192.0.2.7",
	}
}

func At(after time.Duration) *time.Time {
	t := Monday.Add(after)
	return &t
}

// tally is what is kept of the customer's visits, nil where nothing is.
func (v *Venue) TallyOf(c *onboarding.Customer) *onboarding.Tally {
	v.Helper()
	tallies, err := v.Store.MetricsOf(context.Background(), []string{c.ID})
	if err != nil {
		v.Fatal(err)
	}
	return tallies[c.ID]
}

func (v *Venue) VisitsOf(c *onboarding.Customer) []onboarding.Visit {
	v.Helper()
	visits, err := v.Store.Visits(context.Background(), c.ID)
	if err != nil {
		v.Fatal(err)
	}
	return visits
}

// issued is the User-Name that an Access-Accept gives to account under.
func (v *Venue) IssuedName(username string) string {
	v.Helper()
	name := v.AuthorizeAt(username, onboarding.AccessPointClaim{}).Name
	if name == "" {
		v.Fatalf("%s may not connect", username)
	}
	return name
}

// stay accounts a whole connection of the named one at an access point.
func (v *Venue) Stay(username, nas, unique string, from time.Time, length time.Duration) {
	v.Helper()
	start := onboarding.AccountingRecord{
		Type: onboarding.AccountingStart, UniqueID: unique, Username: v.IssuedName(username), AccessPoint: onboarding.AccessPointClaim{NASIdentifier: nas},
		CallingStation: "02-00-00-00-AA-01", Event: &from,
	}
	v.AccountRecord(start)
	stop, end := start, from.Add(length)
	stop.Type, stop.Event, stop.Duration = onboarding.AccountingStop, &end, int64(length/time.Second)
	v.AccountRecord(stop)
}

const (
	Hall   = "apvenue1.example"
	Garden = "tree.example"
)

// consent changes what the customer agrees to.
func (v *Venue) Consent(c *onboarding.Customer, policies map[string]bool) {
	v.Helper()
	o := v.Here
	if c.OrganizationID == v.There.ID {
		o = v.There
	}
	if _, err := v.UpdateCustomer(context.Background(), Manager(o), c.ID, onboarding.CustomerInput{Policies: policies}); err != nil {
		v.Fatal(err)
	}
}

func App(o *onboarding.Organization) *onboarding.Caller {
	return &onboarding.Caller{Address: "192.0.2.1", Principal: &auth.Principal{
		OrganizationID: o.ID, Role: auth.PublicApp, Scopes: auth.RoleScopes(auth.PublicApp),
	}}
}
