package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const stationColumns = "customer_id, mac, randomised, first_seen, last_seen, connections"

func (r *reader) Stations(ctx context.Context, customerID string) ([]onboarding.Station, error) {
	return collect(ctx, r.db, scanStation,
		"SELECT "+stationColumns+" FROM stations WHERE customer_id = $1 ORDER BY last_seen DESC, mac", customerID)
}

func scanStation(row rows) (onboarding.Station, error) {
	var s onboarding.Station
	err := row.Scan(&s.CustomerID, &s.MAC, &s.Randomised, instant{&s.FirstSeen}, instant{&s.LastSeen}, &s.Connections)
	return s, err
}

var putStation = insert("stations", stationColumns) + ` ON CONFLICT (customer_id, mac) DO UPDATE SET
	first_seen = CASE WHEN excluded.first_seen < stations.first_seen
		THEN excluded.first_seen ELSE stations.first_seen END,
	last_seen = CASE WHEN excluded.last_seen > stations.last_seen
		THEN excluded.last_seen ELSE stations.last_seen END,
	connections = stations.connections + excluded.connections`

func (t *transaction) PutStation(ctx context.Context, s *onboarding.Station) error {
	return t.db.send(ctx, nil, putStation,
		s.CustomerID, s.MAC, s.Randomised, micros(s.FirstSeen), micros(s.LastSeen), s.Connections)
}

const (
	connectionsOfStation = "FROM sessions s WHERE s.customer_id = $1 AND s.mac = $2"

	updateStation = "UPDATE stations SET first_seen = (SELECT min(begun) " + connectionsOfStation + "), " +
		"last_seen = (SELECT max(seen) " + connectionsOfStation + "), " +
		"connections = (SELECT count(*) " + connectionsOfStation + ") " +
		"WHERE customer_id = $1 AND mac = $2 AND EXISTS (SELECT 1 " + connectionsOfStation + ")"
	deleteStation = "DELETE FROM stations WHERE customer_id = $1 AND mac = $2 " +
		"AND NOT EXISTS (SELECT 1 " + connectionsOfStation + ")"
)

func (t *transaction) TightenStation(ctx context.Context, customerID, mac string) error {
	if err := t.db.send(ctx, nil, updateStation, customerID, mac); err != nil {
		return err
	}
	return t.db.send(ctx, nil, deleteStation, customerID, mac)
}

func (r *reader) StationAccept(ctx context.Context, station string) (customerID string, at time.Time, err error) {
	err = r.one(ctx, "SELECT customer_id, at FROM station_accepts WHERE station = $1", []any{station},
		textInto(&customerID), instant{&at})
	return customerID, at, err
}

func (t *transaction) PutStationAccept(ctx context.Context, station, customerID string, at time.Time) error {
	return t.db.send(ctx, nil, `INSERT INTO station_accepts (station, customer_id, at)
		VALUES ($1, (SELECT id FROM customers WHERE id = $2), $3)
		ON CONFLICT (station) DO UPDATE SET customer_id = excluded.customer_id, at = excluded.at
		WHERE excluded.at >= station_accepts.at`, station, orNull(customerID), micros(at))
}
