package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

var deviceParts = []part{{"Devices", testDevices}}

// testDevices checks that an update keeps the stored values of fields that it leaves empty.
func testDevices(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, other := storedCustomer(t, s), storedCustomer(t, s)
	put := func(d onboarding.Device) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutDevice(ctx, &d) })
	}
	metadata := onboarding.Device{
		CustomerID: c.ID,
		InstallID:  "i1",
		Bundle:     "com.example.app",
		VendorID:   "v",
		AdvID:      "a",
		OS:         "ios",
		OSVersion:  "18.1",
		Device:     "iPhone15,2",
		Created:    ptr(noon.Add(-time.Hour)), Registered: noon,
	}
	heartbeat := onboarding.Device{
		CustomerID: c.ID, InstallID: "i1", OS: "ios", LastSeen: ptr(noon.Add(time.Hour)), PushToken: "push",
		PasspointOn: ptr(true), WPA2On: ptr(false), Registered: noon.Add(time.Hour),
	}
	put(onboarding.Device{CustomerID: c.ID, InstallID: "i2", Registered: noon.Add(time.Minute)})
	put(onboarding.Device{CustomerID: other.ID, InstallID: "i1", Bundle: "other", Registered: noon})
	put(metadata)
	put(heartbeat)
	want := metadata
	want.LastSeen, want.PushToken, want.PasspointOn, want.WPA2On = heartbeat.LastSeen, "push", ptr(true), ptr(false)
	got := must(s.Devices(ctx, c.ID))(t)
	equal(t, "devices", got,
		[]*onboarding.Device{&want, {CustomerID: c.ID, InstallID: "i2", Registered: noon.Add(time.Minute)}})
	utc(t, "Registered", got[0].Registered)
	utc(t, "LastSeen", *got[0].LastSeen)
	put(onboarding.Device{CustomerID: c.ID, InstallID: "i1", PasspointOn: ptr(false), OSVersion: "18.2",
		Registered: noon.Add(3 * time.Hour)})
	want.PasspointOn, want.OSVersion = ptr(false), "18.2"
	equal(t, "device after an update", must(s.Devices(ctx, c.ID))(t)[0], &want)
	put(onboarding.Device{CustomerID: c.ID, InstallID: "I1", Registered: noon.Add(time.Hour)})
	if got := must(s.Devices(ctx, c.ID))(t); len(got) != 3 {
		t.Errorf("an install ID in another case is not a device of its own: %d devices", len(got))
	}
	if got := must(s.Devices(ctx, onboarding.NewID()))(t); len(got) != 0 {
		t.Errorf("an unknown customer has %d devices", len(got))
	}
}
