package verification_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
	"onramp/onboarding/verification"
)

// outbox keeps the messages of committed transactions by address.
type outbox struct {
	mu   sync.Mutex
	sent map[string][]verification.Message
}

func (o *outbox) Prepare(_ context.Context, m verification.Message) (
	func(context.Context, onboarding.Tx) error, error,
) {
	return func(context.Context, onboarding.Tx) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.sent[m.To] = append(o.sent[m.To], m)
		return nil
	}, nil
}

func (*outbox) Wake() {}

// rig is a venue that verifies addresses.
type rig struct {
	*testkit.Venue
	*verification.Verifications
	outbox *outbox
	forms  int
}

func newRig(t *testing.T, channel onboarding.VerifyChannel) *rig {
	t.Helper()
	return newRigOn(t, testkit.NewVenue(t), channel)
}

func newRigOn(t *testing.T, v *testkit.Venue, channel onboarding.VerifyChannel) *rig {
	t.Helper()
	r := &rig{Venue: v, outbox: &outbox{sent: map[string][]verification.Message{}}}
	r.Verifications = r.replica(v.Access)
	for _, o := range []*onboarding.Organization{v.Here, v.There} {
		o.Portal.Fields, o.Portal.Verify = []string{"firstName", "email", "phoneNumber"}, channel
	}
	r.apply()
	return r
}

// replica returns the use case of another process on the same database.
func (r *rig) replica(a *access.Control) *verification.Verifications {
	return verification.New(verification.Config{
		Store: r.Store, Sealer: testkit.Sealer(r), Access: a, Registration: r.Registration, Messages: r.outbox,
		PublicURL: "https://wifi.example", Clock: r.Now,
	})
}

// apply stores the organizations, without the checks of a tenant file.
func (r *rig) apply() {
	r.Helper()
	if err := r.Store.Write(r.Context(), func(tx onboarding.Tx) error {
		for _, o := range []*onboarding.Organization{r.Here, r.There} {
			if err := tx.PutOrganization(r.Context(), o); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		r.Fatal(err)
	}
}

// last returns the last message to an address.
func (r *rig) last(address string) verification.Message {
	r.Helper()
	r.outbox.mu.Lock()
	defer r.outbox.mu.Unlock()
	all := r.outbox.sent[address]
	if len(all) == 0 {
		r.Fatalf("no message to %s", address)
	}
	return all[len(all)-1]
}

func (r *rig) messages(address string) int {
	r.outbox.mu.Lock()
	defer r.outbox.mu.Unlock()
	return len(r.outbox.sent[address])
}

// linkTo returns the token of the link in the last message to an address.
func (r *rig) linkTo(address string) string {
	r.Helper()
	token, found := strings.CutPrefix(r.last(address).Link, "https://wifi.example/confirm/")
	if !found {
		r.Fatalf("no link in the message to %s", address)
	}
	return token
}

// wrong returns a code that is not the one sent to an address.
func (r *rig) wrong(address string) string {
	if r.last(address).Code == "123456" {
		return "654321"
	}
	return "123456"
}

func ptr[T any](v T) *T { return &v }

var visitor = &onboarding.Caller{Address: "192.0.2.1", Agent: "test"}

// form returns a visitor's form with a new ID.
func (r *rig) form(o *onboarding.Organization, name, email, phone string) verification.SignUp {
	r.forms++
	s := verification.SignUp{
		Organization: o, Form: registration.Form{ID: onboarding.RandomID()}, Language: "en",
		Input: registration.CustomerInput{
			FirstName: &name, Language: ptr("en"), Policies: map[string]bool{"termsOfUse": true, "privacy": true},
		},
	}
	if email != "" {
		s.Input.Email = &email
	}
	if phone != "" {
		s.Input.PhoneNumber = &phone
	}
	return s
}

// begin sends a form that must be accepted.
func (r *rig) begin(o *onboarding.Organization, name, email string) (session string) {
	r.Helper()
	session, err := r.Begin(r.Context(), visitor, r.form(o, name, email, ""))
	if err != nil {
		r.Fatal(err)
	}
	return session
}

// prove enters the code that was sent.
func (r *rig) prove(session, address string) *verification.Proof {
	r.Helper()
	proof, err := r.Prove(r.Context(), visitor, session, r.last(address).Code, nil)
	if err != nil {
		r.Fatal(err)
	}
	return proof
}

// customerOf returns the customer of a link to a profile.
func (r *rig) customerOf(token string) *onboarding.Customer {
	r.Helper()
	link, err := r.Store.Link(r.Context(), auth.HashToken(token))
	if err != nil {
		r.Fatal(err)
	}
	c, err := r.Store.Customer(r.Context(), link.OrganizationID, link.CustomerID)
	if err != nil {
		r.Fatal(err)
	}
	return c
}

// customers returns the number of the organization's customers.
func (r *rig) customers(o *onboarding.Organization) int {
	r.Helper()
	all, err := r.Store.CustomersAfter(r.Context(), o.ID, "", 1000)
	if err != nil {
		r.Fatal(err)
	}
	return len(all)
}

// refused reports an error of another kind.
func refused(t testing.TB, what string, kind onboarding.Kind, err error) {
	t.Helper()
	if onboarding.KindOf(err) != kind {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}
