package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"onramp/onboarding"
)

const (
	connectionKey     = "unique_id"
	connectionColumns = "session_key, evidence, host_id, nas_address, organization_id, customer_id, location_id, " +
		"hotspot_id, access_point, proven, anonymous, session_id, calling_station, nas_identifier, " +
		"mac, address, ssid, " +
		"started, implied, last_duration, last_octets, last_event, last_at, duration, input, output, " +
		"stop_duration, stop_octets, stop_event, stop_at, stop_cause, restart, platform"
	connectionDerived    = "begun, seen, stopped, business_at, traffic, dwell"
	putConnectionColumns = connectionKey + ", " + connectionColumns + ", " + connectionDerived
	selectConnection     = "SELECT " + connectionKey + ", " + connectionColumns + " FROM sessions"
)

// putConnection sets profiled when the connection is first attributed to a customer who has agreed
// to profiling. A later agreement does not change it.
var putConnection = "INSERT INTO sessions (" + putConnectionColumns + ", profiled) VALUES (" +
	placeholders(strings.Count(putConnectionColumns, ",")+1) +
	", EXISTS (SELECT 1 FROM customers WHERE id = $7 AND profiling AND ppd))" +
	" ON CONFLICT (unique_id) DO UPDATE SET " + excluded(connectionColumns+", "+connectionDerived) + `,
		profiled = sessions.profiled OR
			(excluded.profiled AND sessions.customer_id IS DISTINCT FROM excluded.customer_id)`

func scanConnection(row rows) (*onboarding.Connection, error) {
	var s onboarding.Connection
	var duration, octets, event, at sql.NullInt64
	var cause string
	p := &s.Progress
	var evidence *string
	err := row.Scan(&s.UniqueID, textInto(&s.Key), &evidence, textInto(&s.HostID), textInto(&s.NASAddress),
		textInto(&s.OrganizationID), textInto(&s.CustomerID), textInto(&s.LocationID), textInto(&s.HotspotID),
		&s.AccessPoint, &s.Proven, &s.Anonymous,
		textInto(&s.SessionID), textInto(&s.CallingStation), textInto(&s.NASIdentifier),
		textInto(&s.MAC), textInto(&s.Address), textInto(&s.SSID),
		maybeInstant{&s.Started}, instant{&s.Implied}, &p.Duration, &p.Octets, &p.Event, instant{&p.At},
		&s.Duration, &s.Input, &s.Output,
		&duration, &octets, &event, &at, textInto(&cause), maybeInstant{&s.Restart}, textInto(&s.Platform))
	if at.Valid {
		s.Reported = &onboarding.Stop{Cause: cause, Progress: onboarding.Progress{
			Duration: duration.Int64, Octets: octets.Int64, Event: event.Int64, At: time.UnixMicro(at.Int64).UTC(),
		}}
	}
	if err != nil {
		return nil, err
	}
	if s.Key == "" {
		s.Key = s.UniqueID
	}
	switch {
	case evidence != nil:
		err = json.Unmarshal([]byte(*evidence), &s.Evidence)
	case s.Duration > 0: // written by an earlier version
		s.Evidence.Counted = micros(s.Implied)
	}
	return &s, err
}

// keyOrNull returns the argument for the connection's key; NULL if its ID equals the key.
func keyOrNull(s *onboarding.Connection) any {
	if s.Key == s.UniqueID {
		return nil
	}
	return orNull(s.Key)
}

func (r *reader) Connection(ctx context.Context, uniqueID string) (*onboarding.Connection, error) {
	if err := r.db.lockKeys(ctx, false, "session "+uniqueID); err != nil {
		return nil, err
	}
	return get(ctx, r.db, scanConnection, selectConnection+" WHERE unique_id = $1"+r.db.lockRows(), uniqueID)
}

// ofConnectionKey selects the first connection with a key, whose ID equals the key, and some of the
// others around an instant.
const ofConnectionKey = ` WHERE unique_id IN (SELECT unique_id FROM sessions WHERE unique_id = $1
	UNION ALL SELECT unique_id FROM (SELECT unique_id FROM sessions
		WHERE session_key = $1 AND begun <= $2 ORDER BY begun DESC LIMIT 15) before
	UNION ALL SELECT unique_id FROM (SELECT unique_id FROM sessions
		WHERE session_key = $1 AND begun > $2 ORDER BY begun LIMIT 4) after)`

func (r *reader) connectionsOfKey(key string, at time.Time) plannedRead {
	return plannedRead{"session " + key, false,
		selectConnection + ofConnectionKey + " ORDER BY begun, unique_id" + r.db.lockRows(), []any{key, micros(at)}}
}

func (r *reader) ConnectionsOfKey(ctx context.Context, key string, at time.Time) ([]*onboarding.Connection, error) {
	read := r.connectionsOfKey(key, at)
	if err := r.db.lockKeys(ctx, read.shared, read.key); err != nil {
		return nil, err
	}
	return collect(ctx, r.db, scanConnection, read.text, read.args...)
}

// ReadAhead implements onboarding.AccountingWriter.
func (t *transaction) ReadAhead(ctx context.Context, r *onboarding.RecordReads) error {
	reads := []plannedRead{t.connectionsOfKey(r.Key, r.At)}
	if r.CustomerID != "" {
		reads = append(reads, t.loginByID(r.CustomerID), t.metricsOf([]string{r.CustomerID}))
	}
	if r.OrganizationID != "" {
		reads = append(reads, organizationVersion(r.OrganizationID))
	}
	if r.AccessPoints != [2]string{} {
		reads = append(reads, firstRestart(r.AccessPoints, r.RestartFrom))
	}
	return t.db.readAhead(ctx, reads...)
}

func (r *reader) Connections(ctx context.Context, q onboarding.ConnectionQuery) ([]*onboarding.Connection, error) {
	const order = " ORDER BY begun DESC, unique_id DESC LIMIT "
	if q.UniqueID == "" {
		return collect(ctx, r.db, scanConnection,
			selectConnection+" WHERE customer_id = $1"+order+"$2", q.CustomerID, q.Limit)
	}
	return collect(ctx, r.db, scanConnection,
		selectConnection+" WHERE customer_id = $1 AND (begun, unique_id) < ($2, $3)"+order+"$4",
		q.CustomerID, micros(q.Start), q.UniqueID, q.Limit)
}

func (r *reader) ConnectionsAt(
	ctx context.Context, customerID, locationID string, from, to time.Time,
) ([]*onboarding.Connection, error) {
	return collect(ctx, r.db, scanConnection,
		selectConnection+" WHERE customer_id = $1 AND location_id = $2 AND begun >= $3 AND begun <= $4"+
			" ORDER BY begun, unique_id",
		customerID, locationID, micros(from), micros(to))
}

func (r *reader) OpenConnections(ctx context.Context, customerID string) ([]*onboarding.Connection, error) {
	return collect(ctx, r.db, scanConnection,
		selectConnection+" WHERE customer_id = $1 AND stopped IS NULL ORDER BY begun, unique_id"+r.db.lockRows(),
		customerID)
}

// countOpenConnections reads only the partial index sessions_open.
var countOpenConnections = countUpTo("sessions WHERE stopped IS NULL AND begun >= $1", "$2")

func (r *reader) CountOpenConnections(ctx context.Context, since time.Time, most int) (int, error) {
	return r.count(ctx, countOpenConnections, micros(since), most)
}

// CountConnected implements onboarding.ConnectionReader. It finds open connections by the partial
// index sessions_open.
func (r *reader) CountConnected(
	ctx context.Context, organizationID string, since time.Time, most int,
) (int, error) {
	return r.count(ctx, "SELECT count(DISTINCT customer_id) FROM (SELECT organization_id, customer_id FROM sessions"+
		" WHERE stopped IS NULL AND begun >= $2 ORDER BY begun DESC LIMIT $3) AS open WHERE organization_id = $1",
		organizationID, micros(since), most)
}

func (r *reader) ConnectionsBefore(
	ctx context.Context, of onboarding.Restarting, at time.Time, limit int,
) ([]*onboarding.Connection, error) {
	const open = ` AND last_at <= $1 AND stop_at IS NULL AND begun <= $1 AND (restart IS NULL OR restart > $1)`
	text := selectConnection + " WHERE access_point IN ($3, $4)" + open
	args := []any{micros(at), limit, of.AccessPoints[0], of.AccessPoints[1]}
	if of.NASAddress != "" {
		text = selectConnection + ` WHERE unique_id IN (
			SELECT unique_id FROM sessions WHERE access_point IN ($3, $4)` + open + `
			UNION ALL SELECT unique_id FROM sessions
				WHERE nas_address = $5 AND substr(access_point, 1, 4) = 'nas '` + open + ")"
		args = append(args, of.NASAddress)
	}
	return collect(ctx, r.db, scanConnection, text+" ORDER BY last_at, unique_id LIMIT $2"+r.db.lockRows(), args...)
}

func (r *reader) ConnectionsPastExpiry(
	ctx context.Context, from, to time.Time, reason string, limit int,
) ([]*onboarding.Connection, error) {
	return collect(ctx, r.db, scanConnection, selectConnection+` WHERE stopped IS NULL AND customer_id IN
			(SELECT customer_id FROM credentials WHERE expires >= $1 AND expires <= $2)
		AND NOT EXISTS (SELECT 1 FROM disconnects d WHERE d.unique_id = sessions.unique_id AND d.reason = $3)
		ORDER BY unique_id LIMIT $4`+r.db.lockRows(), micros(from), micros(to), reason, limit)
}

func (t *transaction) PutConnection(ctx context.Context, s *onboarding.Connection) error {
	var duration, octets, event, at, cause any
	if stop := s.Reported; stop != nil {
		duration, octets, event, at, cause = stop.Duration, stop.Octets, stop.Event, micros(stop.At), orNull(stop.Cause)
	}
	p := s.Progress
	business, err := t.business(ctx, s.OrganizationID, s.LocationID, s.Start())
	if err != nil {
		return err
	}
	evidence, err := json.Marshal(&s.Evidence)
	if err != nil {
		return err
	}
	if err := t.countConnection(ctx, s, business); err != nil {
		return err
	}
	return t.db.send(ctx, nil, putConnection,
		s.UniqueID, keyOrNull(s), string(evidence), orNull(s.HostID), orNull(s.NASAddress),
		orNull(s.OrganizationID), orNull(s.CustomerID), orNull(s.LocationID), orNull(s.HotspotID),
		s.AccessPoint, s.Proven, s.Anonymous,
		orNull(s.SessionID), orNull(s.CallingStation), orNull(s.NASIdentifier),
		orNull(s.MAC), orNull(s.Address), orNull(s.SSID),
		microsOrNull(s.Started), micros(s.Implied), p.Duration, p.Octets, p.Event, micros(p.At),
		s.Duration, s.Input, s.Output,
		duration, octets, event, at, cause, microsOrNull(s.Restart), s.Platform,
		micros(s.Start()), micros(s.Seen()), microsOrNull(s.Stop()), business, countedTraffic(s), s.Seconds())
}
