package storetest

import (
	"context"
	"fmt"
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
