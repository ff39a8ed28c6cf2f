package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

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
