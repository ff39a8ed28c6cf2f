package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

var accessPointParts = []part{{"AccessPoints", testAccessPoints}}

// testAccessPoints checks that a later report replaces only the values it contains, and that a late
// one changes nothing.
func testAccessPoints(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	put := func(a onboarding.AccessPoint) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutAccessPoint(ctx, &a) })
	}
	put(onboarding.AccessPoint{Key: "nas a", NASIdentifier: "a", MAC: "02:00:00:00:00:0a", FirstSeen: noon,
		LastSeen: noon})
	put(onboarding.AccessPoint{Key: "nas b", Address: "192.0.2.1", FirstSeen: noon, LastSeen: noon.Add(time.Hour)})
	put(onboarding.AccessPoint{Key: "nas a", SSID: "guest", FirstSeen: noon.Add(2 * time.Hour),
		LastSeen: noon.Add(2 * time.Hour)})
	put(onboarding.AccessPoint{Key: "nas a", SSID: "old", FirstSeen: noon, LastSeen: noon}) // late
	want := []onboarding.AccessPoint{
		{Key: "nas a", NASIdentifier: "a", MAC: "02:00:00:00:00:0a", SSID: "guest", FirstSeen: noon.UTC(),
			LastSeen: noon.Add(2 * time.Hour).UTC()},
		{Key: "nas b", Address: "192.0.2.1", FirstSeen: noon.UTC(), LastSeen: noon.Add(time.Hour).UTC()},
	}
	equal(t, "all", must(s.AccessPoints(ctx, 10))(t), want)
	equal(t, "one", must(s.AccessPoints(ctx, 1))(t), want[:1])

	const more = 20
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for i := range onboarding.MaxAccessPoints + more {
			at := noon.Add(24*time.Hour + time.Duration(i)*time.Second)
			if err := tx.PutAccessPoint(ctx, &onboarding.AccessPoint{
				Key: fmt.Sprintf("nas %d", i), FirstSeen: at, LastSeen: at,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	kept := must(s.AccessPoints(ctx, 2*onboarding.MaxAccessPoints))(t)
	if first := kept[len(kept)-1].Key; len(kept) != onboarding.MaxAccessPoints || first != fmt.Sprintf("nas %d", more) {
		t.Errorf("%d access points from %s", len(kept), first)
	}
}

var restartParts = []part{{"Restarts", testRestarts}}

// testRestarts checks that FirstRestart returns the first restart under either name.
func testRestarts(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	for _, at := range []time.Time{noon.Add(time.Hour), noon, noon} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutRestart(ctx, "nas 1", at) })
	}
	for _, c := range []struct{ from, want time.Time }{
		{noon.Add(-time.Hour), noon}, {noon, noon}, {noon.Add(time.Microsecond), noon.Add(time.Hour)},
	} {
		at := must(s.FirstRestart(ctx, [2]string{"nas 1", "address 192.0.2.9"}, c.from))(t)
		equal(t, "first restart", at, c.want)
		utc(t, "first restart", at)
	}
	_, err := s.FirstRestart(ctx, [2]string{"nas 1", "address 192.0.2.9"}, noon.Add(2*time.Hour))
	notFound(t, "after the last", err)
	_, err = s.FirstRestart(ctx, [2]string{"nas 2", "address 192.0.2.9"}, noon)
	notFound(t, "of another", err)
}

var hotspotParts = []part{{"Hotspots", testHotspots}}

// testHotspots checks that hotspots are found by MAC address, NAS identifier or address.
func testHotspots(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	o := newOrganization()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.PutOrganization(ctx, o) })
	door, hall := o.Locations[0].Hotspots[0], o.Locations[0].Hotspots[1]
	doorRef := onboarding.HotspotRef{ID: door.ID, OrganizationID: o.ID, LocationID: o.Locations[0].ID, MAC: door.MAC,
		NASIdentifier: door.NASIdentifier}
	hallRef := onboarding.HotspotRef{ID: hall.ID, OrganizationID: o.ID, LocationID: o.Locations[0].ID,
		Address: hall.Address, HasSecret: true}
	equal(t, "by ID", must(s.Hotspot(ctx, hall.ID))(t), &hallRef)
	_, err := s.Hotspot(ctx, "none")
	notFound(t, "another ID", err)
	for _, c := range []struct {
		name, mac, nas, address string
		want                    []onboarding.HotspotRef
	}{
		{"nothing", "", "", "", nil},
		{"mac", door.MAC, "", "", []onboarding.HotspotRef{doorRef}},
		{"nas", "", door.NASIdentifier, "", []onboarding.HotspotRef{doorRef}},
		{"nas in another case", "", strings.ToUpper(door.NASIdentifier), "", nil},
		{"address", "", "", hall.Address, []onboarding.HotspotRef{hallRef}},
		{"both of one", door.MAC, door.NASIdentifier, "", []onboarding.HotspotRef{doorRef}},
		{"two", door.MAC, "", hall.Address, []onboarding.HotspotRef{doorRef, hallRef}},
	} {
		equal(t, c.name, must(s.HotspotsMatching(ctx, c.mac, c.nas, c.address))(t), c.want)
	}
}
