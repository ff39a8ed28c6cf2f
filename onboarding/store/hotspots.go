package store

import (
	"context"

	"onramp/onboarding"
)

const selectHotspot = "SELECT id, organization_id, location_id, mac, nas_identifier, address, " +
	"secret_key_id IS NOT NULL FROM hotspots"

func scanHotspot(row rows) (onboarding.HotspotRef, error) {
	var h onboarding.HotspotRef
	err := row.Scan(&h.ID, &h.OrganizationID, &h.LocationID,
		textInto(&h.MAC), textInto(&h.NASIdentifier), textInto(&h.Address), &h.HasSecret)
	return h, err
}

func (r *reader) Hotspot(ctx context.Context, id string) (*onboarding.HotspotRef, error) {
	h, err := get(ctx, r.db, scanHotspot, selectHotspot+" WHERE id = $1", id)
	return &h, err
}

// hotspotsClaimed has one branch per index. A NULL argument matches no row.
const hotspotsClaimed = selectHotspot + " WHERE mac = $1 UNION " + selectHotspot + " WHERE nas_identifier = $2" +
	" UNION " + selectHotspot + " WHERE address = $3 ORDER BY 1"

func (r *reader) HotspotsMatching(
	ctx context.Context, mac, nasIdentifier, address string,
) ([]onboarding.HotspotRef, error) {
	return collect(ctx, r.db, scanHotspot, hotspotsClaimed, orNull(mac), orNull(nasIdentifier), orNull(address))
}
