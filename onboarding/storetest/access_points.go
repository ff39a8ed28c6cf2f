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
