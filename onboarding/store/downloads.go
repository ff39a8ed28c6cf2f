package store

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

const downloadColumns = "customer_id, organization_id, platform, source, credential, expires, settings_id, refused, " +
	"first, last, count"

// downloadInto returns the targets of downloadColumns.
func downloadInto(d *onboarding.Download) []any {
	return []any{&d.CustomerID, &d.OrganizationID, &d.Platform, textInto(&d.Source), instant{&d.Credential},
		instant{&d.Expires}, &d.SettingsID, textInto(&d.Refused), instant{&d.First}, instant{&d.Last}, &d.Count}
}

// Downloads implements onboarding.DownloadReader.
func (r *reader) Downloads(ctx context.Context, customerID string) ([]*onboarding.Download, error) {
	scan := func(row rows) (*onboarding.Download, error) {
		var d onboarding.Download
		return &d, row.Scan(downloadInto(&d)...)
	}
	return collect(ctx, r.db, scan, "SELECT "+downloadColumns+` FROM downloads WHERE customer_id = $1
		ORDER BY last DESC, platform, source, credential, settings_id`, customerID)
}

// ProfileSettings implements onboarding.DownloadReader.
func (r *reader) ProfileSettings(ctx context.Context, id string) (*onboarding.ProfileSettings, error) {
	var s onboarding.ProfileSettings
	err := r.one(ctx, "SELECT id, organization_id, version, first, wifi FROM profile_settings WHERE id = $1",
		[]any{id}, &s.ID, &s.OrganizationID, &s.Version, instant{&s.First}, jsonText{&s.WiFi})
	return &s, err
}

// PutProfileSettings implements onboarding.DownloadWriter.
func (t *transaction) PutProfileSettings(ctx context.Context, s *onboarding.ProfileSettings) error {
	wifi, err := encode(&s.WiFi)
	if err != nil {
		return err
	}
	return t.db.send(ctx, nil, insert("profile_settings", "id, organization_id, version, first, wifi")+
		" ON CONFLICT (id) DO NOTHING", s.ID, s.OrganizationID, s.Version, micros(s.First), wifi)
}

const downloadKey = "customer_id, platform, source, credential, settings_id"

const countDownload = "INSERT INTO downloads (" + downloadColumns + `) SELECT
	$1, $2, $3, $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT), $7, $8, CAST($9 AS BIGINT), CAST($10 AS BIGINT),
	CAST($11 AS BIGINT) WHERE EXISTS (SELECT 1 FROM customers WHERE id = $1 AND (ppd IS NULL OR ppd))
	ON CONFLICT (` + downloadKey + `) DO UPDATE SET
		count = downloads.count + excluded.count, expires = excluded.expires, refused = excluded.refused,
		last = CASE WHEN excluded.last > downloads.last THEN excluded.last ELSE downloads.last END`

// trimDownloads deletes the customer's oldest rows beyond the limit. It reads them only if the row
// with the key was created now.
const trimDownloads = "DELETE FROM downloads WHERE (" + downloadKey + `) IN
	(SELECT d.customer_id, d.platform, d.source, d.credential, d.settings_id
	FROM downloads AS created CROSS JOIN downloads AS d
	WHERE created.customer_id = $1 AND created.platform = $2 AND created.source = $3 AND created.credential = $4
		AND created.settings_id = $5 AND created.first = $6 AND d.customer_id = $1
	ORDER BY d.last DESC, d.platform, d.source, d.credential, d.settings_id LIMIT $7 OFFSET $8)`

// CountDownload implements onboarding.DownloadWriter.
func (t *transaction) CountDownload(ctx context.Context, d *onboarding.Download) error {
	if err := t.db.send(ctx, nil, countDownload, d.CustomerID, d.OrganizationID, d.Platform, string(d.Source),
		micros(d.Credential), micros(d.Expires), d.SettingsID, orNull(d.Refused), micros(d.First), micros(d.Last),
		d.Count); err != nil {
		return err
	}
	return t.db.send(ctx, nil, trimDownloads, d.CustomerID, d.Platform, string(d.Source), micros(d.Credential),
		d.SettingsID, micros(d.First), trimBatch, onboarding.MaxDownloads)
}

// heldUntil selects the last of a number of downloads in the order of the index.
const heldUntil = `SELECT customer_id, platform FROM downloads
	WHERE organization_id = $1 AND (customer_id, platform) > ($2, $3)
	ORDER BY customer_id, platform LIMIT 1 OFFSET $4`

// heldProfiles selects the latest answered download of each customer and platform between two keys.
// The repeated bounds keep PostgreSQL from reading the other tables from their beginning.
const heldProfiles = "SELECT " + `d.customer_id, d.organization_id, d.platform, d.source, d.credential, d.expires,
		d.settings_id, d.refused, d.first, d.last, d.count, c.locked,
		(SELECT max(i.installed) FROM installations i WHERE i.customer_id = d.customer_id
			AND i.platform = d.platform AND i.removed IS NULL AND i.installed >= d.credential),
		(SELECT max(i.confirmed) FROM installations i WHERE i.customer_id = d.customer_id
			AND i.platform = d.platform AND i.removed IS NULL AND i.installed >= d.credential)
	FROM downloads d JOIN credentials k ON k.customer_id = d.customer_id JOIN customers c ON c.id = d.customer_id
	WHERE d.organization_id = $1 AND (d.customer_id, d.platform) > ($2, $3)
		AND (d.customer_id, d.platform) <= ($5, $6) AND d.settings_id <> ''
		AND k.customer_id >= $2 AND k.customer_id <= $5 AND c.id >= $2 AND c.id <= $5
		AND d.credential = k.created AND k.expires > $4 AND d.expires > $4
		AND NOT EXISTS (SELECT 1 FROM downloads n WHERE n.customer_id = d.customer_id AND n.platform = d.platform
			AND n.customer_id >= $2 AND n.customer_id <= $5 AND n.settings_id <> ''
			AND (n.last, n.credential, n.source, n.settings_id) >
				(d.last, d.credential, d.source, d.settings_id))
		AND NOT (EXISTS (SELECT 1 FROM installations i WHERE i.customer_id = d.customer_id
				AND i.platform = d.platform AND i.removed >= d.last)
			AND NOT EXISTS (SELECT 1 FROM installations i WHERE i.customer_id = d.customer_id
				AND i.platform = d.platform AND i.removed IS NULL))
	ORDER BY d.customer_id, d.platform`

// afterAll is greater than every customer ID and platform.
const afterAll = "~"

// HeldProfiles implements onboarding.DownloadReader. It reads the downloads in parts of q.Limit
// rows, because a part may hold no such profile.
func (r *reader) HeldProfiles(ctx context.Context, q onboarding.HeldQuery) ([]onboarding.HeldProfile, error) {
	scan := func(row rows) (h onboarding.HeldProfile, err error) {
		err = row.Scan(append(downloadInto(&h.Download), &h.Locked, maybeInstant{&h.Installed},
			maybeInstant{&h.Confirmed})...)
		return h, err
	}
	var page []onboarding.HeldProfile
	for len(page) < q.Limit && q.CustomerID != afterAll {
		var customerID, platform string
		err := r.one(ctx, heldUntil, []any{q.OrganizationID, q.CustomerID, q.Platform, q.Limit - len(page) - 1},
			&customerID, &platform)
		if errors.Is(err, onboarding.ErrNotFound) {
			customerID, platform = afterAll, afterAll
		} else if err != nil {
			return nil, err
		}
		part, err := collect(ctx, r.db, scan, heldProfiles, q.OrganizationID, q.CustomerID, q.Platform, micros(q.Now),
			customerID, platform)
		if err != nil {
			return nil, err
		}
		page = append(page, part...)
		q.CustomerID, q.Platform = customerID, platform
	}
	return page, nil
}

// UnknownProfiles implements onboarding.DownloadReader.
func (r *reader) UnknownProfiles(
	ctx context.Context, organizationID string, now time.Time,
) (map[string]int, error) {
	type count struct {
		platform string
		n        int64
	}
	scan := func(row rows) (c count, err error) {
		err = row.Scan(&c.platform, &c.n)
		return c, err
	}
	counts, err := collect(ctx, r.db, scan, `SELECT i.platform, count(DISTINCT i.customer_id)
		FROM customers c JOIN credentials k ON k.customer_id = c.id JOIN installations i ON i.customer_id = c.id
		WHERE c.organization_id = $1 AND k.expires > $2 AND i.removed IS NULL AND i.installed >= k.created
			AND NOT EXISTS (SELECT 1 FROM downloads d WHERE d.customer_id = c.id AND d.platform = i.platform
				AND d.settings_id <> '')
		GROUP BY i.platform`, organizationID, micros(now))
	if err != nil {
		return nil, err
	}
	byPlatform := make(map[string]int, len(counts))
	for _, c := range counts {
		byPlatform[c.platform] = int(c.n)
	}
	return byPlatform, nil
}
