package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const (
	disconnectColumns = "id, organization_id, customer_id, unique_id, hotspot_id, reason, " +
		"session_id, calling_station, nas_identifier, created, due, attempts, outcome, error_cause, finished"
	selectDisconnect = "SELECT " + disconnectColumns + " FROM disconnects"
)

func scanDisconnect(row rows) (*onboarding.Disconnect, error) {
	var d onboarding.Disconnect
	err := row.Scan(&d.ID, textInto(&d.OrganizationID), textInto(&d.CustomerID), &d.UniqueID, textInto(&d.HotspotID),
		&d.Reason, textInto(&d.SessionID), textInto(&d.CallingStation), textInto(&d.NASIdentifier),
		instant{&d.Created}, instant{&d.Due}, &d.Attempts,
		textInto(&d.Outcome), &d.ErrorCause, maybeInstant{&d.Finished})
	return &d, err
}

func (r *reader) DueDisconnects(ctx context.Context, now time.Time, limit int) ([]*onboarding.Disconnect, error) {
	return collect(ctx, r.db, scanDisconnect,
		selectDisconnect+" WHERE finished IS NULL AND due <= $1 ORDER BY due, id LIMIT $2", micros(now), limit)
}

// countWaitingDisconnects reads only the partial index disconnects_due.
var countWaitingDisconnects = countUpTo("disconnects WHERE finished IS NULL AND due > 0", "$1")

func (r *reader) CountWaitingDisconnects(ctx context.Context, most int) (int, error) {
	return r.count(ctx, countWaitingDisconnects, most)
}

func (r *reader) Disconnects(ctx context.Context, organizationID string, limit int) ([]*onboarding.Disconnect, error) {
	return collect(ctx, r.db, scanDisconnect,
		selectDisconnect+" WHERE organization_id = $1 ORDER BY created DESC, id DESC LIMIT $2", organizationID, limit)
}

// LastDisconnects implements onboarding.DisconnectReader.
func (r *reader) LastDisconnects(
	ctx context.Context, customerID string, limit int,
) ([]*onboarding.Disconnect, error) {
	return collect(ctx, r.db, scanDisconnect,
		selectDisconnect+" WHERE customer_id = $1 ORDER BY created DESC, id DESC LIMIT $2", customerID, limit)
}

func (r *reader) DisconnectOrdered(ctx context.Context, uniqueID, reason string, since time.Time) (bool, error) {
	n, err := r.count(ctx, `SELECT count(*) FROM disconnects WHERE unique_id = $1 AND reason = $2
		AND (finished IS NULL OR created > $3 OR outcome = 'no-address')`, uniqueID, reason, micros(since))
	return n > 0, err
}

var insertDisconnect = insert("disconnects", disconnectColumns) +
	" ON CONFLICT (unique_id) WHERE finished IS NULL DO NOTHING"

func (t *transaction) InsertDisconnect(ctx context.Context, d *onboarding.Disconnect) error {
	return t.db.send(ctx, nil, insertDisconnect,
		d.ID, orNull(d.OrganizationID), orNull(d.CustomerID), d.UniqueID, orNull(d.HotspotID), d.Reason,
		orNull(d.SessionID), orNull(d.CallingStation), orNull(d.NASIdentifier),
		micros(d.Created), micros(d.Due), d.Attempts, orNull(d.Outcome), d.ErrorCause, microsOrNull(d.Finished))
}

func (t *transaction) LeaseDisconnect(ctx context.Context, d *onboarding.Disconnect, until time.Time) (bool, error) {
	n, err := t.db.exec(ctx, "UPDATE disconnects SET due = $3, attempts = attempts + 1 "+
		"WHERE id = $1 AND due = $2 AND finished IS NULL", d.ID, micros(d.Due), micros(until))
	return n == 1, err
}

func (t *transaction) FinishDisconnect(
	ctx context.Context, id string, outcome onboarding.DisconnectOutcome, errorCause int, at time.Time,
) error {
	return t.db.send(ctx, onboarding.ErrNotFound, `UPDATE disconnects SET outcome = $2, error_cause = $3, finished = $4,
		session_id = NULL, calling_station = NULL, nas_identifier = NULL WHERE id = $1 AND finished IS NULL`,
		id, string(outcome), errorCause, micros(at))
}

func (t *transaction) PostponeDisconnect(
	ctx context.Context, id string, last onboarding.DisconnectOutcome, due time.Time,
) error {
	return t.db.send(ctx, onboarding.ErrNotFound,
		"UPDATE disconnects SET outcome = $2, due = $3 WHERE id = $1 AND finished IS NULL",
		id, string(last), micros(due))
}

func (r *reader) DisconnectsOf(ctx context.Context, customerID string) ([]*onboarding.Disconnect, error) {
	return collect(ctx, r.db, scanDisconnect,
		selectDisconnect+" WHERE customer_id = $1 ORDER BY created, id", customerID)
}
