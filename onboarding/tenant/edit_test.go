package tenant_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/tenant"
	"onramp/onboarding/testkit"
)

// TestEdit: a change of one field leaves everything else as it is, also the secrets; a refused one
// and one of an earlier version change nothing.
func TestEdit(t *testing.T) {
	b := newApplyBench(t)
	o := testkit.Organization(1)
	hotspot := &o.Locations[0].Hotspots[0]
	hotspot.Address = "192.0.2.10"
	sealed, err := b.Tenant.SealHotspotSecret(hotspot.ID, []byte("a secret of an access point"))
	if err != nil {
		t.Fatal(err)
	}
	hotspot.Secret = &sealed
	b.apply(t, o)
	stored := func() *onboarding.Organization {
		t.Helper()
		found, err := b.Tenant.Export(t.Context(), o.ID)
		if err != nil {
			t.Fatal(err)
		}
		return found[0]
	}
	before := stored()
	secrets, err := b.RADIUS.HotspotSecrets(t.Context(), &before.Locations[0].Hotspots[0])
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(*onboarding.Organization) error { return nil }
	if done, err := b.Tenant.Edit(t.Context(), o.ID, before.Version, nothing); err != nil ||
		done.Change != tenant.Unchanged {
		t.Errorf("an edit without a change: %+v, %v", done, err)
	}
	done, err := b.Tenant.Edit(t.Context(), o.ID, before.Version, func(o *onboarding.Organization) error {
		o.Name = "Another name"
		return nil
	})
	if err != nil || done.Change != tenant.Changed || before.Name == "Another name" {
		t.Fatalf("%+v, %v", done, err)
	}
	after := stored()
	kept, err := b.RADIUS.HotspotSecrets(t.Context(), &after.Locations[0].Hotspots[0])
	if err != nil || len(kept) != len(secrets) || string(kept[0]) != string(secrets[0]) {
		t.Errorf("the secret of the access point has changed: %v", err)
	}
	renamed := *after
	renamed.Name = before.Name
	if same, err := renamed.Equal(before); err != nil || !same {
		t.Errorf("more than the name has changed: %v", err)
	}

	failed := errors.New("failed")
	for name, c := range map[string]struct {
		id      string
		version int64
		change  func(*onboarding.Organization) error
		want    func(error) bool
	}{
		"an earlier version": {o.ID, before.Version, nothing, func(err error) bool {
			return onboarding.KindOf(err) == onboarding.Conflict
		}},
		"an unknown organization": {testkit.ID("organization", 9), 1, nothing, func(err error) bool {
			return onboarding.KindOf(err) == onboarding.NotFound
		}},
		"a change that fails": {o.ID, after.Version, func(o *onboarding.Organization) error {
			o.Name = "Half"
			return failed
		}, func(err error) bool { return errors.Is(err, failed) }},
		"a refused change": {o.ID, after.Version, func(o *onboarding.Organization) error {
			o.Locations = nil
			return nil
		}, func(err error) bool {
			_, refused := errors.AsType[*tenant.ApplyError](err)
			return refused
		}},
	} {
		if _, err := b.Tenant.Edit(t.Context(), c.id, c.version, c.change); !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
		if now := stored(); now.Version != after.Version || now.Name != after.Name {
			t.Errorf("%s has changed the organization", name)
		}
	}
}

// TestEditRace: of edits that are based on the same version, one succeeds.
func TestEditRace(t *testing.T) {
	b := newApplyBench(t)
	o := testkit.Organization(1)
	b.apply(t, o)
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := b.Tenant.Edit(t.Context(), o.ID, 1, func(o *onboarding.Organization) error {
				o.Name = "Name " + string(rune('a'+i))
				return nil
			})
			switch onboarding.KindOf(err) {
			case "":
				if err == nil {
					won.Add(1)
				}
			case onboarding.Conflict:
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d edits of one version succeed", won.Load())
	}
}
