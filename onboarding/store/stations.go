package store

import (
	"context"

	"onramp/onboarding"
)

const stationColumns = "customer_id, mac, randomised, first_seen, last_seen, connections"

func (r *reader) Stations(ctx context.Context, customerID string) ([]onboarding.Station, error) {
	return collect(ctx, r.db, func(row rows) (onboarding.Station, error) {
		var s onboarding.Station
		err := row.Scan(&s.CustomerID, &s.MAC, &s.Randomised, instant{&s.FirstSeen}, instant{&s.LastSeen}, &s.Connections)
		return s, err
	}, "SELECT "+stationColumns+" FROM stations WHERE customer_id = $1 ORDER BY last_seen DESC, mac", customerID)
}

var putStation = insert("stations", stationColumns) + ` ON CONFLICT (customer_id, mac) DO UPDATE SET
	first_seen = CASE WHEN excluded.first_seen < stations.first_seen THEN excluded.first_seen ELSE stations.first_seen END,
	last_seen = CASE WHEN excluded.last_seen > stations.last_seen THEN excluded.last_seen ELSE stations.last_seen END,
	connections = stations.connections + excluded.connections`

func (t *transaction) PutStation(ctx context.Context, s *onboarding.Station) error {
	return t.db.send(ctx, nil, putStation, s.CustomerID, s.MAC, s.Randomised, micros(s.FirstSeen), micros(s.LastSeen), s.Connections)
}

func (t *transaction) TightenStation(ctx context.Context, customerID, mac string) error {
	return t.db.send(ctx, nil, `UPDATE stations SET
		first_seen = (SELECT min(begun) FROM sessions s WHERE s.customer_id = $1 AND s.mac = $2),
		last_seen = (SELECT max(seen) FROM sessions s WHERE s.customer_id = $1 AND s.mac = $2)
		WHERE customer_id = $1 AND mac = $2 AND EXISTS (SELECT 1 FROM sessions s WHERE s.customer_id = $1 AND s.mac = $2)`, customerID, mac)
}
