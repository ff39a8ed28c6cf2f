package store

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

var insertEvent = insert("events",
	"id, organization_id, customer_id, type, location_id, hotspot_id, at, duration, detail, business_at")

func (t *transaction) AppendEvents(ctx context.Context, events []onboarding.Event) error {
	for i := range events {
		e := &events[i]
		var detail any
		if len(e.Detail) > 0 {
			text, err := encode(e.Detail)
			if err != nil {
				return err
			}
			detail = text
		}
		business, err := t.business(ctx, e.OrganizationID, e.LocationID, e.At)
		if err != nil {
			return err
		}
		if err := t.db.send(ctx, nil, insertEvent, e.ID, e.OrganizationID, orNull(e.CustomerID), string(e.Type),
			orNull(e.LocationID), orNull(e.HotspotID), micros(e.At),
			valueOrNull(e.Duration), detail, business); err != nil {
			return err
		}
	}
	return nil
}

// business returns the local time at the location, as if it were UTC; UTC at an unknown location.
// It may use an organization that is out of date by a moment.
func (r *reader) business(ctx context.Context, organizationID, locationID string, at time.Time) (int64, error) {
	if locationID == "" {
		return micros(at), nil
	}
	o := r.organizations.any(organizationID)
	if o == nil {
		var err error
		o, err = r.organization(ctx, organizationID)
		if errors.Is(err, onboarding.ErrNotFound) {
			return micros(at), nil
		}
		if err != nil {
			return 0, err
		}
	}
	_, offset := at.In(o.Location(locationID).Zone()).Zone()
	return micros(at) + int64(offset)*1_000_000, nil
}
