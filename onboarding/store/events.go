package store

import (
	"context"

	"onramp/onboarding"
)

var insertEvent = insert("events", "id, organization_id, customer_id, type, location_id, hotspot_id, at, duration, detail, business_at")

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
		if err := t.db.send(ctx, nil, insertEvent, e.ID, e.OrganizationID, orNull(e.CustomerID), string(e.Type), orNull(e.LocationID),
			orNull(e.HotspotID), micros(e.At), intOrNull(e.Duration), detail, business); err != nil {
			return err
		}
	}
	return nil
}
