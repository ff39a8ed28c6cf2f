package sqltables_test

import (
	"bytes"
	"cmp"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"

	"onramp/onboarding/importing/sqltables"
	"onramp/onboarding/testkit/mariadb"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// texts are values that a dump has to write with escapes.
var texts = []string{
	"", "plain", "it's", `back\slash`, `\`, `\'`, `'; DROP TABLE radcheck; --`, "tab\tline\nreturn\rend\r\n",
	`"double"`,
	"`tick`", `\N`, "NULL", "\\.", "\n\\.\n", "/* no comment */ -- none # none", "$tag$ x $tag$", "é ü 漢字 👍", "a,b),(c",
	"\b\f\v\x1a\x7f", "percent % _ \\% \\_", "ends with '", "0x41", "-- Dump completed", "E'x'", " spaces ", "''",
	"\\\\n",
}

// wanted are the tables of the tests.
var wanted = []sqltables.Table{
	{Name: "radcheck", Columns: []string{"id", "username", "value"}},
	{Name: "radgroup", Columns: []string{"groupname", "username"}},
}

// read returns the rows of a source, sorted.
func read(t testing.TB, c sqltables.Config) ([][]string, error) {
	t.Helper()
	var rows [][]string
	err := sqltables.Read(t.Context(), c, wanted, func(r sqltables.Row) error {
		row := []string{r.Table}
		for _, v := range r.Values {
			if v.Valid {
				row = append(row, "="+v.String)
			} else {
				row = append(row, "NULL")
			}
		}
		rows = append(rows, row)
		return nil
	})
	slices.SortFunc(rows, func(a, b []string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), slices.Compare(a, b))
	})
	return rows, err
}

// fill creates the tables, and others that are skipped, and returns the rows.
func fill(t *testing.T, db *sql.DB, id string, placeholder func(i int) string, more ...string) [][]string {
	t.Helper()
	statements := append([]string{
		// The columns stand in another order than they are read, and one is not read.
		"CREATE TABLE radcheck (id " + id + ", value TEXT, unread TEXT, username TEXT)",
		"CREATE TABLE radgroup (username TEXT, groupname TEXT, priority INTEGER DEFAULT 1, CHECK (priority > -10))",
		"CREATE TABLE radacct (id " + id + ", value TEXT, unread TEXT, username TEXT)",
		"INSERT INTO radgroup (username, groupname, priority) VALUES ('anna', 'g', -3), (NULL, '', 0)",
	}, more...)
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	want := [][]string{{"radgroup", "=", "NULL"}, {"radgroup", "=g", "=anna"}}
	var checks [][]string
	for i, text := range texts {
		for _, table := range []string{"radcheck", "radacct"} {
			if _, err := db.ExecContext(t.Context(), fmt.Sprintf(
				"INSERT INTO %s (username, value, unread) VALUES (%s, %s, %s)", table, placeholder(1), placeholder(2),
				placeholder(3)), fmt.Sprint("user", i), text, text); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
		}
		checks = append(checks, []string{"radcheck", fmt.Sprint("=", i+1), fmt.Sprint("=user", i), "=" + text})
	}
	slices.SortFunc(checks, slices.Compare)
	return append(checks, want...)
}

// compare reads a source and compares its rows.
func compare(t *testing.T, kind string, c sqltables.Config, want [][]string) {
	t.Helper()
	got, err := read(t, c)
	if err != nil {
		t.Errorf("%s: %v", kind, err)
	} else if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", kind, diff)
	}
}

// TestMariaDBProgram reads the same rows from a real MariaDB, with and without TLS, and its dumps.
func TestMariaDBProgram(t *testing.T) {
	server := mariadb.Start(t)
	database := server.NewDatabase(t)
	want := fill(t, server.Open(t, database), "INT AUTO_INCREMENT PRIMARY KEY", func(int) string { return "?" },
		"ALTER DATABASE CHARACTER SET utf8mb4",
		"ALTER TABLE radcheck CONVERT TO CHARACTER SET utf8mb4", "ALTER TABLE radacct CONVERT TO CHARACTER SET utf8mb4",
		"CREATE VIEW a_view AS SELECT username, 'x;y' AS constant FROM radcheck",
		"CREATE TRIGGER a_trigger BEFORE INSERT ON radgroup FOR EACH ROW BEGIN SET NEW.priority = 1; SET @a = ';'; END",
		"CREATE PROCEDURE a_routine() BEGIN SELECT 1; INSERT INTO radcheck VALUES (1, 2, 3, 4); END")
	for _, args := range [][]string{
		{}, {"--complete-insert"}, {"--skip-extended-insert"}, {"--hex-blob", "--insert-ignore"}, {"--replace"},
		{"--compact"},
		{"--skip-comments"}, {"--routines", "--triggers", "--events"}, {"--skip-quote-names"},
		{"--databases"}, {"--skip-opt"},
	} {
		dump := server.Dump(t, append(args, database)...)
		if slices.Equal(args, []string{"--databases"}) {
			dump = server.Dump(t, "--databases", database)
		}
		compare(t, fmt.Sprint(args), sqltables.Config{Source: "-", Input: strings.NewReader(dump)}, want)
		if last := strings.LastIndex(dump, "\n-- Dump completed"); last > 0 {
			_, err := read(t, sqltables.Config{Source: "-", Input: strings.NewReader(dump[:last])})
			if err == nil || !strings.Contains(err.Error(), "cut off") {
				t.Errorf("%v, without the last line: %v", args, err)
			}
		}
	}
	for _, tt := range [][2]string{
		{"--default-character-set=latin1", "the encoding is latin1"}, {"--compatible=ansi", "is not UTF-8"},
		{"--no-create-info", "needs its CREATE TABLE"},
		{"--no-data", ""},
	} {
		dump := server.Dump(t, tt[0], database)
		rows, err := read(t, sqltables.Config{Source: "-", Input: strings.NewReader(dump)})
		if len(rows) > 0 && tt[1] == "" || fmt.Sprint(err) == "<nil>" != (tt[1] == "") ||
			err != nil && !strings.Contains(err.Error(), tt[1]) {
			t.Errorf("%s: %v", tt[0], err)
		}
	}
	ansi := server.Dump(t, "--compatible=ansi", "--default-character-set=utf8mb4", database)
	compare(t, "ansi", sqltables.Config{Source: "-", Input: strings.NewReader(ansi)}, want)

	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(mariadb.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := server.URL(database)
	secure := fmt.Sprintf("mysql://%s@localhost:%d/%s", mariadb.SecureUser, server.Port, database)
	ca := "tls-ca=" + url.QueryEscape(server.Roots)
	for _, c := range []sqltables.Config{
		{Source: address, PasswordFile: password},
		{Source: strings.Replace(address, "mysql", "mariadb", 1), PasswordFile: password},
		{Source: secure + "?" + ca, PasswordFile: password},
		{Source: strings.Replace(secure, "localhost", "127.0.0.1", 1) + "?tls=verify-ca&" + ca, PasswordFile: password},
		{Source: "mysql://" + mariadb.User + "@localhost/" + database + "?socket=" + url.QueryEscape(server.Socket()),
			PasswordFile: password},
	} {
		compare(t, c.Source, c, want)
	}
	for _, tt := range []struct{ source, want string }{
		{secure, "Access denied"}, // without TLS
		{strings.Replace(secure, "localhost", "127.0.0.1", 1) + "?" + ca, "127.0.0.1"}, // another name
		{secure + "?tls=verify-full", "certificate"},                                   // an unknown authority
		{strings.Replace(address, database, "absent", 1), "absent"},
		{strings.Replace(address, mariadb.User, "nobody", 1), "Access denied"},
	} {
		_, err := read(t, sqltables.Config{Source: tt.source, PasswordFile: password})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), mariadb.Password) {
			t.Errorf("%s: %v", tt.source, err)
		}
	}
	t.Setenv("MYSQL_PWD", mariadb.Password)
	compare(t, "MYSQL_PWD", sqltables.Config{Source: address}, want)
}

// TestPostgreSQLProgram reads the same rows from a real PostgreSQL and from its dumps.
func TestPostgreSQLProgram(t *testing.T) {
	process.Require(t, "pg_dump")
	address := postgres.Require(t).NewDatabase(t)
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	want := fill(t, db, "SERIAL PRIMARY KEY", func(i int) string { return "$" + strconv.Itoa(i) },
		"CREATE VIEW a_view AS SELECT username, 'x;y' AS constant FROM radcheck",
		"COMMENT ON TABLE radcheck IS 'a ; in a comment -- and '' a quote'",
		`CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $x$ SELECT 1; SELECT $$;'$$; SELECT 1 $x$`,
		`CREATE TABLE "odd;name'" ("a;b" TEXT)`, `INSERT INTO "odd;name'" VALUES (';')`)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	t.Setenv("PGPASSWORD", password)
	u.User = url.User(u.User.Username())
	compare(t, "database", sqltables.Config{Source: u.String()}, want)
	for _, args := range [][]string{
		{}, {"--inserts"}, {"--column-inserts"}, {"--rows-per-insert=3"}, {"--quote-all-identifiers"},
		{"--clean", "--create"},
		{"--inserts", "--on-conflict-do-nothing"},
	} {
		var stderr bytes.Buffer
		cmd := exec.Command("pg_dump", append(args, u.String())...)
		cmd.Stderr = &stderr
		dump, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, &stderr)
		}
		compare(t, fmt.Sprint(args), sqltables.Config{Source: "-", Input: bytes.NewReader(dump)}, want)
		windows := bytes.ReplaceAll(dump, []byte("\n"), []byte("\r\n"))
		if len(args) == 0 { // the texts of COPY hold no line ends
			compare(t, "lines of Windows", sqltables.Config{Source: "-", Input: bytes.NewReader(windows)}, want)
		}
		last := bytes.LastIndex(dump, []byte("-- PostgreSQL database dump complete"))
		_, err = read(t, sqltables.Config{Source: "-", Input: bytes.NewReader(dump[:last])})
		if err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("%v, without the last line: %v", args, err)
		}
	}
	for _, tt := range [][2]string{{"--encoding=LATIN9", "the encoding is latin9"}, {"--format=custom", "pg_restore"}} {
		dump, _ := exec.Command("pg_dump", tt[0], "--table=radgroup", u.String()).Output()
		if _, err := read(t, sqltables.Config{Source: "-", Input: bytes.NewReader(dump)}); err == nil ||
			!strings.Contains(err.Error(), tt[1]) {
			t.Errorf("%s: %v", tt[0], err)
		}
	}
}
