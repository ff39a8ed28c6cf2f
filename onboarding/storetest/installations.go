package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

var installationParts = []part{{"Installations", testInstallations}}

// testInstallations checks that an installation reported again is recorded once, and that its first
// removal is kept.
func testInstallations(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, other := storedCustomer(t, s), storedCustomer(t, s)
	claim := func(customerID string, installed time.Time) *onboarding.Installation {
		return &onboarding.Installation{
			ID:          onboarding.NewID(),
			CustomerID:  customerID,
			Platform:    "ios",
			Type:        onboarding.TypePasspoint,
			InstalledBy: "web",
			Installed:   installed, Recorded: noon,
			Attributes: onboarding.InstalledNetwork{
				Realm:         "wifi.example.com",
				FriendlyName:  "Wi-Fi \"<&>\"",
				Roaming:       true,
				OuterIdentity: "anonymous@example.com",
				Username:      "u", TrustedServerNames: []string{"a.example.com", "b.example.com"},
			},
		}
	}
	put := func(i *onboarding.Installation) (id string, isNew bool) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			id, isNew, err = tx.PutInstallation(ctx, i)
			return err
		})
		return id, isNew
	}
	late, early := claim(c.ID, noon), claim(c.ID, noon.Add(-time.Hour))
	for _, i := range []*onboarding.Installation{late, early} {
		if id, isNew := put(i); id != i.ID || !isNew {
			t.Errorf("a new claim returned %q, %v", id, isNew)
		}
	}
	if id, isNew := put(claim(c.ID, noon)); id != late.ID || isNew {
		t.Errorf("the same claim again returned %q, %v; want %q", id, isNew, late.ID)
	}
	if _, isNew := put(claim(other.ID, noon)); !isNew {
		t.Error("another customer's claim was taken for the same")
	}
	for what, change := range map[string]func(i *onboarding.Installation){
		"platform":    func(i *onboarding.Installation) { i.Platform = "macos" },
		"type":        func(i *onboarding.Installation) { i.Type = onboarding.TypeWPA2 },
		"installedBy": func(i *onboarding.Installation) { i.InstalledBy = "Web" },
		"installed":   func(i *onboarding.Installation) { i.Installed = noon.Add(time.Microsecond) },
	} {
		i := claim(other.ID, noon)
		change(i)
		if _, isNew := put(i); !isNew {
			t.Errorf("a claim that differs in %s was taken for the same", what)
		}
	}
	got := must(s.Installations(ctx, c.ID))(t)
	equal(t, "installations", got, []*onboarding.Installation{early, late})
	utc(t, "Installed", got[0].Installed)

	remove := func(customerID, id string, at time.Time) error {
		return tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.RemoveInstallation(ctx, customerID, id, at)
		})
	}
	for _, at := range []time.Time{noon.Add(time.Hour), noon.Add(2 * time.Hour)} {
		if err := remove(c.ID, late.ID, at); err != nil {
			t.Fatal(err)
		}
	}
	late.Removed = ptr(noon.Add(time.Hour))
	equal(t, "after the removal", must(s.Installations(ctx, c.ID))(t), []*onboarding.Installation{early, late})
	notFound(t, "removing another customer's installation", remove(other.ID, early.ID, noon))
	notFound(t, "removing an unknown installation", remove(c.ID, onboarding.NewID(), noon))
	if id, isNew := put(claim(c.ID, noon)); id != late.ID || isNew {
		t.Errorf("the claim of a removed installation again returned %q, %v; want %q", id, isNew, late.ID)
	}
}
