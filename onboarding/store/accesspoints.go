package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const selectHotspot = "SELECT id, organization_id, location_id, mac, nas_identifier, address, secret_key_id IS NOT NULL FROM hotspots"

func scanHotspot(row rows) (onboarding.HotspotRef, error) {
	var h onboarding.HotspotRef
	err := row.Scan(&h.ID, &h.OrganizationID, &h.LocationID, textInto(&h.MAC), textInto(&h.NASIdentifier), textInto(&h.Address), &h.HasSecret)
	return h, err
}

func (r *reader) Hotspot(ctx context.Context, id string) (*onboarding.HotspotRef, error) {
	h, err := first(collect(ctx, r.db, scanHotspot, selectHotspot+" WHERE id = $1", id))
	return &h, err
}

// selectClaimed has a branch for each index. A NULL equals nothing.
const selectClaimed = selectHotspot + " WHERE mac = $1 UNION " + selectHotspot + " WHERE nas_identifier = $2 UNION " + selectHotspot + " WHERE address = $3"

func (r *reader) HotspotsClaimed(ctx context.Context, mac, nasIdentifier, address string) ([]onboarding.HotspotRef, error) {
	return collect(ctx, r.db, scanHotspot, selectClaimed+" ORDER BY 1", orNull(mac), orNull(nasIdentifier), orNull(address))
}

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

func (r *reader) FirstRestart(ctx context.Context, names [2]string, from time.Time) (time.Time, error) {
	var at time.Time
	err := r.one(ctx, `SELECT at FROM (SELECT at FROM (SELECT at FROM restarts WHERE access_point = $1 AND at >= $3 ORDER BY at LIMIT 1) one
		UNION ALL SELECT at FROM (SELECT at FROM restarts WHERE access_point = $2 AND at >= $3 ORDER BY at LIMIT 1) other) both_names ORDER BY at LIMIT 1`,
		[]any{names[0], names[1], micros(from)}, instant{&at})
	return at, err
}

// restartsKept is how long a restart can end sessions whose records come late.
const restartsKept = 90 * 24 * time.Hour

func (t *transaction) PutRestart(ctx context.Context, name string, at time.Time) error {
	if err := t.db.send(ctx, nil, "INSERT INTO restarts (access_point, at) VALUES ($1, $2) ON CONFLICT (access_point, at) DO NOTHING",
		name, micros(at)); err != nil {
		return err
	}
	return t.db.send(ctx, nil, "DELETE FROM restarts WHERE access_point = $1 AND at < $2", name, micros(at.Add(-restartsKept)))
}
