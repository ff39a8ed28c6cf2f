package registration_test

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// TestProbe creates a throw-away customer, authenticates it and removes it.
func TestProbe(t *testing.T) {
	v, ctx := testkit.NewVenue(t), context.Background()
	p, err := v.Registration.CreateProbe(ctx, v.Here.ID)
	if err != nil {
		t.Fatal(err)
	}
	identifier, err := v.RADIUS.ProbeIdentifier(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// At the client entry of another organization's hotspot.
	from := radius.AccessPointIdentity{NASIdentifier: identifier, Client: v.There.Locations[0].Hotspots[0].ID}
	access, err := v.RADIUS.Authorize(ctx, radius.AccessRequest{Username: p.Username, AccessPoint: from})
	if err != nil || access.Reason != "" || access.Password != p.Password {
		t.Errorf("authorize: %+v, %v", access, err)
	}
	for _, accepted := range []bool{true, false} {
		if err := v.RADIUS.RecordLogin(ctx, radius.LoginOutcome{
			Username: p.Username, AccessPoint: from, CallingStation: "02-00-00-00-aa-01", Accepted: accepted,
		}); err != nil {
			t.Fatal(err)
		}
	}
	unknown, err := v.Contacts.UnknownAccessPoints(ctx, 10)
	if err != nil || len(unknown) != 0 {
		t.Errorf("access points: %+v, %v", unknown, err)
	}
	c, err := v.Store.Customer(ctx, v.Here.ID, p.ID)
	if err != nil || c.Logins != 0 || c.LastLogin != nil {
		t.Errorf("customer: %+v, %v", c, err)
	}
	for range 2 {
		if err := v.Registration.RemoveProbe(ctx, p); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Store.Customer(ctx, v.Here.ID, p.ID); onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("after the removal: %v", err)
		}
	}
}

// TestExpiredProbes leaves probes as a crashed process does: they are removed once their credential
// has ended, and not before.
func TestExpiredProbes(t *testing.T) {
	v, ctx := testkit.NewVenue(t), context.Background()
	old, err := v.Registration.CreateProbe(ctx, v.Here.ID)
	if err != nil {
		t.Fatal(err)
	}
	v.Advance(radius.ProbeLifetime - time.Second)
	young, err := v.Registration.CreateProbe(ctx, v.There.ID)
	if err != nil {
		t.Fatal(err)
	}
	exists := func(id, organizationID string, want bool) {
		t.Helper()
		if _, err := v.Store.Customer(ctx, organizationID, id); (err == nil) != want {
			t.Errorf("%s exists: %v, want %v", id, err == nil, want)
		}
	}
	remove := func() {
		t.Helper()
		if err := v.Registration.RemoveExpiredProbes(ctx); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	exists(old.ID, v.Here.ID, true)
	v.Advance(time.Second)
	access, err := v.RADIUS.Authorize(ctx, radius.AccessRequest{Username: old.Username})
	if err != nil || access.Reason != onboarding.ReasonExpired {
		t.Errorf("a probe after its lifetime: %+v, %v", access, err)
	}
	remove()
	exists(old.ID, v.Here.ID, false)
	exists(young.ID, v.There.ID, true)
	v.Advance(radius.ProbeLifetime)
	remove()
	exists(young.ID, v.There.ID, false)
}

// TestForgedProbe records authentications whose NAS-Identifier only resembles a probe's.
func TestForgedProbe(t *testing.T) {
	v, ctx := testkit.NewVenue(t), context.Background()
	identifier, err := v.RADIUS.ProbeIdentifier(ctx)
	if err != nil {
		t.Fatal(err)
	}
	other, err := testkit.NewVenue(t).RADIUS.ProbeIdentifier(ctx)
	if err != nil {
		t.Fatal(err)
	}
	v.Advance(radius.ProbeLifetime)
	valid, err := v.RADIUS.ProbeIdentifier(ctx)
	if err != nil {
		t.Fatal(err)
	}
	forged := []string{identifier, other, "onramp-probe.", "onramp-probe.7fffffff.", valid[:len(valid)-1], valid + "0"}
	for _, name := range append(forged, valid) {
		if err := v.RADIUS.RecordLogin(ctx, radius.LoginOutcome{
			AccessPoint: radius.AccessPointIdentity{NASIdentifier: name}, Failure: radius.FailureHandshake,
		}); err != nil {
			t.Fatal(err)
		}
	}
	unknown, err := v.Contacts.UnknownAccessPoints(ctx, 20)
	if err != nil || len(unknown) != len(forged) {
		t.Errorf("%d access points, want %d: %+v, %v", len(unknown), len(forged), unknown, err)
	}
}
