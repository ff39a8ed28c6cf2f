package connectivity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

func FuzzParseWho(f *testing.F) {
	for _, text := range []string{
		"anna", "anna@venue1.example", "+39 123 456789", "(0)39-1", "02-00-00-00-AA-01", "0200.0000.aa01", " ",
		"0198b2c46f3e7a1db0c3e5f7a9b1c2d3", "0198b2c4-6f3e-7a1d-b0c3-e5f7a9b1c2d3", "\x00", "a\u202eb@c.d", "@",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		who, err := connectivity.ParseWho(text)
		if err != nil {
			if onboarding.KindOf(err) != onboarding.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if who.Username != strings.TrimSpace(text) {
			t.Errorf("%q: user name %q", text, who.Username)
		}
		if who.ID != "" && !onboarding.ValidID(who.ID) {
			t.Errorf("%q: ID %q", text, who.ID)
		}
		if mac, ok := onboarding.ParseMAC(who.MAC); who.MAC != "" && (!ok || mac != who.MAC) {
			t.Errorf("%q: MAC %q", text, who.MAC)
		}
	})
}

// find returns the people whom a text finds.
func (s *scene) find(organizationID, who string) []connectivity.Found {
	s.Helper()
	found, err := s.Connectivity.Find(context.Background(), organizationID, who)
	if err != nil {
		s.Fatal(err)
	}
	return found
}

// why returns the verdict on the only one whom a text finds.
func (s *scene) why(who string) *connectivity.Verdict {
	s.Helper()
	found := s.find("", who)
	if len(found) != 1 {
		s.Fatalf("%s finds %d", who, len(found))
	}
	v, err := s.Connectivity.Why(context.Background(), found[0])
	if err != nil {
		s.Fatal(err)
	}
	return v
}

func reachable(email, number string) func(*registration.CustomerInput) {
	return func(in *registration.CustomerInput) { in.Email, in.PhoneNumber = &email, &number }
}

// TestFind checks every kind of name, several people, and the limit to an organization.
func TestFind(t *testing.T) {
	s := newScene(t)
	s.anna = s.AddCustomer(s.Here, "berta", "berta's password", reachable("Berta@Example.com", "+390612345678"))
	there := s.AddCustomer(s.There, "carla", "carla's password", reachable("berta@example.com", "+390612345679"))
	s.accept(phone)
	s.claim(laptop)
	for _, c := range []struct {
		organization, who string
		want              []*onboarding.Customer
	}{
		{"", "berta", []*onboarding.Customer{s.anna}},
		{"", s.anna.ID, []*onboarding.Customer{s.anna}},
		{"", strings.ToUpper(s.anna.ID), []*onboarding.Customer{s.anna}},
		{"", "+39 06 12345678", []*onboarding.Customer{s.anna}},
		{"", "02-00-00-00-AA-01", []*onboarding.Customer{s.anna}},
		{"", laptop, []*onboarding.Customer{s.anna}},
		{"", "BERTA@example.com", []*onboarding.Customer{s.anna, there}},
		{s.Here.ID, "BERTA@example.com", []*onboarding.Customer{s.anna}},
		{s.There.ID, "berta@example.com", []*onboarding.Customer{there}},
		{s.There.ID, "berta", nil},
		{s.There.ID, phone, nil},
		{"", "dora", nil},
		{"", "00:00:00:00:00:09", nil},
	} {
		found := s.find(c.organization, c.who)
		if len(found) != len(c.want) {
			t.Errorf("%q in %q: %d found", c.who, c.organization, len(found))
			continue
		}
		for _, want := range c.want {
			one := false
			for _, f := range found {
				one = one || f.Customer.ID == want.ID
			}
			if !one {
				t.Errorf("%q in %q does not find %s", c.who, c.organization, want.Username)
			}
		}
	}
	if _, err := s.Connectivity.Find(t.Context(), "nonsense", "anna"); onboarding.KindOf(err) != onboarding.NotFound {
		t.Errorf("unknown organization: %v", err)
	}
	if _, err := s.Connectivity.Find(t.Context(), "", " "); onboarding.KindOf(err) != onboarding.Invalid {
		t.Errorf("empty: %v", err)
	}
}

// TestStation checks the verdict on one station of a person who is on with another.
func TestStation(t *testing.T) {
	s := newScene(t)
	s.Advance(time.Hour)
	s.download("ios")
	s.accept(phone)
	s.account(radius.AccountingStart, "u1")
	s.claim("06:00:00:00:00:01")
	s.Advance(time.Minute)
	s.accept(laptop)
	first, second := s.why(phone), s.why(laptop)
	if first.Since == nil || second.Since == nil || second.Since.Sub(*first.Since) != time.Minute {
		t.Errorf("connected since %v and %v, want a minute between them", first.Since, second.Since)
	}
	s.Advance(time.Minute)
	s.attempt(laptop, onboarding.ReasonWrongPassword)
	for _, c := range []struct {
		who   string
		state connectivity.State
		cause connectivity.Cause
	}{
		{"anna", on, ""},
		{phone, on, ""},
		{laptop, off, connectivity.CauseWrongPassword},
		{"06:00:00:00:00:01", never, connectivity.CauseOtherDevice},
	} {
		if v := s.why(c.who); v.State != c.state || v.Cause != c.cause {
			t.Errorf("%s: %s %q, want %s %q", c.who, v.State, v.Cause, c.state, c.cause)
		}
	}
}

// TestStranger checks the verdict on MAC addresses of no known customer.
func TestStranger(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	s.attempt(laptop, onboarding.ReasonNotTrusted, unnamed, alert("unknown CA"))
	v := s.why(laptop)
	if v.State != never || v.Cause != connectivity.CauseNotTrusted || v.CustomerID != "" || v.Location == nil ||
		len(v.Evidence) != 1 {
		t.Errorf("a stranger: %+v", v)
	}
	door := radius.AccessPointIdentity{NASIdentifier: testkit.Hall, CalledStation: "02-00-00-00-01-01:venue"}
	login := func(accepted bool) {
		t.Helper()
		if err := s.RADIUS.RecordLogin(ctx, radius.LoginOutcome{
			Username: "anna", AccessPoint: door, CallingStation: phone, Accepted: accepted,
		}); err != nil {
			t.Fatal(err)
		}
	}
	login(true)
	if v := s.why(phone); v.State != on || v.CustomerID != s.anna.ID {
		t.Errorf("before the deletion: %+v", v)
	}
	if err := s.Registration.Delete(ctx, testkit.Manager(s.Here), s.anna.ID); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Minute)
	login(false)
	v = s.why(phone)
	if v.State != off || v.Cause != connectivity.CauseDeleted || v.Confidence != likely || v.CustomerID != "" {
		t.Errorf("after the deletion: %+v", v)
	}
}
