package radius_test

import (
	"bytes"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// TestResume decides about resumed sessions with each kind of Class, and compares the decision with
// that about a full authentication.
func TestResume(t *testing.T) {
	v := testkit.NewVenue(t)
	ctx := t.Context()
	door := radius.AccessPointIdentity{NASIdentifier: "apvenue1.example"}
	anna, bert := v.AddCustomer(v.Here, "anna", "secret"), v.AddCustomer(v.Here, "bert", "secret")
	v.AddCustomer(v.There, "away", "secret")
	classOf := func(username string) []byte { return v.AuthorizeAt(username, radius.AccessPointIdentity{}).Class }
	class := classOf("anna")
	resume := func(username string, from radius.AccessPointIdentity, class []byte) *radius.Access {
		t.Helper()
		a, recorded, err := v.RADIUS.Resume(ctx, radius.Resumption{
			LoginOutcome: radius.LoginOutcome{Username: username, AccessPoint: from,
				CallingStation: "02-00-00-00-aa-01", OuterMethod: "TTLS", InnerMethod: "PAP"},
			Class: class,
		})
		if err != nil || recorded != (a.Reason == "") {
			t.Fatalf("%s: recorded %v, %v", username, recorded, err)
		}
		return a
	}
	forged := bytes.Clone(class)
	forged[len(forged)-1] ^= 1
	for _, c := range []struct {
		name, username string
		from           radius.AccessPointIdentity
		class          []byte
		want           onboarding.Reason
	}{
		{"the customer's", "anna", door, class, ""},
		{"the customer's with the realm", "anna@venue1.example", door, class, ""},
		{"the customer's at an unknown access point", "anna", radius.AccessPointIdentity{}, class, ""},
		{"at another organization's", "anna", radius.AccessPointIdentity{NASIdentifier: "apvenue2.example"}, class,
			onboarding.ReasonElsewhere},
		{"with a foreign realm", "anna@elsewhere.example", door, class, onboarding.ReasonWrongRealm},
		{"of another customer", "anna", door, classOf("bert"), onboarding.ReasonWrongPassword},
		{"of another organization's customer", "anna", door, classOf("away"), onboarding.ReasonWrongPassword},
		{"of nobody", "nobody", door, class, onboarding.ReasonUnknownUser},
		{"of no user name", "", door, class, onboarding.ReasonUnknownUser},
		{"forged", "anna", door, forged, onboarding.ReasonWrongPassword},
		{"cut", "anna", door, class[:len(class)-1], onboarding.ReasonWrongPassword},
		{"of a decoy", "anna", door, classOf("nobody"), onboarding.ReasonWrongPassword},
		{"none", "anna", door, nil, onboarding.ReasonWrongPassword},
		{"a megabyte", "anna", door, bytes.Repeat([]byte("o1."), 1<<18), onboarding.ReasonWrongPassword},
	} {
		a := resume(c.username, c.from, c.class)
		if a.Reason != c.want || c.want == "" && bytes.Equal(a.Class, class) || c.want != "" && a.Class != nil {
			t.Errorf("%s: got %+v, want reason %q", c.name, a, c.want)
		}
	}
	if a, full := resume("anna", door, class), v.AuthorizeAt("anna", door); a.Name != full.Name ||
		a.VLAN != full.VLAN || a.SessionTimeout != full.SessionTimeout {
		t.Errorf("got %+v, and in full %+v", a, full)
	}
	kept, err := v.Registration.CustomerInfo(ctx, testkit.Manager(v.Here), anna.ID)
	if err != nil || kept.Logins != 4 {
		t.Errorf("the logins are those of %+v, %v", kept, err)
	}

	// A Class outlives neither the password nor the credential, nor the customer, but a lock.
	if err := v.Registration.Lock(ctx, testkit.Manager(v.Here), anna.ID); err != nil {
		t.Fatal(err)
	}
	if a := resume("anna", door, class); a.Reason != onboarding.ReasonLocked {
		t.Errorf("locked: %+v", a)
	}
	if err := v.Registration.Unlock(ctx, testkit.Manager(v.Here), anna.ID); err != nil {
		t.Fatal(err)
	}
	if a := resume("anna", door, class); a.Reason != "" {
		t.Errorf("unlocked: %+v", a)
	}
	// Also one that was made in the same second as the new password, or after it on another clock.
	v.Advance(time.Hour)
	late := classOf("anna")
	v.Advance(-time.Hour)
	if _, err := v.Registration.Rotate(ctx, testkit.Manager(v.Here), anna.ID); err != nil {
		t.Fatal(err)
	}
	for _, old := range [][]byte{class, late} {
		if a := resume("anna", door, old); a.Reason != onboarding.ReasonWrongPassword {
			t.Errorf("rotated: %+v", a)
		}
	}
	if a := resume("anna", door, classOf("anna")); a.Reason != "" {
		t.Errorf("with the new password: %+v", a)
	}
	class = classOf("bert")
	v.SetClock(bert.Created.Add(v.Here.WiFi.ProfileLifetime))
	if a := resume("bert", door, class); a.Reason != onboarding.ReasonExpired {
		t.Errorf("expired: %+v", a)
	}
	v.SetClock(testkit.Monday)
	if err := v.Registration.Delete(ctx, testkit.Manager(v.Here), bert.ID); err != nil {
		t.Fatal(err)
	}
	v.AddCustomer(v.Here, "bert", "secret") // another person with the same name and password
	if a := resume("bert", door, class); a.Reason != onboarding.ReasonWrongPassword {
		t.Errorf("deleted, and the user name given to another person: %+v", a)
	}
}

// TestSilentAtResumption records devices that stopped after the server's first TLS message, with
// and without a certificate.
func TestSilentAtResumption(t *testing.T) {
	v := testkit.NewVenue(t)
	for station, c := range map[string]struct {
		last []byte
		want string
	}{
		"02:00:00:00:bb:01": {[]byte{1, 7, 0, 156, 21, 0x80, 0, 0, 0, 146, 22, 3, 3, 0, 93, 2},
			onboarding.SilentInTunnel},
		"02:00:00:00:bb:02": {[]byte{1, 7, 0, 156, 25, 0, 22, 3, 3, 0, 93, 2, 0, 0, 89, 3},
			onboarding.SilentInTunnel},
		"02:00:00:00:bb:03": {[]byte{1, 7, 3, 156, 21, 0x80, 0, 0, 3, 146, 22, 3, 3, 0, 93, 2},
			onboarding.SilentAfterFlight},
		"02:00:00:00:bb:04": {[]byte{1, 7, 0, 156, 21, 0x80, 0, 0, 9, 146, 1, 2, 3, 0, 93, 2},
			onboarding.SilentAfterFlight}, // the end of a longer message
	} {
		if err := v.RADIUS.RecordLogin(t.Context(), radius.LoginOutcome{
			AccessPoint: radius.AccessPointIdentity{NASIdentifier: "apvenue1.example"}, CallingStation: station,
			Failure: radius.FailureStopped, LastSent: c.last,
		}); err != nil {
			t.Fatal(err)
		}
		found, err := v.Store.Attempts(t.Context(), onboarding.AttemptQuery{Station: station, Limit: 10})
		if err != nil || len(found) != 1 || found[0].Detail != c.want {
			t.Errorf("%s: %+v, %v; want %q", station, found, err, c.want)
		}
	}
}
