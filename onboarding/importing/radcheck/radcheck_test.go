package radcheck_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"onramp/onboarding/importing/radcheck"
	"onramp/onboarding/importing/sqltables"
)

// database returns a SQLite file with tables that lack the constraints of FreeRADIUS's.
func database(t *testing.T, rows string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "radius.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `
		CREATE TABLE radcheck (id, username, attribute, op, value);
		CREATE TABLE radusergroup (username, groupname);
		CREATE TABLE radgroupcheck (id, groupname, attribute, op, value);`+rows); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOddRows reads rows that FreeRADIUS's own schema forbids or its users rarely have.
func TestOddRows(t *testing.T) {
	table, err := radcheck.Open(t.Context(), radcheck.Config{Tables: sqltables.Config{Source: database(t, `
		INSERT INTO radcheck VALUES
			(1, NULL, 'Cleartext-Password', ':=', 'a'), (2, '', 'Cleartext-Password', ':=', 'a'),
			(3, ' ', 'Cleartext-Password', ':=', 'b'), (4, 'ann', NULL, NULL, NULL),
			(5, 'bob', 'Cleartext-Password', ' := ', 'b'), (6, 'Bob', 'Cleartext-Password', ':=', 'c'),
			(7, 'cat', 'Cleartext-Password', ':=', CAST(x'ff' AS TEXT));
		INSERT INTO radusergroup VALUES ('bob', 'VIP'), ('Bob', 'vip'), ('cat', NULL), (NULL, 'vip');
		INSERT INTO radgroupcheck VALUES (1, 'VIP', 'Expiration', ':=', 'x'), (2, NULL, 'Expiration', ':=', 'x')`)}})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	var got []string
	for {
		r, err := table.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%d %q", r.Line, *r.Row.Input.Username)
		for _, f := range r.Row.Input.Unread {
			text += " " + f.Field
		}
		got = append(got, text)
	}
	const want = `1 "" username; 3 " " username; 6 "Bob"; 4 "ann" ; 5 "bob" Expiration; 7 "cat" value`
	if s := strings.Join(got, "; "); s != want || table.Total() != 6 || table.Done() != 6 {
		t.Errorf("%s\nwant %s; %d of %d", s, want, table.Done(), table.Total())
	}
}

// TestCopy checks that the file of the copy has no name under which the passwords would stay after
// kill -9.
func TestCopy(t *testing.T) {
	const people = 20_000 // more than the copy keeps in memory
	table, err := radcheck.Open(t.Context(), radcheck.Config{Tables: sqltables.Config{Source: database(t, fmt.Sprintf(`
		INSERT INTO radcheck WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			SELECT i, 'user' || i, 'Cleartext-Password', ':=', hex(randomblob(100)) FROM n`, people))}})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	if table.Total() != people {
		t.Errorf("%d people", table.Total())
	}
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(open) == 0 {
		return // not Linux
	}
	nameless := 0
	for _, link := range open {
		file, _ := os.Readlink(link)
		if strings.HasSuffix(file, " (deleted)") {
			nameless++
		} else if strings.Contains(file, "/tmp/") && strings.Contains(file, "etilqs") {
			t.Errorf("the copy is %s", file)
		}
	}
	if nameless == 0 {
		t.Error("the copy is in no file")
	}
}
