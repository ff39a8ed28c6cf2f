package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

const installationColumns = "id, customer_id, platform, type, installed_by, installed, removed, recorded, " +
	"attributes, source, confirmed"

var putInstallation = insert("installations", installationColumns) +
	" ON CONFLICT (customer_id, platform, type, installed_by, installed) DO NOTHING"

func scanInstallation(row rows) (*onboarding.Installation, error) {
	var i onboarding.Installation
	err := row.Scan(&i.ID, &i.CustomerID, &i.Platform, &i.Type, &i.InstalledBy, instant{&i.Installed},
		maybeInstant{&i.Removed}, instant{&i.Recorded}, jsonText{&i.Attributes},
		textInto(&i.Source), maybeInstant{&i.Confirmed})
	return &i, err
}

func (r *reader) Installations(ctx context.Context, customerID string) ([]*onboarding.Installation, error) {
	return collect(ctx, r.db, scanInstallation,
		"SELECT "+installationColumns+" FROM installations WHERE customer_id = $1 ORDER BY installed, id", customerID)
}

func (t *transaction) PutInstallation(ctx context.Context, i *onboarding.Installation) (string, bool, error) {
	attributes, err := encode(&i.Attributes)
	if err != nil {
		return "", false, err
	}
	n, err := t.db.exec(ctx, putInstallation, i.ID, i.CustomerID, i.Platform, i.Type, i.InstalledBy,
		micros(i.Installed), microsOrNull(i.Removed), micros(i.Recorded), attributes,
		orNull(i.Source), microsOrNull(i.Confirmed))
	if err != nil {
		return "", false, err
	}
	if n == 1 {
		return i.ID, true, nil
	}
	var id string
	err = t.one(ctx, `SELECT id FROM installations
		WHERE customer_id = $1 AND platform = $2 AND type = $3 AND installed_by = $4 AND installed = $5`,
		[]any{i.CustomerID, i.Platform, i.Type, i.InstalledBy, micros(i.Installed)}, &id)
	return id, false, err
}

func (t *transaction) RemoveInstallation(ctx context.Context, customerID, id string, at time.Time) error {
	return t.db.send(ctx, onboarding.ErrNotFound,
		"UPDATE installations SET removed = COALESCE(removed, $3) WHERE customer_id = $1 AND id = $2",
		customerID, id, micros(at))
}

// ConfirmInstallations implements onboarding.InstallationWriter.
func (t *transaction) ConfirmInstallations(ctx context.Context, customerID string, at time.Time) error {
	return t.db.send(ctx, nil, `UPDATE installations SET confirmed = $2
		WHERE customer_id = $1 AND installed <= $2 AND removed IS NULL AND confirmed IS NULL`, customerID, micros(at))
}

// CountInstallations implements onboarding.CapWriter.
func (t *transaction) CountInstallations(ctx context.Context, customerID string, most int) (int, error) {
	return t.count(ctx, countUpTo("installations WHERE customer_id = $1", "$2"), customerID, most)
}
