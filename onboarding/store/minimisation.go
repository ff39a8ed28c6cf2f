package store

import "context"

// MinimiseCustomer removes the link between the customer and all events except those of consents
// and the credential.
func (t *transaction) MinimiseCustomer(ctx context.Context, id string) error {
	if err := t.ForgetBehaviour(ctx, id); err != nil {
		return err
	}
	return t.each(ctx, id,
		"UPDATE customers SET source = NULL, platform = NULL WHERE id = $1",
		"UPDATE events SET "+anonymousEvent+" WHERE customer_id = $1 AND type NOT IN ('consent', 'credential')",
		"DELETE FROM idempotency WHERE customer_id = $1", // the answers hold personal data
		"DELETE FROM app_devices WHERE customer_id = $1",
		"DELETE FROM installations WHERE customer_id = $1",
		"DELETE FROM downloads WHERE customer_id = $1",
		"DELETE FROM station_claims WHERE customer_id = $1",
		"UPDATE messages SET "+anonymousMessage+" WHERE customer_id = $1",
		"DELETE FROM webhook_deliveries WHERE customer_id = $1 AND "+personalWebhooks,
		"DELETE FROM verifications WHERE customer_id = $1",
		"DELETE FROM verified_addresses WHERE customer_id = $1",
		deleteStationAttempts,
		"DELETE FROM attempts WHERE customer_id = $1",
		"DELETE FROM stations WHERE customer_id = $1",
		"UPDATE station_accepts SET customer_id = NULL WHERE customer_id = $1",
		keepPeopleOfStopped,
		"UPDATE sessions SET "+anonymousConnection+" WHERE customer_id = $1 AND stopped IS NOT NULL",
		// An open connection keeps the identifiers that a Disconnect-Request needs.
		"UPDATE sessions SET mac = NULL, address = NULL WHERE customer_id = $1",
	)
}

func (t *transaction) ForgetBehaviour(ctx context.Context, customerID string) error {
	return t.each(ctx, customerID,
		"DELETE FROM customer_metrics WHERE customer_id = $1",
		"DELETE FROM visits WHERE customer_id = $1",
		"DELETE FROM events WHERE customer_id = $1 AND type IN ('visit', 'login')",
		"DELETE FROM webhook_deliveries WHERE customer_id = $1 AND "+behaviouralWebhooks,
		"UPDATE sessions SET profiled = FALSE WHERE customer_id = $1",
	)
}
