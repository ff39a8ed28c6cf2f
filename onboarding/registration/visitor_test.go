package registration_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

// applyVersion applies a version of the terms of use and an answer to those who lack it.
func applyVersion(t *testing.T, v *testkit.Venue, version string, answer onboarding.Reconsent) {
	t.Helper()
	o := *v.Here
	o.Policies = append([]onboarding.Policy{}, o.Policies...)
	o.Policies[0].Version = version
	o.Portal.Reconsent, o.Portal.GraceDays = answer, 7
	if _, err := v.Tenant.Apply(t.Context(), []*onboarding.Organization{&o}); err != nil {
		t.Fatal(err)
	}
	v.Here = &o
}

// newLink makes an activation link of a customer and returns its token.
func newLink(t *testing.T, v *testkit.Venue, c *onboarding.Customer) string {
	t.Helper()
	link, err := v.Links.Create(t.Context(), testkit.Manager(v.Here), c.ID, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return link.Token
}

func termsOf(version string) registration.VisitorDecisions {
	return registration.VisitorDecisions{
		Accepted: map[string]bool{"termsOfUse": true}, Versions: map[string]string{"termsOfUse": version},
	}
}

// TestReconsent raises a version, and follows renewal, the link's acceptance and the ledger under
// both answers of the organization.
func TestReconsent(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		anna := v.AddCustomer(v.Here, "anna", "secret")
		visitor := &onboarding.Caller{Address: "192.0.2.9", Agent: "browser"}
		ends := func() time.Time {
			t.Helper()
			c, err := v.Store.Credential(t.Context(), anna.ID)
			if err != nil {
				t.Fatal(err)
			}
			return c.Expires
		}
		check := func() *registration.Result {
			t.Helper()
			r, err := v.Registration.CheckCredential(t.Context(), testkit.App(v.Here), v.Here.ID, "anna", "secret", "")
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		v.SetClock(ends().Add(-time.Hour)) // within the last tenth
		before := ends()

		applyVersion(t, v, "2.00", onboarding.ReconsentStop)
		if r := check(); len(r.Due) != 1 || r.Due[0].Key != "termsOfUse" || !ends().After(before) {
			t.Errorf("within the grace: due %+v, ends %v", r.Due, ends())
		}
		v.SetClock(ends().Add(-time.Hour))
		before = ends()
		if r := check(); len(r.Due) != 1 || !ends().Equal(before) {
			t.Errorf("after the grace the credential was renewed: %+v", r.Due)
		}
		if _, err := v.Registration.Rotate(t.Context(), testkit.Manager(v.Here), anna.ID); err != nil {
			t.Fatal(err)
		}
		if !ends().Equal(before) {
			t.Errorf("a rotation renewed the credential until %v", ends())
		}

		token := newLink(t, v, anna)
		if err := v.Registration.AcceptByLink(t.Context(), visitor, token, termsOf("1.00")); !errors.Is(err,
			registration.ErrPolicyChanged) {
			t.Errorf("the version that the page showed is not the current one: %v", err)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if err := v.Registration.AcceptByLink(t.Context(), visitor, token, termsOf("2.00")); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		ledger, err := v.Store.Consents(t.Context(), anna.ID)
		if err != nil {
			t.Fatal(err)
		}
		last := ledger[len(ledger)-1]
		if len(ledger) != 3 || last.Policy != "termsOfUse" || last.Version != "2.00" || !last.Accepted ||
			last.Channel != onboarding.ChannelPortal || last.Address != "192.0.2.9" {
			t.Errorf("eight acceptances at once: %d rows, last %+v", len(ledger), last)
		}
		if !ends().After(before) {
			t.Error("the acceptance in the last tenth did not renew the credential")
		}
		applyVersion(t, v, "1.50", onboarding.ReconsentStop) // lowered
		if info, err := v.Registration.Info(t.Context(), testkit.Manager(v.Here), anna.ID); err != nil ||
			len(info.Due) != 0 {
			t.Errorf("after the version was lowered: %+v, %v", info, err)
		}
	})
}

// TestWithdrawMandatory withdraws a mandatory policy: access ends at once, and returns when it is
// accepted again. A rotation in between restores nothing, and an ended link decides nothing.
func TestWithdrawMandatory(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		anna, visitor := v.AddCustomer(v.Here, "anna", "secret"), &onboarding.Caller{}
		key := onboarding.CustomerKey{ID: anna.ID, OrganizationID: anna.OrganizationID}
		valid := func(onboarding.Tx) error { return nil }
		door := v.Phone("anna", "u1").AccessPoint
		if a := v.AuthorizeAt("anna", door); a.Reason != "" {
			t.Fatalf("before: %s", a.Reason)
		}
		v.AccountRecord(v.Phone("anna", "u1"))
		no := registration.VisitorDecisions{Accepted: map[string]bool{"privacy": false}}
		if err := v.Registration.DecideByVisitor(t.Context(), visitor, key, no, valid); err != nil {
			t.Fatal(err)
		}
		if a := v.AuthorizeAt("anna", door); a.Reason != onboarding.ReasonExpired {
			t.Errorf("after the withdrawal: %q", a.Reason)
		}
		ordered, err := v.Store.DisconnectsOf(t.Context(), anna.ID)
		if err != nil || len(ordered) != 1 {
			t.Errorf("%d disconnects, %v", len(ordered), err)
		}
		if _, err := v.Links.Profile(t.Context(), testkit.Manager(v.Here), anna.ID, "ios"); onboarding.KindOf(err) !=
			onboarding.Conflict {
			t.Errorf("a profile: %v", err)
		}
		token := newLink(t, v, anna)
		if _, err := v.Registration.Rotate(t.Context(), testkit.Manager(v.Here), anna.ID); err != nil {
			t.Fatal(err)
		}
		if a := v.AuthorizeAt("anna", door); a.Reason != onboarding.ReasonExpired {
			t.Errorf("after a rotation: %q", a.Reason)
		}
		yes := registration.VisitorDecisions{
			Accepted: map[string]bool{"privacy": true},
			Versions: map[string]string{"privacy": v.Here.Policies[1].Version},
		}
		if err := v.Registration.AcceptByLink(t.Context(), visitor, token, yes); onboarding.KindOf(err) !=
			onboarding.Gone {
			t.Errorf("by a link that the rotation ended: %v", err)
		}
		if err := v.Registration.AcceptByLink(t.Context(), visitor, newLink(t, v, anna), yes); err != nil {
			t.Fatal(err)
		}
		if a := v.AuthorizeAt("anna", door); a.Reason != "" {
			t.Errorf("accepted again: %q", a.Reason)
		}
	})
}
