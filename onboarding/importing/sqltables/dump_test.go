package sqltables_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"onramp/onboarding/importing/sqltables"
)

const (
	mysqlStart = "-- MySQL dump 10.13\n"
	mysqlEnd   = "-- Dump completed\n"
	created    = "CREATE TABLE `radcheck` (`id` int, `username` text, `value` text, PRIMARY KEY (`id`));\n" +
		"CREATE TABLE radgroup (groupname text, username text);\n"
	begun = mysqlStart + created

	pgStart = "-- PostgreSQL database dump\n"
	copied  = pgStart + "COPY radcheck (id, username, value) FROM stdin;\n"
	pgEnd   = "-- PostgreSQL database dump complete\n"
)

// TestBrokenDump checks the errors of dumps, with the number of the line.
func TestBrokenDump(t *testing.T) {
	for _, tt := range []struct{ dump, want string }{
		{"", "the dump lacks radcheck and radgroup"},
		{"name,password\nanna,secret\n", "line 1: the statement that begins here has no end"},
		{created, "<nil>"},
		{"\ufeff" + created, "<nil>"},
		{"\xff\xfe-\x00", "UTF-16"},
		{"\x1f\x8b\x08", "gunzip"},
		{"PGDMP\x01", "pg_restore"},
		{"CREATE TABLE radcheck (id int, username text, value text);", "the dump lacks radgroup"},
		{"CREATE TABLE radcheck (id int, username text);", "line 1: radcheck needs the columns id, username, value"},
		{"CREATE TABLE radcheck (id int, id int, username text, value text);", "line 1: the column id occurs twice"},
		{created + "USE other;\n" + created, "line 4: a second table radcheck"},
		{mysqlStart + created, "the dump is cut off"},
		{begun + "INSERT INTO radcheck VALUES (1,'a','b'),\n(2,'c','d", "line 5: a quote that begins here"},
		{begun + "INSERT INTO radcheck VALUES (1,'a','b'),\n(2,'c','d')\n", "line 4: the statement that begins"},
		{begun + "INSERT INTO radcheck VALUES (1,'a','b'),\n\n(2,'c');", "line 6: a row of radcheck does not have 3"},
		{begun + "INSERT INTO radcheck VALUES (1,'a','b','c');", "line 4: a row of radcheck does not have 3"},
		{begun + "INSERT INTO radcheck VALUES (1,'a' 'b','c');", "line 4: a comma or a parenthesis"},
		{begun + "INSERT INTO radcheck VALUES (1,now(),'c');", "line 4: a value is neither"},
		{begun + "INSERT INTO radcheck VALUES (1,0xZZ,'c');", "line 4: a value in hexadecimal"},
		{begun + "INSERT INTO radcheck VALUES 1,2,3;", "line 4: the row of radcheck does not begin"},
		{begun + "INSERT INTO radcheck VALUES (1,'a','\xff');", "line 4: a value of radcheck is not UTF-8"},
		{begun + "INSERT INTO radcheck SELECT 1, 2, 3;", "line 4: VALUES is missing"},
		{begun + "INSERT INTO radcheck (id, username) VALUES (1,'a');", "line 4: radcheck needs the columns"},
		{mysqlStart + "INSERT INTO radcheck VALUES (1,'a','b');", "line 2: the columns of radcheck are unknown"},
		{mysqlStart + "SET NAMES latin1;", "line 2: the encoding is latin1"},
		{mysqlStart + "/* x\n\n", "line 2: a comment that begins here"},
		{mysqlStart + "DELIMITER ;;\nx", "line 2: the DELIMITER"},
		{mysqlStart + ") x;", "line 2: no statement begins like this"},
		{strings.ReplaceAll(created, "`", "") + "INSERT INTO radcheck VALUES (1,'a','b');", "line 3: a dump of MySQL"},
		{copied + "1\ta\tb\n2\tc\n\\.\n", "line 4: a row of radcheck"},
		{copied + "1\ta\tb\tc\n\\.\n", "line 3: a row of radcheck"},
		{copied + "1\ta\tb\n", "line 4: the rows of radcheck have no end"},
		{copied + "1\t\\Nx\tb\n\\.\n", "line 3: a value begins with \\N"},
		{pgStart + "COPY radcheck (id, username) FROM stdin;\n", "line 2: radcheck needs the columns"},
		{pgStart + "COPY radcheck (id, username, value) FROM '/x' CSV;\n", "line 2: stdin is missing"},
		{pgStart + "COPY other (id) FROM stdin;\n1\n2\n", "line 2: the rows that begin here have no end"},
		{pgStart + "SET client_encoding = 'LATIN1';", "line 2: the encoding is latin1"},
	} {
		_, err := read(t, sqltables.Config{Source: "-", Input: strings.NewReader(tt.dump)})
		if !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%q: %v, want %s", tt.dump, err, tt.want)
		}
	}
}

// TestMySQLURL checks the errors of URLs, none of which repeats a password.
func TestMySQLURL(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{"mysql://radius:hidden@127.0.0.1/radius", "the URL must hold no password"},
		{"mysql://radius@127.0.0.1/radius?password=hidden", "the URL must hold no password"},
		{"mysql://radius:hidden@[::1/radius", "not a MySQL URL"},
		{"mysql://127.0.0.1/radius", "mysql://USER@HOST:PORT/DATABASE"},
		{"mysql://radius@/radius", "mysql://USER@HOST:PORT/DATABASE"},
		{"mysql://radius@127.0.0.1", "mysql://USER@HOST:PORT/DATABASE"},
		{"mysql://radius@192.0.2.1/radius?tls=none", "tls=none is only for this machine"},
		{"mysql://radius@db.example/radius?tls=skip-verify", "is not among verify-full, verify-ca and none"},
		{"mysql://radius@db.example/radius?tls=verify-ca", "tls=verify-ca needs tls-ca"},
		{"mysql://radius@db.example/radius?tls-ca=/absent", "tls-ca: open /absent"},
		{"mysql://radius@db.example/radius?tls-ca=dump_test.go", "holds no certificate in PEM"},
		{"mysql://radius@127.0.0.1/radius?tls=none&tls-ca=dump_test.go", "no effect"},
		{"mysql://radius@db.example/radius?socket=/s", "the host is localhost"},
		{"mysql://radius@127.0.0.1/radius?allowAllFiles=true", `the parameter "allowAllFiles" is not among`},
		{"mysql://radius@127.0.0.1:1/radius", "refused"},
		{"oracle://radius@127.0.0.1/radius", "oracle is not among"},
	} {
		_, err := read(t, sqltables.Config{Source: tt.source})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want %s", tt.source, err, tt.want)
		}
	}
	if _, err := read(t, sqltables.Config{Source: "postgres://u@127.0.0.1/d", PasswordFile: "x"}); err == nil {
		t.Error("PostgreSQL takes a password file")
	}
}

// FuzzDump reads any dump, and any text back from the forms in which dumps write it.
func FuzzDump(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Add(mysqlStart + created + "INSERT INTO `radcheck` VALUES (1,'a\\'b',NULL),(2,_binary 'c',0x64);\n" + mysqlEnd)
	f.Add(pgStart + created + "COPY public.radcheck (id, username, value) FROM stdin;\n1\ta\\tb\t\\N\n\\.\n" + pgEnd)
	f.Add(pgStart + created + "INSERT INTO radcheck VALUES (1, E'a\\\\b', 'c') ON CONFLICT DO NOTHING;\n" + pgEnd)
	f.Add("DELIMITER ;;\n/*!50003 CREATE*/ TRIGGER x;;\nDELIMITER ;\nSELECT $x$ ; $x$, $1;")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = read(t, sqltables.Config{Source: "-", Input: strings.NewReader(text)})
		_, _ = read(t, sqltables.Config{Source: "-", Input: strings.NewReader(mysqlStart + created + text)})
		_, _ = read(t, sqltables.Config{Source: "-", Input: strings.NewReader(pgStart + created + text)})
		if !utf8.ValidString(text) {
			return
		}
		postgres := strings.NewReplacer("\\", "\\\\", "'", "\\'", "\n", "\\n").Replace(text)
		escaped := strings.ReplaceAll(postgres, "\x00", "\\0")
		doubled := strings.ReplaceAll(text, "'", "''")
		copied := strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\r", "\\r", "\t", "\\t").Replace(text)
		for _, dump := range []string{
			mysqlStart + created + "INSERT INTO radcheck VALUES (1,'" + escaped + "','x');\n" + mysqlEnd,
			mysqlStart + created + fmt.Sprintf("INSERT INTO radcheck VALUES (1,X'%x','x');\n", text) + mysqlEnd,
			pgStart + created + "INSERT INTO radcheck VALUES (1,'" + doubled + "','x');\n" + pgEnd,
			pgStart + created + "INSERT INTO radcheck VALUES (1,E'" + postgres + "','x');\n" + pgEnd,
			pgStart + created + "COPY radcheck (id, username, value) FROM stdin;\n1\t" + copied + "\tx\n\\.\n" + pgEnd,
		} {
			rows, err := read(t, sqltables.Config{Source: "-", Input: strings.NewReader(dump)})
			if err != nil || len(rows) != 1 || rows[0][2] != "="+text || rows[0][3] != "=x" {
				t.Fatalf("%q: %q, %v", dump, rows, err)
			}
		}
	})
}
