package store

import (
	"context"

	"onramp/onboarding"
)

// maxStationClaims is the number of claims kept for a customer.
const maxStationClaims = 10

func scanStationClaim(row rows) (c onboarding.StationClaim, err error) {
	err = row.Scan(&c.CustomerID, &c.MAC, instant{&c.At})
	return c, err
}

// StationClaims implements onboarding.AttemptReader.
func (r *reader) StationClaims(ctx context.Context, customerID, mac string) ([]onboarding.StationClaim, error) {
	column, value := "customer_id", customerID
	if customerID == "" {
		column, value = "mac", mac
	}
	return collect(ctx, r.db, scanStationClaim, "SELECT customer_id, mac, at FROM station_claims WHERE "+column+
		" = $1 ORDER BY at DESC, customer_id, mac LIMIT 100", value)
}

// PutStationClaim implements onboarding.AttemptWriter.
func (t *transaction) PutStationClaim(ctx context.Context, c onboarding.StationClaim) error {
	if err := t.db.send(ctx, nil, `INSERT INTO station_claims (customer_id, mac, at) VALUES ($1, $2, $3)
		ON CONFLICT (customer_id, mac) DO UPDATE SET
			at = CASE WHEN excluded.at > station_claims.at THEN excluded.at ELSE station_claims.at END`,
		c.CustomerID, c.MAC, micros(c.At)); err != nil {
		return err
	}
	return t.db.send(ctx, nil, `DELETE FROM station_claims WHERE customer_id = $1 AND mac IN (SELECT mac
		FROM station_claims WHERE customer_id = $1 ORDER BY at DESC, mac LIMIT $2 OFFSET $3)`,
		c.CustomerID, trimBatch, maxStationClaims)
}
