package radacct_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"

	"onramp/onboarding/importing/radacct"
	"onramp/onboarding/importing/sqltables"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit/mariadb"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// recorder keeps the records that it receives.
type recorder struct {
	records []radius.HistoryRecord
	batches int
}

// ImportHistory implements radacct.Importer.
func (r *recorder) ImportHistory(_ context.Context, _ radius.HistoryOptions, records []radius.HistoryRecord) (
	[]radius.HistoryOutcome, error,
) {
	r.batches++
	r.records = append(r.records, records...)
	outcomes := make([]radius.HistoryOutcome, len(records))
	for i := range records {
		if outcomes[i] = radius.HistoryImported; records[i].Username == "guest" {
			outcomes[i] = radius.HistoryUnknownUser
		}
	}
	return outcomes, nil
}

var rome = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	return zone
}()

// fill creates FreeRADIUS's own table, and rows whose times instant writes.
func fill(t *testing.T, engine string, db *sql.DB, instant func(time.Time) string) {
	t.Helper()
	schema, err := os.ReadFile("/etc/freeradius/3.0/mods-config/sql/main/" + engine + "/schema.sql")
	if err != nil {
		process.Missing(t, "the schema of FreeRADIUS: %v", err)
	}
	if _, err := db.ExecContext(t.Context(), string(schema)); err != nil {
		t.Fatal(err)
	}
	winter, summer := time.Date(2026, 1, 31, 23, 30, 0, 0, time.UTC), time.Date(2026, 7, 31, 22, 30, 0, 0, time.UTC)
	var rows []string
	row := func(id, user string, start, stop string, seconds any) {
		rows = append(rows, fmt.Sprintf("('%s', 's1', '%s', '192.0.2.1', '02-00-00-00-01-01:venue', "+
			"'02-00-00-00-AA-01', '10.0.0.7', 'User-Request', %v, 8589934592, 7, %s, %s, %s)", id, user, seconds, start,
			instant(summer), stop))
	}
	row("a", "anna", instant(winter), instant(winter.Add(time.Hour)), 3600)
	row("b", "Anna", instant(summer), instant(summer.Add(time.Hour)), 3600)
	row("c", "anna", instant(summer), "NULL", "NULL")
	for i := range 300 {
		row(fmt.Sprint("g", i), "guest", instant(winter), instant(summer), 1)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO radacct (acctuniqueid, acctsessionid, username, nasipaddress,
		calledstationid, callingstationid, framedipaddress, acctterminatecause, acctsessiontime, acctinputoctets,
		acctoutputoctets, acctstarttime, acctupdatetime, acctstoptime) VALUES `+strings.Join(rows, ",")); err != nil {
		t.Fatal(err)
	}
}

// check imports a source and compares the first records.
func check(t *testing.T, c radacct.Config) {
	t.Helper()
	table, err := radacct.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("%s: %v", c.Tables.Source, err)
	}
	defer table.Close()
	var r recorder
	shown := 0
	report, err := table.Import(t.Context(), &r, radius.HistoryOptions{}, func(r radacct.Report) { shown = r.Read })
	if err != nil {
		t.Fatal(err)
	}
	users, all := report.UnknownUsers(5)
	if table.Total() != 303 || report.Read != 303 || shown != 303 || r.batches != 2 ||
		report.Outcomes[radius.HistoryImported] != 3 || all != 1 ||
		users[0] != (radacct.UnknownUser{Username: "guest", Connections: 300}) {
		t.Errorf("%s: %+v %+v of %d in %d batches", c.Tables.Source, report, users, table.Total(), r.batches)
	}
	var got []string
	for _, h := range r.records[:3] {
		times := ""
		for _, at := range []*time.Time{h.Started, h.Updated, h.Stopped} {
			if times += " -"; at != nil {
				times = times[:len(times)-1] + at.Format("01-02T15:04Z07:00")
			}
		}
		got = append(got, fmt.Sprint(h.ID, " ", h.SessionID, " ", h.Username, times, " ", h.Duration, " ", h.Input, " ",
			h.Output, " ", h.Cause, " ", h.AccessPoint.Address, " ", h.AccessPoint.CalledStation, " ",
			h.CallingStation, " ", h.Address))
	}
	const end = " 8589934592 7 User-Request 192.0.2.1 02-00-00-00-01-01:venue 02-00-00-00-AA-01 10.0.0.7"
	if diff := cmp.Diff([]string{
		"a s1 anna 01-31T23:30Z 07-31T22:30Z 02-01T00:30Z 3600" + end,
		"b s1 Anna 07-31T22:30Z 07-31T22:30Z 07-31T23:30Z 3600" + end,
		"c s1 anna 07-31T22:30Z 07-31T22:30Z - 0" + end,
	}, got); diff != "" {
		t.Errorf("%s: %s", c.Tables.Source, diff)
	}
}

// TestSourcesProgram reads the same connections from a real MariaDB, with the local times that
// FreeRADIUS lets it store, from PostgreSQL, from SQLite, and from dumps.
func TestSourcesProgram(t *testing.T) {
	process.Require(t, "pg_dump")
	folder := t.TempDir()
	path := filepath.Join(folder, "radius.db")
	file, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fill(t, "sqlite", file, func(at time.Time) string { return fmt.Sprint(at.Unix()) })
	check(t, radacct.Config{Tables: sqltables.Config{Source: path}})

	address := postgres.Require(t).NewDatabase(t)
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fill(t, "postgresql", db, func(at time.Time) string { return at.Format("'2006-01-02 15:04:05-07'") })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	t.Setenv("PGPASSWORD", password)
	u.User = url.User(u.User.Username())
	if _, err := db.ExecContext(t.Context(), "ALTER DATABASE "+strings.Trim(u.Path, "/")+
		" SET TimeZone = 'America/St_Johns'"); err != nil { // with an offset of half an hour
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "ALTER DATABASE "+strings.Trim(u.Path, "/")+
		" SET DateStyle = 'German'"); err != nil {
		t.Fatal(err)
	}
	check(t, radacct.Config{Tables: sqltables.Config{Source: u.String()}})
	dump, err := exec.Command("pg_dump", u.String()).Output()
	if err != nil {
		t.Fatal(err)
	}
	check(t, radacct.Config{Tables: sqltables.Config{Source: "-", Input: strings.NewReader(string(dump))}})

	server := mariadb.Start(t)
	database := server.NewDatabase(t)
	fill(t, "mysql", server.Open(t, database), func(at time.Time) string {
		return at.In(rome).Format("'2006-01-02 15:04:05'")
	})
	t.Setenv("MYSQL_PWD", mariadb.Password)
	check(t, radacct.Config{Tables: sqltables.Config{Source: server.URL(database)}, Zone: rome})
	text := server.Dump(t, database)
	check(t, radacct.Config{Tables: sqltables.Config{Source: "-", Input: strings.NewReader(text)}, Zone: rome})
	odd(t, server)
	_, err = radacct.Open(t.Context(), radacct.Config{Tables: sqltables.Config{Source: server.URL(database)}})
	if err == nil || !strings.Contains(err.Error(), "acctstarttime: a time without a time zone") {
		t.Errorf("without a time zone: %v", err)
	}
}

// odd reads dates of MySQL with zeros, and times of the hour that is repeated when daylight saving
// time ends, in which a connection of half an hour seems to end before it begins.
func odd(t *testing.T, server *mariadb.Server) {
	t.Helper()
	database := server.NewDatabase(t)
	db := server.Open(t, database)
	fill(t, "mysql", db, func(time.Time) string { return "NULL" })
	if _, err := db.ExecContext(t.Context(), `SET sql_mode = ''; DELETE FROM radacct; INSERT INTO radacct
		(acctuniqueid, username, acctsessiontime, acctstarttime, acctstoptime) VALUES
		('zero', 'anna', 0, '2026-10-01 10:00:00', '0000-00-00 00:00:00'),
		('part', 'anna', 0, '2026-10-01 10:00:00', '2026-10-00 00:00:00'),
		('hour', 'anna', 1800, '2026-10-25 02:50:00', '2026-10-25 02:20:00'),
		('late', 'anna', 4200, '2026-10-25 02:20:00', '2026-10-25 03:30:00')`); err != nil {
		t.Fatal(err)
	}
	table, err := radacct.Open(t.Context(), radacct.Config{Tables: sqltables.Config{Source: server.URL(database)},
		Zone: rome})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	var r recorder
	if _, err := table.Import(t.Context(), &r, radius.HistoryOptions{}, func(radacct.Report) {}); err != nil {
		t.Fatal(err)
	}
	if len(r.records) != 4 || r.records[0].Stopped != nil || r.records[1].ID != "" {
		t.Fatalf("%+v", r.records)
	}
	for _, h := range r.records[2:] {
		if length := h.Stopped.Sub(*h.Started); length != time.Duration(h.Duration)*time.Second &&
			length != time.Duration(h.Duration)*time.Second+time.Hour { // whose beginning is computed from the end
			t.Errorf("%s lasts %s", h.ID, length)
		}
	}
}
