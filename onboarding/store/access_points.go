package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const accessPointColumns = "key, nas_identifier, address, mac, ssid, first_seen, last_seen"

func (r *reader) AccessPoints(ctx context.Context, limit int) ([]onboarding.AccessPoint, error) {
	return collect(ctx, r.db, func(row rows) (onboarding.AccessPoint, error) {
		var a onboarding.AccessPoint
		err := row.Scan(&a.Key, textInto(&a.NASIdentifier), textInto(&a.Address), textInto(&a.MAC), textInto(&a.SSID),
			instant{&a.FirstSeen}, instant{&a.LastSeen})
		return a, err
	}, "SELECT "+accessPointColumns+" FROM access_points ORDER BY last_seen DESC, key LIMIT $1", int64(limit))
}

// accessPointPause is how long a row is left as it is: one that everybody authenticates through would otherwise be written each time.
const accessPointPause = time.Minute

var putAccessPoint = insert("access_points", accessPointColumns) + ` ON CONFLICT (key) DO UPDATE SET
	nas_identifier = COALESCE(excluded.nas_identifier, access_points.nas_identifier),
	address = COALESCE(excluded.address, access_points.address),
	mac = COALESCE(excluded.mac, access_points.mac),
	ssid = COALESCE(excluded.ssid, access_points.ssid),
	last_seen = excluded.last_seen
	WHERE excluded.last_seen >= access_points.last_seen + $8`

func (t *transaction) PutAccessPoint(ctx context.Context, a *onboarding.AccessPoint) error {
	return t.db.send(ctx, nil, putAccessPoint, a.Key, orNull(a.NASIdentifier), orNull(a.Address), orNull(a.MAC), orNull(a.SSID),
		micros(a.FirstSeen), micros(a.LastSeen), accessPointPause.Microseconds())
}
