package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const accessPointColumns = "key, nas_identifier, address, mac, ssid, first_seen, last_seen"

func scanAccessPoint(row rows) (onboarding.AccessPoint, error) {
	var a onboarding.AccessPoint
	err := row.Scan(&a.Key, textInto(&a.NASIdentifier), textInto(&a.Address), textInto(&a.MAC), textInto(&a.SSID),
		instant{&a.FirstSeen}, instant{&a.LastSeen})
	return a, err
}

func (r *reader) AccessPoints(ctx context.Context, limit int) ([]onboarding.AccessPoint, error) {
	return collect(ctx, r.db, scanAccessPoint,
		"SELECT "+accessPointColumns+" FROM access_points ORDER BY last_seen DESC, key LIMIT $1", limit)
}

// accessPointPause is the minimum time between two updates of an access point, so that not every
// authentication writes its row.
const accessPointPause = time.Minute

var putAccessPoint = insert("access_points", accessPointColumns) + " ON CONFLICT (key) DO UPDATE SET " +
	excludedOrStored("access_points", "nas_identifier, address, mac, ssid") + `, last_seen = excluded.last_seen
	WHERE excluded.last_seen >= access_points.last_seen + $8`

// trimAccessPoints deletes the least recently seen rows beyond the limit. It reads them only if the
// row of the key was written now.
const trimAccessPoints = `DELETE FROM access_points WHERE key IN (SELECT a.key
	FROM access_points AS written CROSS JOIN access_points AS a
	WHERE written.key = $1 AND written.last_seen = $2 ORDER BY a.last_seen DESC LIMIT $3 OFFSET $4)`

func (t *transaction) PutAccessPoint(ctx context.Context, a *onboarding.AccessPoint) error {
	if err := t.db.send(ctx, nil, putAccessPoint,
		a.Key, orNull(a.NASIdentifier), orNull(a.Address), orNull(a.MAC), orNull(a.SSID),
		micros(a.FirstSeen), micros(a.LastSeen), accessPointPause.Microseconds()); err != nil {
		return err
	}
	return t.db.send(ctx, nil, trimAccessPoints, a.Key, micros(a.LastSeen), trimBatch, onboarding.MaxAccessPoints)
}
