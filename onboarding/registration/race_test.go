package registration_test

import (
	"context"
	"sync"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

// hookedStore calls a hook after a read outside a transaction, before the transaction that follows.
type hookedStore struct {
	onboarding.Store
	afterLogin, afterRealm, afterCustomer func()
}

func (h *hookedStore) LoginByUsername(ctx context.Context, username string) (*onboarding.Login, error) {
	login, err := h.Store.LoginByUsername(ctx, username)
	if h.afterLogin != nil {
		h.afterLogin()
	}
	return login, err
}

func (h *hookedStore) RealmOwner(ctx context.Context, realm string) (string, error) {
	id, err := h.Store.RealmOwner(ctx, realm)
	if h.afterRealm != nil {
		h.afterRealm()
	}
	return id, err
}

func (h *hookedStore) Customer(ctx context.Context, organizationID, id string) (*onboarding.Customer, error) {
	c, err := h.Store.Customer(ctx, organizationID, id)
	if h.afterCustomer != nil {
		h.afterCustomer()
	}
	return c, err
}

func newHookedVenue(t *testing.T) (*testkit.Venue, *hookedStore) {
	t.Helper()
	h := &hookedStore{Store: testkit.OpenStore(t)}
	return testkit.NewVenueOn(t, h), h
}

// TestRotatedWhileChecked checks that a password proves nothing once it is replaced between its
// comparison and the transaction.
func TestRotatedWhileChecked(t *testing.T) {
	v, h := newHookedVenue(t)
	const thief = "device-of-the-thief"
	anna := v.AddCustomer(v.Here, "anna", "stolen")
	h.afterLogin = sync.OnceFunc(func() {
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

// TestRealmTakenWhileRegistering checks that a user name that ends in a realm is refused even if
// the realm is applied at the same moment.
func TestRealmTakenWhileRegistering(t *testing.T) {
	v, h := newHookedVenue(t)
	changed := *v.There
	passpoint := *v.There.WiFi.Passpoint
	passpoint.Realm, passpoint.NAIRealms = "new.example", nil
	changed.WiFi.Passpoint = &passpoint
	h.afterRealm = sync.OnceFunc(func() {
		if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{&changed}); err != nil {
			t.Error(err)
		}
	})
	name := "anna@NEW.example"
	in := registration.CustomerInput{Username: &name, Policies: map[string]bool{"termsOfUse": true, "privacy": true}}
	_, err := v.Registration.Register(t.Context(), testkit.App(v.Here), registration.Request{Input: in})
	if onboarding.KindOf(err) != onboarding.Invalid {
		t.Errorf("registered with the realm: %v", err)
	}
}

// TestRefusedWhileReporting checks that no device is stored for a customer who refuses the
// processing of personal data while the app reports the device.
func TestRefusedWhileReporting(t *testing.T) {
	v, h := newHookedVenue(t)
	anna := v.AddCustomer(v.Here, "anna", "secret")
	no := false
	h.afterCustomer = func() {
		h.afterCustomer = nil
		refusal := registration.CustomerInput{PPD: &no}
		if _, err := v.Registration.Update(t.Context(), testkit.Manager(v.Here), anna.ID, refusal); err != nil {
			t.Error(err)
		}
	}
	device := registration.DeviceInput{InstallID: "i", PushToken: "p"}
	if err := v.Registration.RecordDevice(t.Context(), testkit.Manager(v.Here), anna.ID, device); err != nil {
		t.Fatal(err)
	}
	devices, err := v.Store.Devices(t.Context(), anna.ID)
	if err != nil || len(devices) != 0 {
		t.Errorf("kept: %v, %v", devices, err)
	}
}
