package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

// selectLogin reads only the columns that each authentication needs.
const selectLogin = "SELECT c.id, c.organization_id, c.locked, c.profiling, c.ppd, " +
	"k.key_id, k.box, k.expires, c.created, k.created, c.connected IS NOT NULL OR c.logins > 0, " +
	"COALESCE(c.platform, (SELECT d.platform FROM downloads d WHERE d.customer_id = c.id AND d.settings_id <> '' " +
	"ORDER BY d.last DESC, d.platform LIMIT 1), '') FROM customers c JOIN credentials k ON k.customer_id = c.id"

func scanLogin(row rows) (*onboarding.Login, error) {
	var l onboarding.Login
	var profiling, ppd *bool
	err := row.Scan(&l.CustomerID, &l.OrganizationID, &l.Locked, &profiling, &ppd, &l.Password.KeyID, &l.Password.Box,
		instant{&l.Expires}, instant{&l.Registered}, instant{&l.CredentialCreated},
		&l.Connected, &l.Platform)
	l.Platform = onboarding.StatisticsPlatform(l.Platform) // a download has that of its profile
	c := onboarding.Customer{Profiling: profiling, PPD: ppd}
	l.Profiled, l.Minimised = c.Profiled(), c.Minimised()
	return &l, err
}

func (r *reader) LoginByUsername(ctx context.Context, username string) (*onboarding.Login, error) {
	return get(ctx, r.db, scanLogin, selectLogin+" WHERE c.username = $1"+r.db.lockRows(), username)
}

func (r *reader) loginByID(customerID string) plannedRead {
	return plannedRead{text: selectLogin + " WHERE c.id = $1" + r.db.lockRows(), args: []any{customerID}}
}

func (r *reader) LoginByID(ctx context.Context, customerID string) (*onboarding.Login, error) {
	read := r.loginByID(customerID)
	return get(ctx, r.db, scanLogin, read.text, read.args...)
}

func (t *transaction) CountLogin(ctx context.Context, customerID string, at time.Time) error {
	return t.db.send(ctx, nil, `UPDATE customers SET logins = logins + 1,
		last_login = CASE WHEN last_login > $2 THEN last_login ELSE $2 END
		WHERE id = $1 AND (ppd IS NULL OR ppd)`, customerID, micros(at))
}

// roomForFailure is the condition that a failure has a row or may create one.
var roomForFailure = `(EXISTS (SELECT 1 FROM login_failures WHERE organization_id = $1 AND hour = $2
	AND access_point = $3 AND hotspot_id = $4 AND reason = $5) OR ` +
	fewer("login_failures WHERE organization_id = $1 AND hour = $2", onboarding.MaxFailureCounts) + ")"

var countFailure = `INSERT INTO login_failures
		(organization_id, hour, access_point, hotspot_id, reason, count, last)
	SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), CASE WHEN room THEN CAST($3 AS TEXT) ELSE '' END,
		CASE WHEN room THEN CAST($4 AS TEXT) ELSE '' END, CAST($5 AS TEXT), 1, CAST($6 AS BIGINT)
	FROM (SELECT ` + roomForFailure + ` AS room) AS rooms WHERE TRUE
	ON CONFLICT (organization_id, hour, access_point, hotspot_id, reason) DO UPDATE SET
		count = login_failures.count + 1,
		last = CASE WHEN login_failures.last > excluded.last THEN login_failures.last ELSE excluded.last END`

func (t *transaction) CountFailure(ctx context.Context, f onboarding.LoginFailure, at time.Time) error {
	return t.db.send(ctx, nil, countFailure, f.OrganizationID, micros(at.Truncate(time.Hour)), f.AccessPoint,
		f.HotspotID, string(f.Reason), micros(at))
}

// FailuresBetween implements onboarding.AttemptReader.
func (r *reader) FailuresBetween(
	ctx context.Context, organizationID string, from, to time.Time, limit int,
) ([]onboarding.FailureCount, error) {
	return collect(ctx, r.db, scanFailure, `SELECT organization_id, hour, access_point, hotspot_id, reason, count, last
		FROM login_failures WHERE organization_id = $1 AND hour >= $2 AND hour < $3
		ORDER BY hour DESC, access_point, hotspot_id, reason LIMIT $4`,
		organizationID, micros(from.Truncate(time.Hour)), micros(to), limit)
}

func scanFailure(row rows) (onboarding.FailureCount, error) {
	var f onboarding.FailureCount
	err := row.Scan(&f.OrganizationID, instant{&f.Hour}, &f.AccessPoint, &f.HotspotID, textInto(&f.Reason),
		&f.Count, instant{&f.Last})
	return f, err
}
