package store

import (
	"context"
	"strconv"
	"time"

	"onramp/onboarding"
)

const attemptColumns = "id, organization_id, customer_id, attribution, host_id, location_id, hotspot_id, " +
	"access_point, station, reason, detail, method, tls_version, vlan, first, last, count"

func scanAttempt(row rows) (*onboarding.Attempt, error) {
	var a onboarding.Attempt
	err := row.Scan(&a.ID, &a.OrganizationID, textInto(&a.CustomerID), textInto(&a.Attribution), &a.HostID,
		textInto(&a.LocationID), textInto(&a.HotspotID), &a.AccessPoint, textInto(&a.Station), textInto(&a.Reason),
		textInto(&a.Detail), textInto(&a.Method), textInto(&a.TLSVersion), &a.VLAN, instant{&a.First},
		instant{&a.Last}, &a.Count)
	return &a, err
}

// Attempts implements onboarding.AttemptReader.
func (r *reader) Attempts(ctx context.Context, q onboarding.AttemptQuery) ([]*onboarding.Attempt, error) {
	var s statement
	s.WriteString("SELECT " + attemptColumns + " FROM attempts WHERE TRUE")
	equals := func(column, value string) {
		if value != "" {
			s.WriteString(" AND " + column + " = " + s.arg(value))
		}
	}
	equals("customer_id", q.CustomerID)
	equals("station", q.Station)
	equals("organization_id", q.OrganizationID)
	equals("access_point", q.AccessPoint)
	if q.CustomersOf != "" {
		s.WriteString(" AND EXISTS (SELECT 1 FROM customers c WHERE c.id = attempts.customer_id AND c.location_id = " +
			s.arg(q.CustomersOf) + ")")
	}
	if q.Unattributed {
		s.WriteString(" AND customer_id IS NULL")
	}
	if q.Failed {
		s.WriteString(" AND reason IS NOT NULL")
	}
	if q.Accepted {
		s.WriteString(" AND reason IS NULL")
	}
	if !q.From.IsZero() {
		s.WriteString(" AND last >= " + s.arg(micros(q.From)))
	}
	if !q.To.IsZero() {
		s.WriteString(" AND last < " + s.arg(micros(q.To)))
	}
	s.WriteString(" ORDER BY last DESC, id DESC LIMIT " + s.arg(q.Limit))
	return collect(ctx, r.db, scanAttempt, s.String(), s.args...)
}

// AttemptCounted implements onboarding.AttemptReader.
func (r *reader) AttemptCounted(ctx context.Context, id string, at time.Time) (bool, error) {
	return r.exists(ctx, "SELECT EXISTS (SELECT 1 FROM attempts WHERE id = $1 AND first <= $2 AND last >= $2)",
		id, micros(at))
}

// StationOwners implements onboarding.AttemptReader.
func (r *reader) StationOwners(
	ctx context.Context, station, hostID, accessPoint string, since time.Time, limit int,
) ([]onboarding.StationOwner, error) {
	where, at := "host_id = $3", hostID
	if hostID == "" {
		where, at = "host_id = '' AND access_point = $3", accessPoint
	}
	scan := func(row rows) (o onboarding.StationOwner, err error) {
		err = row.Scan(&o.CustomerID, instant{&o.At})
		return o, err
	}
	return collect(ctx, r.db, scan, `SELECT customer_id, max(last) FROM attempts
		WHERE station = $1 AND last >= $2 AND `+where+` AND customer_id IS NOT NULL AND reason IS NULL
		GROUP BY customer_id ORDER BY max(last) DESC, customer_id LIMIT $4`, station, micros(since), at, limit)
}

// countAttempt returns the statement that counts an attempt, unless it would create a row and the
// condition does not hold.
func countAttempt(condition string) string {
	return "INSERT INTO attempts (" + attemptColumns + `, hour) SELECT
		$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
		CAST($14 AS INTEGER), CAST($15 AS BIGINT), CAST($16 AS BIGINT), CAST($17 AS BIGINT), CAST($18 AS BIGINT)
		WHERE ` + condition + ` ON CONFLICT (id) DO UPDATE SET count = attempts.count + excluded.count,
		first = CASE WHEN excluded.first < attempts.first THEN excluded.first ELSE attempts.first END,
		last = CASE WHEN excluded.last > attempts.last THEN excluded.last ELSE attempts.last END`
}

// fewer returns the condition that "table WHERE condition" has fewer than most rows.
func fewer(from string, most int) string {
	limit := strconv.Itoa(most)
	return "(" + countUpTo(from, limit) + ") < " + limit
}

const attemptExists = "EXISTS (SELECT 1 FROM attempts WHERE id = $1)"

var countAttributed = countAttempt("EXISTS (SELECT 1 FROM customers WHERE id = $3 AND (ppd IS NULL OR ppd)) AND (" +
	attemptExists + " OR " +
	fewer("attempts WHERE customer_id = $3 AND last >= $18 AND hour = $18 AND attribution = $4 AND "+
		"(reason IS NULL) = (CAST($10 AS TEXT) IS NULL)", onboarding.MaxAttemptsOfCustomer) + ")")

var countUnattributed = countAttempt(attemptExists + " OR (" +
	fewer("attempts WHERE customer_id IS NULL AND access_point = $8 AND hour = $18",
		onboarding.MaxAttemptsOfAccessPoint) + " AND " +
	fewer("attempts WHERE customer_id IS NULL AND host_id = $5 AND hour = $18", onboarding.MaxAttemptsOfHost) + ")")

// CountAttempt implements onboarding.AttemptWriter.
func (t *transaction) CountAttempt(ctx context.Context, a *onboarding.Attempt) error {
	text := countAttributed
	if a.CustomerID == "" {
		text = countUnattributed
	}
	return t.db.send(ctx, nil, text, a.ID, a.OrganizationID, orNull(a.CustomerID), orNull(a.Attribution), a.HostID,
		orNull(a.LocationID), orNull(a.HotspotID), a.AccessPoint, orNull(a.Station), orNull(a.Reason),
		orNull(a.Detail), orNull(a.Method), orNull(a.TLSVersion), a.VLAN, micros(a.First), micros(a.Last), a.Count,
		micros(a.Hour()))
}
