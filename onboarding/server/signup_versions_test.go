package server

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/testkit"
)

// raisePolicies applies changed policies while forms are open.
func (v *venue) raisePolicies(change func(*onboarding.Organization)) {
	v.Helper()
	stored, err := v.store.Organization(v.Context(), demoID)
	if err != nil {
		v.Fatal(err)
	}
	o := *stored
	o.Policies = slices.Clone(o.Policies)
	change(&o)
	if _, err := v.service.Tenant.Apply(v.Context(), []*onboarding.Organization{&o}); err != nil {
		v.Fatal(err)
	}
}

// TestSignUpVersions changes policies while the form is open: it is shown again with its entries
// and without the ticks of the changed policies, and the ledger holds only versions that were
// shown.
func TestSignUpVersions(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := newVenueOn(t, db, asksEverything, func(o *onboarding.Organization) {
			o.Portal.Fields = []string{"firstName", "lastName", "email"}
		})
		for _, tt := range []struct {
			name, box string // the box that is unticked, and another one that stays
			stays     string
			change    func(*onboarding.Organization)
		}{
			{"terms", "policies.termsOfUse", "policies.mktgCommunications",
				func(o *onboarding.Organization) { o.Policies[0].Version = "7.00" }},
			{"privacy", "policies.termsOfUse", "policies.profiling",
				func(o *onboarding.Organization) { o.Policy("privacy").Version = "7.00" }},
			{"marketing", "policies.mktgCommunications", "policies.termsOfUse",
				func(o *onboarding.Organization) { o.Policy("mktgCommunications").Version = "7.00" }},
			{"profiling", "policies.profiling", "policies.termsOfUse",
				func(o *onboarding.Organization) { o.ConsentVersions.Profiling = "7.00" }},
			{"ppd", "policies.profiling", "policies.termsOfUse",
				func(o *onboarding.Organization) { o.ConsentVersions.PPD = "7.00" }},
			{"a new policy", "policies.customs.new", "policies.termsOfUse",
				func(o *onboarding.Organization) {
					o.Policies = append(o.Policies, onboarding.Policy{Key: "customs.new", Version: "1",
						Title: map[string]string{"en": "New"}, Text: map[string]string{"en": "New."}})
				}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				v := v.onTheSpot(t)
				action, form := v.form("/portal/" + demoID + "?location=" + demoLocation)
				for _, box := range []string{"policies.mktgCommunications", "policies.profiling"} {
					form.Set(box, "true")
				}
				email := form.Get("email")
				switched := url.Values{"switch": {"it"}}
				for name := range form {
					switched[name] = form[name]
				}
				v.raisePolicies(tt.change)
				v.browse(http.MethodPost, action, switched).want(http.StatusOK).says("changed since you opened")
				p := v.browse(http.MethodPost, action, form).want(http.StatusConflict).says("changed since you opened")
				if n := v.customers(email); n != 0 {
					t.Fatalf("%d customers", n)
				}
				if has(p.named(tt.box), "checked") || !has(p.named(tt.stays), "checked") {
					t.Errorf("%s is ticked, or %s is not", tt.box, tt.stays)
				}
				form = p.form()
				if form.Get("email") != email || form.Get("firstName") != "Ada" {
					t.Errorf("the entries: %v", form)
				}
				if tt.box == "policies.termsOfUse" {
					v.browse(http.MethodPost, action, form).want(http.StatusConflict).says("please accept").
						saysNot("changed since you opened")
				}
				form.Set(tt.box, "true")
				customer := v.signUp(action, form).customer()
				o, err := v.store.Organization(t.Context(), demoID)
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range v.ledger(customer) {
					if !row.Accepted || row.Version != o.PolicyVersion(row.Policy) {
						t.Errorf("%+v", row)
					}
				}
				v.raisePolicies(func(o *onboarding.Organization) { o.Policies[0].Version += "0" })
				again := v.browse(http.MethodPost, action, form).want(http.StatusSeeOther) // a double tap
				if v.browse(http.MethodGet, again.header.Get("Location"), nil); v.customers(email) != 1 {
					t.Error("the form that was sent before the change registered again")
				}
			})
		}
	})
}

// TestVerifiedSignUpVersions is the same for a venue that verifies addresses: no code is sent.
func TestVerifiedSignUpVersions(t *testing.T) {
	v := newVerifier(t)
	action, form := v.form("/portal/" + demoID)
	v.raisePolicies(func(o *onboarding.Organization) { o.Policies[0].Version = "7.00" })
	p := v.browse(http.MethodPost, action, form).want(http.StatusConflict).says("changed since you opened")
	form = p.form()
	form.Set("policies.termsOfUse", "true")
	session := v.browse(http.MethodPost, action, form).want(http.StatusSeeOther).header.Get("Location")
	first := v.letter()
	v.enterCode(session, first.code).want(http.StatusSeeOther)
	if got := len(v.smtp.Delivered()); got != 1 {
		t.Errorf("%d mails", got)
	}
}
