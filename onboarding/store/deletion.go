package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
)

// portions lists the tables that may hold many rows of one customer: the table, its key, and the
// statement that deletes rows or removes the link to the customer.
var portions = []struct{ table, key, change string }{
	{"app_devices", "customer_id, install_id", "DELETE FROM app_devices"},
	{"installations", "customer_id, platform, type, installed_by, installed", "DELETE FROM installations"},
	{"customer_guids", "customer_id, guid_hash", "DELETE FROM customer_guids"},
	{"activations", "token_hash", "DELETE FROM activations"},
	{"stations", "customer_id, mac", "DELETE FROM stations"},
	{"attempts", "id", "DELETE FROM attempts"},
	{"downloads", "customer_id, platform, source, credential, settings_id", "DELETE FROM downloads"},
	{"station_claims", "customer_id, mac", "DELETE FROM station_claims"},
	{"visits", "id", "DELETE FROM visits"},
	{"idempotency", "service_id, idempotency_key", "DELETE FROM idempotency"},
	{"verifications", "id", "DELETE FROM verifications"},
	{"consents", "customer_id, policy, at, id", "UPDATE consents SET customer_id = $2, address = '', agent = ''"},
	{"events", "organization_id, at, id", "UPDATE events SET " + anonymousEvent},
	{"sessions", "unique_id", "UPDATE sessions SET " + anonymousConnection},
	{"disconnects", "id", "UPDATE disconnects SET customer_id = NULL"},
	{"messages", "id", "UPDATE messages SET " + anonymousMessage},
	{"webhook_deliveries", "number", "DELETE FROM webhook_deliveries"},
}

// bloated counts the rows of each table up to the limit.
var bloated = func() string {
	var counts []string
	for _, p := range portions {
		counts = append(counts, "("+countUpTo(p.table+" WHERE customer_id = $1", "$2")+") = $2")
	}
	return "SELECT " + strings.Join(counts, " OR ")
}()

// Bloated implements onboarding.DeletionWriter.
func (t *transaction) Bloated(ctx context.Context, customerID string, most int) (bool, error) {
	return t.exists(ctx, bloated, customerID, most+1)
}

// retire clears every column that UpdateCustomer replaces, and those that identify the customer.
var retire = "UPDATE customers SET (organization_id, username, username_realm, source, platform, signup_method, " +
	customerMutable + ") = ('', $" + strconv.Itoa(customerMutables+1) + ", NULL, NULL, NULL, '', " +
	placeholders(customerMutables) + ") WHERE id = $" + strconv.Itoa(customerMutables+2) +
	" AND organization_id = $" + strconv.Itoa(customerMutables+3)

// RetireCustomer implements onboarding.DeletionWriter.
func (t *transaction) RetireCustomer(ctx context.Context, organizationID, id, alias string) error {
	args, err := mutable(&onboarding.Customer{Modified: time.UnixMicro(0).UTC()})
	if err != nil {
		return err
	}
	if err := t.db.send(ctx, onboarding.ErrNotFound, retire, append(args, alias, id, organizationID)...); err != nil {
		return err
	}
	return t.each(ctx, id,
		keepPeopleOfCustomer, // at once, because portions would cut days
		deleteStationAttempts,
		"DELETE FROM credentials WHERE customer_id = $1",
		"DELETE FROM customer_metrics WHERE customer_id = $1",
		"DELETE FROM segment_members WHERE customer_id = $1",
		"DELETE FROM segment_checks WHERE customer_id = $1",
		"DELETE FROM verified_addresses WHERE customer_id = $1",
		"DELETE FROM customer_terms WHERE customer_id = $1",
		"DELETE FROM webhook_deliveries WHERE customer_id = $1 AND state = 'waiting'",
	)
}

// DeletePortion implements onboarding.DeletionWriter.
func (t *transaction) DeletePortion(
	ctx context.Context, r onboarding.RetiredCustomer, rows int,
) (last bool, err error) {
	last = true
	for _, p := range portions {
		args, limit := []any{r.ID, rows}, "$2"
		if strings.Contains(p.change, "$2") {
			args, limit = []any{r.ID, r.Alias, rows}, "$3"
		}
		portion := "SELECT " + p.key + " FROM " + p.table + " WHERE customer_id = $1 LIMIT " + limit
		n, err := t.db.exec(ctx, p.change+" WHERE ("+p.key+") IN ("+portion+")", args...)
		if err != nil {
			return false, err
		}
		last = last && n < rows
	}
	return last, nil
}

// RetiredCustomers implements onboarding.DeletionWriter.
func (t *transaction) RetiredCustomers(ctx context.Context, limit int) ([]onboarding.RetiredCustomer, error) {
	scan := func(row rows) (onboarding.RetiredCustomer, error) {
		var r onboarding.RetiredCustomer
		err := row.Scan(&r.ID, &r.Alias)
		return r, err
	}
	return collect(ctx, t.db, scan,
		"SELECT id, username FROM customers WHERE organization_id = '' ORDER BY id LIMIT $1", limit)
}

// anonymousEvent removes the link between an event and its customer. The detail of an installation
// holds text sent by a client, which may identify the person.
const anonymousEvent = "customer_id = NULL, " +
	"detail = CASE WHEN type IN ('install', 'uninstall') THEN NULL ELSE detail END"

// anonymousConnection removes the link between a connection and its customer.
const anonymousConnection = "anonymous = TRUE, proven = FALSE, session_id = NULL, calling_station = NULL, " +
	"mac = NULL, address = NULL, customer_id = NULL"

// deleteStationAttempts deletes the attempts without a customer of the stations that authenticated
// as the customer at the same organization's access points.
const deleteStationAttempts = `DELETE FROM attempts WHERE customer_id IS NULL AND (station, host_id) IN
	(SELECT station, host_id FROM attempts WHERE customer_id = $1 AND reason IS NULL)`

// DeleteCustomer deletes the row; the schema's foreign keys delete the credential, guids, devices,
// installations, downloads, links with their codes, visits, stations, attempts, segments and terms.
func (t *transaction) DeleteCustomer(ctx context.Context, organizationID, id, alias string) error {
	if err := t.db.send(ctx, nil, deleteStationAttempts, id); err != nil {
		return err
	}
	if err := t.db.send(ctx, onboarding.ErrNotFound,
		"DELETE FROM customers WHERE id = $1 AND organization_id = $2", id, organizationID); err != nil {
		return err
	}
	if err := t.db.send(ctx, nil,
		"UPDATE consents SET customer_id = $2, address = '', agent = '' WHERE customer_id = $1",
		id, alias); err != nil {
		return err
	}
	return t.each(ctx, id,
		keepPeopleOfCustomer,
		"UPDATE events SET "+anonymousEvent+" WHERE customer_id = $1",
		"DELETE FROM idempotency WHERE customer_id = $1",
		"UPDATE sessions SET "+anonymousConnection+" WHERE customer_id = $1",
		"UPDATE disconnects SET customer_id = NULL WHERE customer_id = $1",
		"UPDATE messages SET "+anonymousMessage+" WHERE customer_id = $1",
		"DELETE FROM webhook_deliveries WHERE customer_id = $1",
	)
}
