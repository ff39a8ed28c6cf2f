package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
)

const (
	// statisticsCounts are the columns of onboarding.Counts, in the order of Fields.
	statisticsCounts = "opened, forms, files, joined, signups, downloads, installations, first_connections, " +
		"connections, traffic, dwell, refusals, former"
	statisticsKey = "organization_id, slot, day, location_id, platform"

	// Values of a connection's row, by which it is counted. A connection at another organization's
	// access point has no location of its own organization.
	countedSlot     = "sessions.begun - sessions.begun % 900000000"
	countedDay      = "sessions.business_at / 86400000000"
	countedLocation = "CASE WHEN sessions.host_id <> sessions.organization_id THEN '' " +
		"ELSE COALESCE(sessions.location_id, '') END"
	// counted is the condition that a connection is counted.
	counted = "sessions.platform IS NOT NULL AND sessions.organization_id IS NOT NULL AND " +
		"(sessions.customer_id IS NOT NULL OR sessions.anonymous)"
)

const (
	slotMicros = int64(onboarding.StatisticsSlot / time.Microsecond)
	dayMicros  = int64(24 * time.Hour / time.Microsecond)
)

func slotOf(at time.Time) int64 { return micros(at) - micros(at)%slotMicros }

var (
	addStatistic = insert("statistics_changes", "organization_id, slot, id, day, location_id, platform, "+
		statisticsCounts)
	foldStatistic = insert("statistics", statisticsKey+", "+statisticsCounts) +
		" ON CONFLICT (" + statisticsKey + ") DO UPDATE SET " +
		assignments(statisticsCounts, func(name string) string { return "statistics." + name + " + excluded." + name })
)

// AddStatistics implements onboarding.StatisticsWriter.
func (t *transaction) AddStatistics(ctx context.Context, all ...onboarding.Statistic) error {
	for i := range all {
		s := &all[i]
		if s.OrganizationID == "" || s.Counts == (onboarding.Counts{}) {
			continue
		}
		business, err := t.business(ctx, s.OrganizationID, s.LocationID, s.At)
		if err != nil {
			return err
		}
		args := []any{
			s.OrganizationID, slotOf(s.At), onboarding.NewID(), business / dayMicros, s.LocationID, s.Platform,
		}
		if err := t.db.send(ctx, nil, addStatistic, append(args, countsArgs(&s.Counts)...)...); err != nil {
			return err
		}
	}
	return nil
}

func countsArgs(c *onboarding.Counts) (args []any) {
	for _, field := range c.Fields() {
		args = append(args, *field)
	}
	return args
}

func countsInto(c *onboarding.Counts) (into []any) {
	for _, field := range c.Fields() {
		into = append(into, field)
	}
	return into
}

// sameCounted is the condition that a connection is counted where the new one belongs.
const sameCounted = "CAST($11 AS BOOLEAN) AND sessions.organization_id = CAST($2 AS TEXT) AND " +
	countedSlot + " = CAST($3 AS BIGINT) AND " + countedDay + " = CAST($4 AS BIGINT) AND (" +
	countedLocation + ") = CAST($5 AS TEXT) AND sessions.platform = CAST($6 AS TEXT)"

// countConnection adds the difference between the stored connection and its replacement: the change
// of traffic and dwell, or, where the key of the counts changes, the removal from one and the
// addition to the other. The new one is counted if $11; $12 is set if it is anonymous.
const countConnection = `INSERT INTO statistics_changes
	(organization_id, slot, id, day, location_id, platform, connections, traffic, dwell, former)
	SELECT sessions.organization_id, ` + countedSlot + `, CAST($9 AS TEXT), ` + countedDay + `, ` + countedLocation + `,
		sessions.platform, CASE WHEN ` + sameCounted + ` THEN 0 ELSE -1 END,
		CASE WHEN ` + sameCounted + ` THEN CAST($7 AS BIGINT) - sessions.traffic ELSE -sessions.traffic END,
		CASE WHEN ` + sameCounted + ` THEN CAST($8 AS BIGINT) - sessions.dwell ELSE -sessions.dwell END,
		CASE WHEN ` + sameCounted + ` AND CAST($12 AS BOOLEAN) AND NOT sessions.anonymous THEN 1 ELSE 0 END
	FROM sessions WHERE sessions.unique_id = $1 AND ` + counted + ` AND NOT (` + sameCounted + `
		AND sessions.traffic = CAST($7 AS BIGINT) AND sessions.dwell = CAST($8 AS BIGINT)
		AND (sessions.anonymous OR NOT CAST($12 AS BOOLEAN)))
	UNION ALL
	SELECT CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($10 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS TEXT),
		CAST($6 AS TEXT), 1, CAST($7 AS BIGINT), CAST($8 AS BIGINT),
		CASE WHEN CAST($12 AS BOOLEAN) AND NOT EXISTS (SELECT 1 FROM sessions
			WHERE sessions.unique_id = $1 AND ` + counted + ` AND sessions.anonymous) THEN 1 ELSE 0 END
	WHERE CAST($11 AS BOOLEAN) AND NOT EXISTS (SELECT 1 FROM sessions
		WHERE sessions.unique_id = $1 AND ` + counted + ` AND ` + sameCounted + `)`

// countedTraffic returns the octets that a connection adds to statistics.
func countedTraffic(s *onboarding.Connection) int64 {
	return min(s.Traffic(), onboarding.MaxCountedTraffic)
}

// countConnection must run before the connection is stored. business is its local start.
func (t *transaction) countConnection(ctx context.Context, s *onboarding.Connection, business int64) error {
	location := s.LocationID
	if s.HostID != "" && s.HostID != s.OrganizationID {
		location = ""
	}
	countable := s.OrganizationID != "" && (s.CustomerID != "" || s.Anonymous)
	id := onboarding.NewID()
	return t.db.send(ctx, nil, countConnection, s.UniqueID, s.OrganizationID, slotOf(s.Start()), business/dayMicros,
		location, s.Platform, countedTraffic(s), s.Seconds(), "-"+id, id, countable, s.Anonymous)
}

// keepPeople returns the statement that counts the customers of connections s as former people,
// before the connections lose their customer. Of the connections of a customer on one local day,
// the last one counts.
func keepPeople(condition string) string {
	return `INSERT INTO statistics_changes (organization_id, slot, id, day, location_id, platform, former)
	SELECT sessions.organization_id, ` + countedSlot + `, 'former ' || sessions.unique_id, ` + countedDay + `, ` +
		countedLocation + `, sessions.platform, 1 FROM sessions
	WHERE sessions.customer_id IS NOT NULL AND ` + counted + ` AND ` + condition + `
		AND NOT EXISTS (SELECT 1 FROM sessions later WHERE later.customer_id = sessions.customer_id
			AND later.begun >= sessions.begun AND later.begun <= sessions.begun + 90000000000
			AND (later.begun, later.unique_id) > (sessions.begun, sessions.unique_id)
			AND later.business_at / 86400000000 = sessions.business_at / 86400000000)
	ON CONFLICT (organization_id, slot, id) DO NOTHING`
}

var (
	keepPeopleOfCustomer = keepPeople("sessions.customer_id = $1")
	keepPeopleOfStopped  = keepPeople("sessions.customer_id = $1 AND sessions.stopped IS NOT NULL")
)

// SetPlatform implements onboarding.StatisticsWriter.
func (t *transaction) SetPlatform(ctx context.Context, customerID, platform string) (first bool, err error) {
	var had string
	err = t.one(ctx, `SELECT COALESCE(platform, ''), signup_method = 'portal' AND platform IS NULL AND NOT EXISTS
			(SELECT 1 FROM downloads d WHERE d.customer_id = customers.id AND d.settings_id <> '')
		FROM customers WHERE id = $1 AND (ppd IS NULL OR ppd)`+t.db.lockRows(), []any{customerID}, &had, &first)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	if err != nil || had == platform {
		return first, err
	}
	return first, t.db.send(ctx, nil, "UPDATE customers SET platform = $2 WHERE id = $1", customerID, platform)
}

// CountFirstConnection implements onboarding.StatisticsWriter.
func (t *transaction) CountFirstConnection(ctx context.Context, f onboarding.FirstConnection) (bool, error) {
	n, err := t.db.exec(ctx, `UPDATE customers SET connected = $2 WHERE id = $1 AND connected IS NULL AND logins = 0
		AND (ppd IS NULL OR ppd) AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.customer_id = customers.id)`,
		f.CustomerID, micros(f.At))
	if err != nil || n == 0 {
		return false, err
	}
	s := onboarding.Statistic{
		OrganizationID: f.OrganizationID, LocationID: f.LocationID, At: f.At,
		Counts: onboarding.Counts{FirstConnections: 1},
	}
	var portal bool
	if err := t.one(ctx, "SELECT COALESCE(platform, ''), signup_method = 'portal' FROM customers WHERE id = $1",
		[]any{f.CustomerID}, &s.Platform, &portal); err != nil {
		return false, err
	}
	if portal {
		s.Joined = 1
	}
	return true, t.AddStatistics(ctx, s)
}

// takeChanges deletes the first rows in the order of the key. It is a query because the rows hold
// nothing about a person, for which the file would have to be cleaned.
const takeChanges = `DELETE FROM statistics_changes WHERE (organization_id, slot, id) IN
	(SELECT organization_id, slot, id FROM statistics_changes ORDER BY organization_id, slot, id LIMIT $1)
	RETURNING organization_id, slot, COALESCE(day, -1), location_id, platform, ` + statisticsCounts

// statisticsRow is the key of a row of the table statistics.
type statisticsRow struct {
	organizationID       string
	slot, day            int64
	locationID, platform string
}

func compareStatistics(a, b statisticsRow) int {
	return cmp.Or(cmp.Compare(a.organizationID, b.organizationID), cmp.Compare(a.slot, b.slot),
		cmp.Compare(a.day, b.day), cmp.Compare(a.locationID, b.locationID), cmp.Compare(a.platform, b.platform))
}

// FoldStatistics implements onboarding.StatisticsWriter. One transaction at a time folds, so that
// none waits for a row of another.
func (t *transaction) FoldStatistics(ctx context.Context, limit int) (int, error) {
	if err := t.db.lockKeys(ctx, false, "statistics"); err != nil {
		return 0, err
	}
	type change struct {
		statisticsRow
		onboarding.Counts
	}
	scan := func(row rows) (c change, err error) {
		err = row.Scan(append([]any{&c.organizationID, &c.slot, &c.day, &c.locationID, &c.platform},
			countsInto(&c.Counts)...)...)
		return c, err
	}
	changes, err := collect(ctx, t.db, scan, takeChanges, limit)
	if err != nil {
		return 0, err
	}
	sums := map[statisticsRow]*onboarding.Counts{}
	for i := range changes {
		c := &changes[i]
		if c.day < 0 {
			business, err := t.business(ctx, c.organizationID, c.locationID, time.UnixMicro(c.slot))
			if err != nil {
				return 0, err
			}
			c.day = business / dayMicros
		}
		if sums[c.statisticsRow] == nil {
			sums[c.statisticsRow] = &onboarding.Counts{}
		}
		sums[c.statisticsRow].Add(&c.Counts)
	}
	for _, key := range slices.SortedFunc(maps.Keys(sums), compareStatistics) {
		if *sums[key] == (onboarding.Counts{}) {
			continue
		}
		args := []any{key.organizationID, key.slot, key.day, key.locationID, key.platform}
		if err := t.db.send(ctx, nil, foldStatistic, append(args, countsArgs(sums[key])...)...); err != nil {
			return 0, err
		}
	}
	return len(changes), nil
}

// CountEarlierConnections implements onboarding.StatisticsWriter.
func (t *transaction) CountEarlierConnections(ctx context.Context, limit int) (int, error) {
	all, err := collect(ctx, t.db, scanConnection, selectConnection+
		" WHERE platform IS NULL ORDER BY unique_id LIMIT $1"+t.db.lockFreeRows(), limit)
	if err != nil {
		return 0, err
	}
	for _, s := range all {
		if err := t.PutConnection(ctx, s); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// statisticsGroup holds the expressions that group the counts and the connections.
type statisticsGroup struct{ counts, connections string }

var statisticsGroups = map[onboarding.StatisticsBy]statisticsGroup{
	onboarding.ByNothing: {"CAST('' AS TEXT)", "CAST('' AS TEXT)"},
	onboarding.ByDay: {"CAST(COALESCE(day, slot / 86400000000) AS TEXT)",
		"CAST(" + countedDay + " AS TEXT)"},
	onboarding.ByHour: {"CAST(slot / 3600000000 AS TEXT)",
		"CAST(sessions.begun / 3600000000 AS TEXT)"},
	onboarding.ByLocation: {"location_id", countedLocation},
	onboarding.ByPlatform: {"platform", "sessions.platform"},
}

// statisticsText holds the queries for a grouping, with and without the people of connections.
type statisticsText struct{ all, withoutPeople string }

// statisticsTexts are the queries for each grouping. One statement reads all tables, so that rows
// that are folded meanwhile are read once.
var statisticsTexts = func() map[onboarding.StatisticsBy]statisticsText {
	texts := map[onboarding.StatisticsBy]statisticsText{}
	for by, group := range statisticsGroups {
		counts := group.countsOf("statistics") + " UNION ALL " + group.countsOf("statistics_changes")
		texts[by] = statisticsText{
			all: sumStatistics(counts + " UNION ALL " + group.people()), withoutPeople: sumStatistics(counts),
		}
	}
	return texts
}()

// sumStatistics returns the query that sums the rows of others by their name.
func sumStatistics(parts string) string {
	var sums []string
	for name := range strings.SplitSeq(statisticsCounts+", people", ", ") {
		sums = append(sums, "CAST(sum("+name+") AS BIGINT)")
	}
	return "SELECT name, " + strings.Join(sums, ", ") + " FROM (" + parts + ") AS parts GROUP BY name"
}

// countsOf returns the query for the counts of a table.
func (g statisticsGroup) countsOf(table string) string {
	return "SELECT " + g.counts + " AS name, " + statisticsCounts + ", 0 AS people FROM " + table +
		" WHERE organization_id = $1 AND slot >= $2 AND slot < $3" + ofLocation("location_id")
}

// people returns the query for the different customers of connections.
func (g statisticsGroup) people() string {
	none := strings.Repeat("0, ", len((&onboarding.Counts{}).Fields()))
	return "SELECT " + g.connections + " AS name, " + none + "count(DISTINCT sessions.customer_id) AS people" +
		" FROM sessions WHERE sessions.organization_id = $1 AND sessions.begun >= $2 AND sessions.begun < $3" +
		" AND sessions.customer_id IS NOT NULL AND sessions.platform IS NOT NULL" + ofLocation(countedLocation) +
		" GROUP BY " + g.connections
}

// ofLocation returns the condition that an expression is the location $4, unless that is empty.
func ofLocation(location string) string {
	return " AND (CAST($4 AS TEXT) = '' OR (" + location + ") = CAST($4 AS TEXT))"
}

// Statistics implements onboarding.StatisticsReader.
func (r *reader) Statistics(ctx context.Context, q onboarding.StatisticsQuery) ([]onboarding.StatisticsRow, error) {
	scan := func(row rows) (s onboarding.StatisticsRow, err error) {
		var name string
		err = row.Scan(slices.Concat([]any{&name}, countsInto(&s.Counts), []any{&s.People})...)
		if err != nil {
			return s, err
		}
		s.People = max(0, s.People+s.Former)
		switch q.By {
		case onboarding.ByDay:
			s.At, err = unitsSince1970(name, 24*time.Hour)
		case onboarding.ByHour:
			s.At, err = unitsSince1970(name, time.Hour)
		default:
			s.Name = name
		}
		return s, err
	}
	text := statisticsTexts[q.By].all
	if q.WithoutPeople {
		text = statisticsTexts[q.By].withoutPeople
	}
	all, err := collect(ctx, r.db, scan, text, q.OrganizationID, slotOf(q.From), slotOf(q.To),
		q.LocationID)
	return slices.DeleteFunc(all, func(s onboarding.StatisticsRow) bool {
		return s.People == 0 && s.Counts == (onboarding.Counts{})
	}), err
}

// unitsSince1970 returns the instant that is a number of units after 1970.
func unitsSince1970(text string, unit time.Duration) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(n*int64(unit/time.Second), 0).UTC(), err
}
