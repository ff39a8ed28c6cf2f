package radius_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// statements counts the calls of a store's methods, by name and by name with arguments.
type statements struct{ byName, byArguments map[string]int }

func (s *statements) reset() { s.byName, s.byArguments = map[string]int{}, map[string]int{} }

func (s *statements) add(name string, arguments ...any) {
	s.byName[name]++
	s.byArguments[fmt.Sprint(name, arguments)]++
}

// countingReader counts the reads that accounting uses.
type countingReader struct {
	*statements
	r onboarding.Reader
}

func (c *countingReader) Organization(ctx context.Context, id string) (*onboarding.Organization, error) {
	c.add("Organization", id)
	return c.r.Organization(ctx, id)
}

func (c *countingReader) Secret(ctx context.Context, name string) (onboarding.Sealed, error) {
	c.add("Secret", name)
	return c.r.Secret(ctx, name)
}

func (c *countingReader) Customer(ctx context.Context, organizationID, id string) (*onboarding.Customer, error) {
	c.add("Customer", organizationID, id)
	return c.r.Customer(ctx, organizationID, id)
}

func (c *countingReader) CurrentConsents(ctx context.Context, customerID string) ([]onboarding.Consent, error) {
	c.add("CurrentConsents", customerID)
	return c.r.CurrentConsents(ctx, customerID)
}

func (c *countingReader) LoginByID(ctx context.Context, customerID string) (*onboarding.Login, error) {
	c.add("LoginByID", customerID)
	return c.r.LoginByID(ctx, customerID)
}

func (c *countingReader) Hotspot(ctx context.Context, id string) (*onboarding.HotspotRef, error) {
	c.add("Hotspot", id)
	return c.r.Hotspot(ctx, id)
}

func (c *countingReader) HotspotsMatching(
	ctx context.Context, mac, nasIdentifier, address string,
) ([]onboarding.HotspotRef, error) {
	c.add("HotspotsMatching", mac, nasIdentifier, address)
	return c.r.HotspotsMatching(ctx, mac, nasIdentifier, address)
}

func (c *countingReader) StationAccept(ctx context.Context, station string) (string, time.Time, error) {
	c.add("StationAccept", station)
	return c.r.StationAccept(ctx, station)
}

func (c *countingReader) FirstRestart(ctx context.Context, names [2]string, from time.Time) (time.Time, error) {
	c.add("FirstRestart", names, from)
	return c.r.FirstRestart(ctx, names, from)
}

func (c *countingReader) Connection(ctx context.Context, uniqueID string) (*onboarding.Connection, error) {
	c.add("Connection", uniqueID)
	return c.r.Connection(ctx, uniqueID)
}

func (c *countingReader) ConnectionsOfKey(
	ctx context.Context, key string, at time.Time,
) ([]*onboarding.Connection, error) {
	c.add("ConnectionsOfKey", key, at)
	return c.r.ConnectionsOfKey(ctx, key, at)
}

func (c *countingReader) ConnectionsAt(
	ctx context.Context, customerID, locationID string, from, to time.Time,
) ([]*onboarding.Connection, error) {
	c.add("ConnectionsAt", customerID, locationID, from, to)
	return c.r.ConnectionsAt(ctx, customerID, locationID, from, to)
}

func (c *countingReader) VisitsNear(
	ctx context.Context, customerID, locationID string, from, to time.Time,
) ([]onboarding.Visit, error) {
	c.add("VisitsNear", customerID, locationID, from, to)
	return c.r.VisitsNear(ctx, customerID, locationID, from, to)
}

func (c *countingReader) Visits(ctx context.Context, customerID string) ([]onboarding.Visit, error) {
	c.add("Visits", customerID)
	return c.r.Visits(ctx, customerID)
}

func (c *countingReader) MetricsOf(ctx context.Context, ids []string) (map[string]*onboarding.Tally, error) {
	c.add("MetricsOf", ids)
	return c.r.MetricsOf(ctx, ids)
}

func (c *countingReader) VisitBounds(
	ctx context.Context, customerID, locationID string,
) (onboarding.VisitBounds, error) {
	c.add("VisitBounds", customerID, locationID)
	return c.r.VisitBounds(ctx, customerID, locationID)
}

func (c *countingReader) DisconnectOrdered(
	ctx context.Context, uniqueID, reason string, since time.Time,
) (bool, error) {
	c.add("DisconnectOrdered", uniqueID, reason, since)
	return c.r.DisconnectOrdered(ctx, uniqueID, reason, since)
}

// wholeStore and wholeTx embed the other methods one level deeper than those that are counted.
type (
	wholeStore struct{ onboarding.Store }
	wholeTx    struct{ onboarding.Tx }
)

type countingStore struct {
	*countingReader
	wholeStore
}

func newCountingStore(s onboarding.Store) *countingStore {
	counted := &statements{}
	counted.reset()
	return &countingStore{&countingReader{counted, s}, wholeStore{s}}
}

func (c *countingStore) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	return c.wholeStore.Write(ctx, func(tx onboarding.Tx) error {
		return fn(&countingTx{&countingReader{c.statements, tx}, wholeTx{tx}})
	})
}

type countingTx struct {
	*countingReader
	wholeTx
}

func (t *countingTx) PutConnection(ctx context.Context, c *onboarding.Connection) error {
	t.add("PutConnection", c.UniqueID)
	return t.wholeTx.PutConnection(ctx, c)
}

func (t *countingTx) PutStation(ctx context.Context, s *onboarding.Station) error {
	t.add("PutStation", s.CustomerID, s.MAC)
	return t.wholeTx.PutStation(ctx, s)
}

func (t *countingTx) PutVisit(ctx context.Context, v *onboarding.Visit) error {
	t.add("PutVisit", v.ID)
	return t.wholeTx.PutVisit(ctx, v)
}

func (t *countingTx) PutTally(ctx context.Context, tally *onboarding.Tally) error {
	t.add("PutTally", tally.CustomerID)
	return t.wholeTx.PutTally(ctx, tally)
}

func (t *countingTx) PutSegments(
	ctx context.Context, organizationID, customerID string, ids []string, due *time.Time,
) error {
	t.add("PutSegments", customerID)
	return t.wholeTx.PutSegments(ctx, organizationID, customerID, ids, due)
}

// TestAccountStatements accounts connections of a profiled customer who may change segments: each
// record reads the customer, the organization and the metrics once, and repeats no other statement.
func TestAccountStatements(t *testing.T) {
	db := newCountingStore(testkit.OpenStore(t))
	v := testkit.NewVenueOn(t, db)
	one := 1
	v.Here.Segments = []onboarding.Segment{{
		ID: testkit.ID("segment", 1), Name: "Returning",
		When: onboarding.SegmentCondition{MinVisits: &one, Accepted: []string{onboarding.Privacy}},
	}}
	if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{v.Here, v.There}); err != nil {
		t.Fatal(err)
	}
	anna := v.AddCustomer(v.Here, "anna", "secret", testkit.Profiled)
	byClass := v.Phone("anna", "class")
	byName := v.Phone("anna", "name")
	byName.Classes, byName.Username = nil, v.IssuedName("anna")
	byStation := v.Phone("anna", "station")
	byStation.Classes = nil
	if err := v.RADIUS.RecordLogin(t.Context(), radius.LoginOutcome{
		Username: "anna", AccessPoint: byStation.AccessPoint, CallingStation: byStation.CallingStation, Accepted: true,
	}); err != nil {
		t.Fatal(err)
	}
	v.SetClock(testkit.Monday.Add(36 * time.Hour))
	for i, base := range []radius.AccountingRecord{byClass, byName, byStation} {
		records := connectionRecords(base, time.Duration(i)*12*time.Hour, time.Hour)
		for _, r := range records {
			db.reset()
			v.AccountRecord(r)
			for name, n := range db.byName {
				if n > 1 {
					t.Errorf("%s %s: %d calls of %s: %v", r.UniqueID, r.Type, n, name, db.byArguments)
				}
			}
			for _, name := range []string{"LoginByID", "Organization", "MetricsOf", "Customer", "PutTally",
				"PutSegments"} {
				if db.byName[name] != 1 {
					t.Errorf("%s %s: %d calls of %s, want 1", r.UniqueID, r.Type, db.byName[name], name)
				}
			}
		}
	}
	if tally := v.TallyOf(anna); tally == nil || tally.Visits != 3 {
		t.Errorf("metrics: %+v, want 3 visits", tally)
	}
}
