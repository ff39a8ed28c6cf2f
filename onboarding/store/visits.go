package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const (
	visitColumns = "id, organization_id, customer_id, location_id, hotspot_id, begun, until, sessions, proven"
	selectVisit  = "SELECT " + visitColumns + " FROM visits"
)

func scanVisit(row rows) (onboarding.Visit, error) {
	var v onboarding.Visit
	err := row.Scan(&v.ID, &v.OrganizationID, &v.CustomerID, &v.LocationID, textInto(&v.HotspotID),
		instant{&v.Start}, instant{&v.End}, &v.Connections, &v.Proven)
	return v, err
}

func (r *reader) VisitsNear(
	ctx context.Context, customerID, locationID string, from, to time.Time,
) ([]onboarding.Visit, error) {
	return collect(ctx, r.db, scanVisit, selectVisit+
		" WHERE customer_id = $1 AND location_id = $2 AND until >= $3 AND begun <= $4"+
		" ORDER BY begun, id"+r.db.lockRows(),
		customerID, locationID, micros(from), micros(to))
}

func (r *reader) Visits(ctx context.Context, customerID string) ([]onboarding.Visit, error) {
	return collect(ctx, r.db, scanVisit, selectVisit+" WHERE customer_id = $1 ORDER BY begun, id", customerID)
}

var putVisit = insert("visits", visitColumns+", business_at") + " ON CONFLICT (id) DO UPDATE SET " +
	excluded("hotspot_id, begun, until, sessions, proven, business_at")

func (t *transaction) PutVisit(ctx context.Context, v *onboarding.Visit) error {
	business, err := t.business(ctx, v.OrganizationID, v.LocationID, v.Start)
	if err != nil {
		return err
	}
	return t.db.send(ctx, nil, putVisit, v.ID, v.OrganizationID, v.CustomerID, v.LocationID, orNull(v.HotspotID),
		micros(v.Start), micros(v.End), v.Connections, v.Proven, business)
}

func (t *transaction) DeleteVisit(ctx context.Context, id string) error {
	return t.db.send(ctx, nil, "DELETE FROM visits WHERE id = $1", id)
}

func (r *reader) VisitBounds(ctx context.Context, customerID, locationID string) (onboarding.VisitBounds, error) {
	return get(ctx, r.db, scanBounds, `SELECT min(begun), max(begun), max(until) FROM visits
		WHERE customer_id = $1 AND location_id = $2 HAVING count(*) > 0`, customerID, locationID)
}

func scanBounds(row rows) (onboarding.VisitBounds, error) {
	var b onboarding.VisitBounds
	err := row.Scan(instant{&b.First}, instant{&b.Last}, instant{&b.Seen})
	return b, err
}
