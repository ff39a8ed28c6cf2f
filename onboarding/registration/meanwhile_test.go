package registration_test

import (
	"context"
	"onramp/onboarding"
	"onramp/onboarding/testkit"
	"sync"
	"testing"

	"onramp/onboarding/registration"
)

// meanwhile is a store in which something else happens between a read outside a transaction and the transaction that follows.
type meanwhile struct {
	onboarding.Store
	afterLogin, afterRealm, afterCustomer func()
}

func (m *meanwhile) LoginByUsername(ctx context.Context, username string) (*onboarding.Login, error) {
	login, err := m.Store.LoginByUsername(ctx, username)
	if m.afterLogin != nil {
		m.afterLogin()
	}
	return login, err
}

func (m *meanwhile) RealmOwner(ctx context.Context, realm string) (string, error) {
	id, err := m.Store.RealmOwner(ctx, realm)
	if m.afterRealm != nil {
		m.afterRealm()
	}
	return id, err
}

func (m *meanwhile) Customer(ctx context.Context, organizationID, id string) (*onboarding.Customer, error) {
	c, err := m.Store.Customer(ctx, organizationID, id)
	if m.afterCustomer != nil {
		m.afterCustomer()
	}
	return c, err
}

func newMeanwhile(t *testing.T) (*testkit.Venue, *meanwhile) {
	t.Helper()
	m := &meanwhile{Store: testkit.OpenStore(t)}
	return testkit.NewVenueOn(t, m), m
}

// TestRotatedWhileChecked: a password that is replaced between its comparison and the answer proves nothing any more.
func TestRotatedWhileChecked(t *testing.T) {
	v, m := newMeanwhile(t)
	const thief = "device-of-the-thief"
	anna := v.AddCustomer(v.Here, "anna", "stolen")
	m.afterLogin = sync.OnceFunc(func() {
		if _, err := v.Registration.Rotate(t.Context(), testkit.Manager(v.Here), anna.ID); err != nil {
			t.Error(err)
		}
	})
	_, err := v.Registration.CheckCredential(t.Context(), testkit.App(v.Here), v.Here.ID, "anna", "stolen", thief)
	if onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("the replaced password: %v", err)
	}
	by := testkit.App(v.Here)
	by.Guid = thief
	if _, err := v.Registration.CustomerInfo(t.Context(), by, anna.ID); onboarding.KindOf(err) != onboarding.Forbidden {
		t.Errorf("the thief's device: %v", err)
	}
}

// TestRealmTakenWhileRegistering: a user name that ends in a realm is refused even if the realm is applied at the same moment.
func TestRealmTakenWhileRegistering(t *testing.T) {
	v, m := newMeanwhile(t)
	changed := *v.There
	passpoint := *v.There.WiFi.Passpoint
	passpoint.Realm, passpoint.NAIRealms = "new.example", nil
	changed.WiFi.Passpoint = &passpoint
	m.afterRealm = sync.OnceFunc(func() {
		if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{&changed}); err != nil {
			t.Error(err)
		}
	})
	name := "anna@NEW.example"
	_, err := v.Registration.Register(t.Context(), testkit.App(v.Here), registration.Request{Input: registration.CustomerInput{
		Username: &name, Policies: map[string]bool{"termsOfUse": true, "privacy": true},
	}})
	if onboarding.KindOf(err) != onboarding.Invalid {
		t.Errorf("registered beside the realm: %v", err)
	}
}

// TestRefusedWhileReporting: of a customer who refuses the processing of personal data while his app reports, nothing of the phone is kept.
func TestRefusedWhileReporting(t *testing.T) {
	v, m := newMeanwhile(t)
	anna := v.AddCustomer(v.Here, "anna", "secret")
	no := false
	m.afterCustomer = func() {
		m.afterCustomer = nil
		if _, err := v.Registration.Update(t.Context(), testkit.Manager(v.Here), anna.ID, registration.CustomerInput{PPD: &no}); err != nil {
			t.Error(err)
		}
	}
	if err := v.Registration.RecordDevice(t.Context(), testkit.Manager(v.Here), anna.ID, registration.DeviceInput{InstallID: "i", PushToken: "p"}); err != nil {
		t.Fatal(err)
	}
	devices, err := v.Store.Devices(t.Context(), anna.ID)
	if err != nil || len(devices) != 0 {
		t.Errorf("kept: %v, %v", devices, err)
	}
}
