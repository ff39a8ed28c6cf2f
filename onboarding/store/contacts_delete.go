package store

import (
	"context"

	"onramp/onboarding"
)

// anonymousEvent takes from an event what tells whose it was. The detail of an installation names the app in the words of whoever reported it.
const anonymousEvent = "customer_id = NULL, detail = CASE WHEN type IN ('install', 'uninstall') THEN NULL ELSE detail END"

// DeleteCustomer leaves to the schema what refers to the customer (credential, guids, devices, installations, links and their codes, visits,
// stations, segments): it goes with the row.
func (t *transaction) DeleteCustomer(ctx context.Context, organizationID, id, alias string) error {
	if err := t.db.send(ctx, onboarding.ErrNotFound, "DELETE FROM customers WHERE id = $1 AND organization_id = $2", id, organizationID); err != nil {
		return err
	}
	if err := t.db.send(ctx, nil, "UPDATE consents SET customer_id = $2, address = '', agent = '' WHERE customer_id = $1", id, alias); err != nil {
		return err
	}
	if err := t.each(ctx, id,
		"UPDATE events SET "+anonymousEvent+" WHERE customer_id = $1",
		"DELETE FROM idempotency WHERE customer_id = $1",
	); err != nil {
		return err
	}
	return t.ForgetSessions(ctx, id)
}

// MinimiseCustomer keeps the link between the customer and events that tell of consents and the credential alone.
func (t *transaction) MinimiseCustomer(ctx context.Context, id string) error {
	if err := t.ForgetBehaviour(ctx, id); err != nil {
		return err
	}
	return t.each(ctx, id,
		"UPDATE customers SET source = NULL WHERE id = $1",
		"UPDATE events SET "+anonymousEvent+" WHERE customer_id = $1 AND type NOT IN ('consent', 'credential')",
		"DELETE FROM idempotency WHERE customer_id = $1", // the answers hold what the customer told
		"DELETE FROM app_devices WHERE customer_id = $1",
		"DELETE FROM installations WHERE customer_id = $1",
		"DELETE FROM stations WHERE customer_id = $1",
		"UPDATE station_accepts SET customer_id = NULL WHERE customer_id = $1",
		`UPDATE sessions SET anonymous = TRUE, proven = FALSE, session_id = NULL, calling_station = NULL, mac = NULL, address = NULL, customer_id = NULL
			WHERE customer_id = $1 AND stopped IS NOT NULL`,
		// A Disconnect-Request needs the rest while the device is connected.
		"UPDATE sessions SET mac = NULL, address = NULL WHERE customer_id = $1",
	)
}

// each runs statements about one customer.
func (t *transaction) each(ctx context.Context, customerID string, statements ...string) error {
	for _, text := range statements {
		if err := t.db.send(ctx, nil, text, customerID); err != nil {
			return err
		}
	}
	return nil
}
