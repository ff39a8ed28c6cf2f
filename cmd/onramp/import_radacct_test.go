package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/mariadb"
)

// TestImportRadacct imports the connections of people of a real MariaDB, and kills the command
// several times: in the end each connection is there once, at its time, and the audit has all.
func TestImportRadacct(t *testing.T) {
	server := mariadb.Start(t)
	database := server.NewDatabase(t)
	db := server.Open(t, database)
	freeradiusTables(t, "mysql", db)
	t.Setenv("MYSQL_PWD", mariadb.Password)
	const connections = 1500
	begin := time.Now().UTC().Truncate(time.Hour).AddDate(0, -3, 0)
	var rows []string
	add := func(id, user string, start time.Time) {
		start = start.Add(time.Hour) // of a time zone an hour ahead of UTC
		rows = append(rows, fmt.Sprintf(
			"('%s', 's', '%s', '192.0.2.1', 'x', '02-00-00-00-AA-01', 600, 1, 2, '%s', '%s')", id, user,
			start.Format(time.DateTime), start.Add(10*time.Minute).Format(time.DateTime)))
	}
	for i := range connections {
		add(fmt.Sprint("anna", i), "Anna", begin.Add(time.Duration(i)*time.Hour)) // as a phone has written the name
	}
	add("old", "anna", begin.AddDate(-10, 0, 0))
	add("guest1", "guest", begin)
	add("guest2", "guest", begin)
	add("", "anna", begin)
	if _, err := db.ExecContext(t.Context(), `INSERT INTO radacct (acctuniqueid, acctsessionid, username,
		nasipaddress, calledstationid, callingstationid, acctsessiontime, acctinputoctets, acctoutputoctets,
		acctstarttime, acctstoptime) VALUES `+strings.Join(rows, ",")); err != nil {
		t.Fatal(err)
	}

	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	importPeople(t, 1, "radcheck", server.URL(database), "--data", s.data, "--accepted", "termsOfUse,privacy",
		"--consent-date", "2021-05-01", "--consent-source", "contract")
	args := []string{"import", "radacct", server.URL(database), "--data", s.data, "--json"}
	if code, _, stderr := onramp(t, "", args...); code != 1 || !strings.Contains(stderr, "--time-zone") {
		t.Errorf("without a time zone: exit %d: %s", code, stderr)
	}
	args = append(args, "--time-zone", "Etc/GMT-1") // an hour ahead of UTC
	stored := openDatabase(t, "sqlite", "file:"+filepath.Join(s.data, "onramp.db")+
		"?mode=ro&_pragma=busy_timeout(5000)")
	count := func() (n int) {
		if err := stored.QueryRowContext(t.Context(), "SELECT count(*) FROM sessions").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const counts = `"open":0,"tooOld":1,"notAgreed":0,"unknownUser":2,"refused":1,` +
		`"unknownUsers":[{"username":"guest","connections":2}]}`
	want := func(imported, known int) string {
		return fmt.Sprintf(`{"read":%d,"imported":%d,"known":%d,%s`+"\n", connections+4, imported, known, counts)
	}
	_, stdout, stderr := onramp(t, "", append(args, "--dry-run")...)
	if stdout != want(connections, 0) || count() != 0 {
		t.Errorf("dry run: %s%s, and %d connections", stdout, stderr, count())
	}
	for range 3 {
		before := count()
		cmd := command(args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "a batch", func() bool { return count() > before || before >= connections })
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	there := count()
	var code int
	code, stdout, stderr = onramp(t, "", args...)
	if code != 1 || stdout != want(connections-there, there) {
		t.Errorf("the last run, after %d connections: exit %d: %s%s", there, code, stdout, stderr)
	}
	if _, stdout, _ := onramp(t, "", args...); stdout != want(0, connections) {
		t.Errorf("repeated: %s", stdout)
	}
	var n, first, last int64
	if err := stored.QueryRowContext(t.Context(), "SELECT count(DISTINCT begun), min(begun), max(stopped)"+
		" FROM sessions").Scan(&n, &first, &last); err != nil {
		t.Fatal(err)
	}
	if end := begin.Add((connections-1)*time.Hour + 10*time.Minute); n != connections || first != begin.UnixMicro() ||
		last != end.UnixMicro() {
		t.Errorf("%d connections from %s to %s, want %s to %s", n, time.UnixMicro(first), time.UnixMicro(last),
			begin, end)
	}
	audited := int64(0)
	for _, row := range auditTrail(t, &flags{data: s.data}) {
		if row.Action == onboarding.AuditContactChanged && slices.Equal(row.Fields, []string{"connections"}) {
			audited += row.Count
		}
	}
	if audited != connections {
		t.Errorf("the audit has %d connections", audited)
	}
	_, stdout, _ = onramp(t, "", append(slices.DeleteFunc(args, func(arg string) bool { return arg == "--json" }),
		"--dry-run")...)
	if !strings.Contains(stdout, "dry run: 1504 read, 0 imported, 1500 imported before; left out: 0 open, 1 too old") ||
		!strings.Contains(stdout, "1 unknown user names; those with the most connections:\n  \"guest\" 2\n") {
		t.Errorf("as text: %s", stdout)
	}
}
