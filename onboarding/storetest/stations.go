package storetest

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
)

var stationParts = []part{{"Stations", testStations}}

// testStations checks that a station's times widen and its connections add up, and that
// TightenStation recomputes both.
func testStations(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	put := func(mac string, first, last time.Duration, connections int64) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutStation(ctx, &onboarding.Station{
				CustomerID:  c.ID,
				MAC:         mac,
				Randomised:  mac[1] == '2',
				FirstSeen:   noon.Add(first),
				LastSeen:    noon.Add(last),
				Connections: connections,
			})
		})
	}
	put("02:00:00:00:00:01", time.Hour, 2*time.Hour, 1)
	put("02:00:00:00:00:01", 0, time.Hour, 1)
	put("02:00:00:00:00:01", time.Hour, 3*time.Hour, 0)
	put("00:00:00:00:00:02", 0, 4*time.Hour, 1)
	station := onboarding.Station{
		CustomerID:  c.ID,
		MAC:         "02:00:00:00:00:01",
		Randomised:  true,
		FirstSeen:   noon.UTC(),
		LastSeen:    noon.Add(3 * time.Hour).UTC(),
		Connections: 2,
	}
	other := onboarding.Station{CustomerID: c.ID, MAC: "00:00:00:00:00:02", FirstSeen: noon.UTC(),
		LastSeen: noon.Add(4 * time.Hour).UTC(), Connections: 1}
	equal(t, "stations", must(s.Stations(ctx, c.ID))(t), []onboarding.Station{other, station})

	session := newConnection(c.ID)
	session.MAC, session.Progress.At = station.MAC, noon.Add(time.Minute).UTC()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.TightenStation(ctx, c.ID, other.MAC); err != nil { // no session: it goes
			return err
		}
		if err := tx.PutConnection(ctx, session); err != nil {
			return err
		}
		return tx.TightenStation(ctx, c.ID, station.MAC)
	})
	station.LastSeen, station.Connections = session.Progress.At, 1
	equal(t, "tightened", must(s.Stations(ctx, c.ID))(t), []onboarding.Station{station})
}
