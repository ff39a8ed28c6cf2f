package storetest

import (
	"context"
	"strings"
	"testing"

	"onramp/onboarding"
)

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
