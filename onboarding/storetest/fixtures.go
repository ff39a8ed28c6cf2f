package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// noon is an instant with microseconds in a zone other than UTC; stores must return noon.UTC().
var noon = time.Date(2026, 3, 29, 12, 0, 0, 123456000, time.FixedZone("", 2*3600))

func ptr[T any](v T) *T { return &v }

// newOrganization returns a valid organization with every field set; unique values are derived from
// new IDs.
func newOrganization() *onboarding.Organization {
	id := onboarding.NewID()
	location := onboarding.NewID()
	return &onboarding.Organization{
		ID: id, Name: "Café “Zur Post” <&>", DefaultLocation: location,
		Languages: []string{"en", "it"},
		Policies: []onboarding.Policy{
			{Key: onboarding.TermsOfUse, Version: "1.00", Title: map[string]string{"en": "Terms", "it": "Condizioni"},
				URL: "https://example.com/terms"},
			{Key: onboarding.Privacy, Version: "1.01", Title: map[string]string{"en": "Privacy"},
				Text: map[string]string{"en": "We keep little."}},
		},
		WiFi: onboarding.WiFi{
			Method: "ttls", Inner: "mschapv2", OuterIdentity: "anonymous@outer-" + id + ".example.com",
			TrustedServerNames: []string{"radius.example.com"}, ProfileLifetime: onboarding.DefaultProfileLifetime,
			Passpoint: &onboarding.Passpoint{
				Realm: "Wifi-" + id + ".Example.com", FriendlyName: "Wi-Fi", Roaming: true,
				RoamingConsortiums: []string{"5A03BA0000"}, NAIRealms: []string{"nai-" + id + ".example.com"},
			},
			WPA2: &onboarding.WPA2{SSID: "secure 📶", Hidden: true},
		},
		VisitGap: onboarding.DefaultVisitGap,
		RADIUS:   onboarding.RADIUSReply{SessionTimeout: 8 * time.Hour, VLAN: 20},
		Segments: []onboarding.Segment{{ID: onboarding.NewID(), Name: "Loyal",
			When: onboarding.SegmentCondition{MinVisits: ptr(10)}}},
		Webhooks: []onboarding.Webhook{{ID: onboarding.NewID(), URL: "https://crm.example.com/" + id,
			Events: []onboarding.WebhookType{onboarding.WebhookConsentChanged}}},
		Portal: onboarding.Portal{Fields: []string{"email"}, RedirectHosts: []string{"example.com"}},
		Locations: []onboarding.Location{{
			ID: location, Name: "Via Roma", Timezone: "Europe/Rome", Latitude: ptr(43.7161), Longitude: ptr(10.3966),
			Hotspots: []onboarding.Hotspot{
				{ID: onboarding.NewID(), Name: "Door", MAC: "02:00:00:00:00:01", NASIdentifier: "ap1.example.com"},
				{ID: onboarding.NewID(), Name: "Hall", Address: "192.0.2.1-" + id, DisconnectPort: 3799,
					Secret: &onboarding.Sealed{KeyID: "k1", Box: []byte{0, 1, 255}}},
			},
		}, {ID: onboarding.NewID(), Name: "Closed", Timezone: "UTC"}},
	}
}

// newCustomer returns a customer with a user name and no optional field.
func newCustomer(organizationID string) *onboarding.Customer {
	id := onboarding.NewID()
	return &onboarding.Customer{
		ID: id, OrganizationID: organizationID, LocationID: onboarding.NewID(), Username: "user-" + id,
		SignupMethod: onboarding.ChannelApp, Created: noon, Modified: noon,
	}
}

// newFullCustomer returns a customer with every field set.
func newFullCustomer(organizationID string) *onboarding.Customer {
	c := newCustomer(organizationID)
	c.HotspotID = onboarding.NewID()
	c.Attributes = onboarding.Attributes{
		FirstName: "Zoë 👩🏽‍🚀", LastName: "O'Neil; DROP TABLE customers--", Title: "Dr.",
		Email: "Zoe." + c.ID + "@Example.COM", EmailVerified: true, EmailClaimed: ptr(false),
		Phone: "+39123" + c.ID, PhoneVerified: true, PhoneClaimed: ptr(true),
		Gender:      "female",
		BirthDate:   "1990-02-28",
		Language:    "it",
		Country:     "IT",
		ZipCode:     "56100",
		CompanyName: "ACME & Söhne",
		CivilStatus: "single",
		Document: onboarding.StoredDocument{
			Clear: onboarding.Document{MemberID: "m1", Number: "n1", PersonalID: "p1", PassportNumber: "pp1",
				Type: "passport"},
			Sealed: onboarding.Sealed{KeyID: "k1", Box: []byte("\x00document\xff" + c.ID)},
		},
		ExtID: "ext-" + c.ID, ExtProp1: "one-" + c.ID, ExtProp2: "two-" + c.ID,
		Custom: map[string]string{"shoe size": "42", "": "empty key", "quote": `"'\`}, BrowserLanguage: "it-IT",
	}
	c.Profiling, c.PPD, c.Locked, c.Source = ptr(true), ptr(false), true, "campaign"
	c.OptIns = map[string]bool{"mktgCommunications": true, "ageVerification": false, "customs.a_b-c": true,
		"customs.a": false}
	c.SignupMethod = onboarding.ChannelPortal
	c.LastLogin, c.Logins = ptr(noon.Add(time.Hour)), 7
	return c
}

func newCredential(c *onboarding.Customer) *onboarding.Credential {
	return &onboarding.Credential{
		CustomerID: c.ID, OrganizationID: c.OrganizationID, Username: c.Username,
		Password: onboarding.Sealed{KeyID: "k1", Box: []byte("\x00sealed\xff" + c.ID)},
		Created:  noon,
		Expires:  noon.Add(onboarding.DefaultProfileLifetime),
	}
}

func newLink(c *onboarding.Customer, hits int) *onboarding.Link {
	return &onboarding.Link{
		TokenHash: "hash-" + onboarding.NewID(), CustomerID: c.ID, OrganizationID: c.OrganizationID,
		Created: noon, Expires: noon.Add(onboarding.DefaultLifetime), MaxHits: hits,
	}
}

// storedCustomer inserts a new customer of a new organization ID.
func storedCustomer(t *testing.T, s onboarding.Store) *onboarding.Customer {
	t.Helper()
	c := newCustomer(onboarding.NewID())
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCustomer(ctx, c) })
	return c
}

// equal reports a difference between two values. Nil and empty slices and maps are equal.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	sameScopes := cmp.Comparer(func(a, b auth.Scopes) bool { return a == b })
	sameInstant := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, got, sameInstant, sameScopes, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

// utc reports an instant that is not in UTC.
func utc(t *testing.T, what string, at time.Time) {
	t.Helper()
	if at.Location() != time.UTC {
		t.Errorf("%s came back in %v, not in UTC", what, at.Location())
	}
}

// notFound reports an error other than ErrNotFound.
func notFound(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, onboarding.ErrNotFound) || onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("%s: got error %v, want ErrNotFound", what, err)
	}
}

// conflict reports an error other than a Conflict of the field.
func conflict(t *testing.T, what, field string, err error) {
	t.Helper()
	e, ok := errors.AsType[*onboarding.Error](err)
	if !ok || e.Kind != onboarding.Conflict || e.Field != field {
		t.Errorf("%s: got error %v, want a Conflict of field %q", what, err, field)
	}
}

// conflictIs checks that err wraps the sentinel want and, as callers see it, is a Conflict of its
// field.
func conflictIs(t *testing.T, action string, want *onboarding.Error, err error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", action, err, want)
	}
	conflict(t, action, want.Field, err)
}

// must returns v when err is nil.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		return v
	}
}

var errOwn = errors.New("fn's own error")

// race runs fn n times at once.
func race(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; fn(i) })
	}
	close(start)
	wg.Wait()
}

// rounds is the number of runs of a race: in the first one an engine may open its connections one
// after the other.
const rounds = 5
