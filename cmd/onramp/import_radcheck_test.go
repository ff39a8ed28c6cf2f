package main

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onramp/onboarding/testkit/mariadb"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// freeradiusTables creates FreeRADIUS's own tables in a database, and people in them.
func freeradiusTables(t *testing.T, engine string, db *sql.DB) {
	t.Helper()
	schema := "/etc/freeradius/3.0/mods-config/sql/main/" + engine + "/schema.sql"
	text, err := os.ReadFile(schema)
	if err != nil {
		process.Missing(t, "the schema of FreeRADIUS: %v", err)
	}
	if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
		t.Fatal(err)
	}
	for _, row := range [][4]string{
		{"anna", "Cleartext-Password", ":=", "anna's old passwörd"},
		{"bob", "Crypt-Password", ":=", "$6$salt$hash"},
		{"carl", "NT-Password", ":=", "0123456789abcdef0123456789abcdef"},
		{"dora@guest.example", "Cleartext-Password", ":=", "dora's"},
		{"eve@demo.onramp.example", "Cleartext-Password", ":=", "eve's"},
		{"fred", "Cleartext-Password", ":=", "fred's"},
		{"fred", "Expiration", ":=", "01 Jan 2020"},
		{"gina", "Cleartext-Password", ":=", "gina's"},
		{"gina", "Auth-Type", ":=", "Reject"},
		{"hans", "Cleartext-Password", ":=", "one"},
		{"hans", "Cleartext-Password", ":=", "two"},
		{"02-00-00-00-00-07", "Cleartext-Password", ":=", "02-00-00-00-00-07"},
		{"ines", "Simultaneous-Use", ":=", "1"},
		{"jan", "Cleartext-Password", "!=", "jan's"},
		{strings.Repeat("k", 64), "Cleartext-Password", ":=", "long"},
		{"lisa", "Cleartext-Password", ":=", strings.Repeat("l", 190)},
		{"mona", "User-Password", "==", "mona's"},
		{"nina", "Cleartext-Password", ":=", "nina's"},
		{"", "Cleartext-Password", ":=", "of no name"},
	} {
		if _, err := db.ExecContext(t.Context(), fmt.Sprintf(
			"INSERT INTO radcheck (username, attribute, op, value) VALUES ('%s', '%s', '%s', '%s')", row[0], row[1],
			row[2], strings.ReplaceAll(row[3], "'", "''"))); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{
		"INSERT INTO radusergroup (username, groupname, priority) VALUES ('nina', 'blocked', 1), ('zoe', 'blocked', 1)",
		"INSERT INTO radgroupcheck (groupname, attribute, op, value) VALUES ('blocked', 'Auth-Type', ':=', 'Reject')",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// openDatabase returns a pool of connections, which closes with the test.
func openDatabase(t *testing.T, driver, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestImportRadcheck imports people from FreeRADIUS's own tables: from SQLite, and the same again
// from PostgreSQL, MariaDB and dumps of both, which changes nothing. They authenticate with their
// old passwords through a real FreeRADIUS and a real supplicant.
func TestImportRadcheck(t *testing.T) {
	process.Require(t, "freeradius", "eapol_test", "pg_dump")
	folder := t.TempDir()
	sqlite := filepath.Join(folder, "radius.db")
	freeradiusTables(t, "sqlite", openDatabase(t, "sqlite", sqlite))
	withPassword := postgres.Require(t).NewDatabase(t)
	freeradiusTables(t, "postgresql", openDatabase(t, "pgx", withPassword))
	u, err := url.Parse(withPassword)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	t.Setenv("PGPASSWORD", password)
	u.User = url.User(u.User.Username())
	server := mariadb.Start(t)
	database := server.NewDatabase(t)
	freeradiusTables(t, "mysql", server.Open(t, database))
	t.Setenv("MYSQL_PWD", mariadb.Password)
	dump, err := exec.Command("pg_dump", u.String()).Output()
	if err != nil {
		t.Fatal(err)
	}
	dumps := [2]string{filepath.Join(folder, "postgres.sql"), filepath.Join(folder, "mysql.sql")}
	for i, text := range []string{string(dump), server.Dump(t, database)} {
		if err := os.WriteFile(dumps[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	args := []string{"--data", s.data, "--accepted", "termsOfUse,privacy", "--consent-date", "2021-05-01",
		"--consent-source", "contract"}
	run := func(source string, more ...string) importReportJSON {
		t.Helper()
		return importPeople(t, 1, append(append([]string{"radcheck", source}, args...), more...)...)
	}
	const fields = "Crypt-Password NT-Password username Expiration Cleartext-Password username Simultaneous-Use " +
		"Cleartext-Password username password"
	refused := map[string]bool{}
	for _, source := range []string{sqlite, u.String(), server.URL(database), dumps[0], dumps[1]} {
		if r := run(source, "--dry-run"); r.Read != 16 || r.Created != 5 || r.Updated != 0 || len(r.Refused) != 11 {
			t.Fatalf("dry run of %s: %+v", source, r)
		}
	}
	r := run(sqlite)
	if r.Read != 16 || r.Created != 5 || r.Updated != 0 || len(r.Refused) != 11 {
		t.Fatalf("read %+v", r)
	}
	for _, f := range r.Refused {
		refused[f.Field] = true
	}
	for field := range strings.FieldsSeq(fields) {
		if !refused[field] {
			t.Errorf("no row is refused for %s", field)
		}
	}
	for _, source := range []string{sqlite, u.String(), server.URL(database), dumps[0], dumps[1]} {
		if r := run(source); r.Read != 16 || r.Created != 0 || r.Updated != 0 || len(r.Refused) != 11 {
			t.Errorf("repeated from %s: %+v", source, r)
		}
	}
	r = run(server.URL(database), "--without-attribute", "Expiration,simultaneous-use", "--new-passwords")
	if r.Created != 3 || len(r.Refused) != 8 {
		t.Errorf("with new passwords and without check items: %+v", r)
	}

	a := newRadcheckAir(t, s)
	for _, tt := range []struct {
		username, password, phase2 string
		want                       bool
	}{
		{"anna", "anna's old passwörd", "PAP", true},
		{"anna", "anna's old passwörd", "MSCHAPV2", true},
		{"anna", "another", "PAP", false},
		{"dora@guest.example", "dora's", "PAP", true},
		{"mona", "mona's", "MSCHAPV2", true},
		{"fred", "fred's", "PAP", true},
		{"gina", "gina's", "PAP", false}, // Auth-Type Reject
		{"nina", "nina's", "PAP", false}, // the group's
		{"hans", "one", "PAP", false},
		{"bob", "$6$salt$hash", "PAP", false}, // has a new password
	} {
		if got := a.authenticates(t, s, tt.username, tt.password, tt.phase2); got != tt.want {
			t.Errorf("%s with %q and %s gets in: %t", tt.username, tt.password, tt.phase2, got)
		}
	}
	testSpellings(t, s, server)
}

// testSpellings imports user names of which MySQL ignores the case. The group of one is spelled in
// another way, and locks the user as in FreeRADIUS; several spellings refuse the user.
func testSpellings(t *testing.T, s *serving, server *mariadb.Server) {
	t.Helper()
	database := server.NewDatabase(t)
	db := server.Open(t, database)
	freeradiusTables(t, "mysql", db)
	if _, err := db.ExecContext(t.Context(), `DELETE FROM radcheck; DELETE FROM radusergroup;
		INSERT INTO radcheck (username, attribute, op, value) VALUES ('Otto', 'Cleartext-Password', ':=', 'otto''s'),
		('paul', 'Cleartext-Password', ':=', 'paul''s'), ('otto', 'Auth-Type', ':=', 'Reject'),
		('Rosé', 'Cleartext-Password', ':=', 'rose''s'), ('rita ', 'Cleartext-Password', ':=', 'rita''s');
		INSERT INTO radusergroup (username, groupname) VALUES ('PAUL', 'Blocked'), ('rose', 'blocked')`); err != nil {
		t.Fatal(err)
	}
	r := importPeople(t, 1, "radcheck", server.URL(database), "--data", s.data, "--accepted", "termsOfUse,privacy",
		"--consent-date", "2021-05-01", "--consent-source", "contract")
	if r.Read != 4 || r.Created != 2 || len(r.Refused) != 2 || r.Refused[0].Field != "username" {
		t.Errorf("spellings: %+v", r)
	}
	for _, name := range []string{"paul", "Rosé"} {
		found := s.contactsOf(s.demo().OrganizationID, s.login(s.demo().ManagerKey), "username="+url.QueryEscape(name))
		if len(found) != 1 || found[0]["locked"] != true {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// newRadcheckAir starts a real FreeRADIUS for a server, and returns an access point.
func newRadcheckAir(t *testing.T, s *serving) *accessPoint {
	t.Helper()
	raddb, port := filepath.Join(t.TempDir(), "raddb"), process.FreePort(t)
	if code, _, stderr := onramp(t, "", "freeradius", raddb, "--data", s.data, "--auth-port", fmt.Sprint(port),
		"--acct-port", fmt.Sprint(process.FreePort(t)), "--aaa-url", s.aaa); code != 0 {
		t.Fatal(stderr)
	}
	file := filepath.Join(raddb, "settings.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, settings, process.FreePort(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := onramp(t, "", "freeradius", raddb, "--data", s.data, "--auth-port", fmt.Sprint(port),
		"--acct-port", fmt.Sprint(process.FreePort(t)), "--aaa-url", s.aaa); code != 0 {
		t.Fatal(stderr)
	}
	secret, err := os.ReadFile(filepath.Join(raddb, "radius-secret"))
	if err != nil {
		t.Fatal(err)
	}
	process.StartFreeRADIUS(t, process.FreeRADIUS(raddb))
	return &accessPoint{port: fmt.Sprint(port), secret: string(secret)}
}

// authenticates reports whether a phone gets in with a user name and a password.
func (a *accessPoint) authenticates(t *testing.T, s *serving, username, password, phase2 string) bool {
	t.Helper()
	network := filepath.Join(t.TempDir(), "network.conf")
	text := fmt.Sprintf("fast_reauth=0\nnetwork={\n\tkey_mgmt=WPA-EAP\n\teap=TTLS\n"+
		"\tanonymous_identity=\"anonymous@demo.onramp.example\"\n\tidentity=%q\n\tpassword=\"%s\"\n"+
		"\tphase2=\"auth=%s\"\n\tca_cert=%q\n}\n", username, password, phase2, s.demo().RADIUSRoot)
	if err := os.WriteFile(network, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	n, _ := a.connect(network, "02:00:00:00:00:aa", 1, 20)
	return n == 1
}

// TestImportRadcheckErrors checks the errors of a database, without the password.
func TestImportRadcheckErrors(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		database, want string
		code           int
		more           []string
	}{
		{"missing.db", "no such file", 1, nil},
		{empty, "FreeRADIUS's tables: the dump lacks radcheck and radusergroup and radgroupcheck", 1, nil},
		{"mysql://radius:hidden@127.0.0.1/radius", "the URL must hold no password", 1, nil},
		{"mysql://radius@db.example/radius?tls=none", "tls=none is only for this machine", 1, nil},
		{"postgres://radius:hidden@127.0.0.1/radius", "the URL must hold no password", 1, nil},
		{"postgres://radius@127.0.0.1:1/radius?password=hidden", "the URL must hold no password", 1, nil},
		{"postgres://radius:hidden@[::1/radius", "not a PostgreSQL URL", 1, nil},
		{"postgres://radius@127.0.0.1:1/radius", "FreeRADIUS's tables: ", 1, nil},
		{empty, "--accepted needs --consent-date and --consent-source", 2, []string{"--accepted", "privacy"}},
		{empty, `"news" is not a policy of the organization`, 1,
			[]string{"--accepted", "news", "--consent-date", "2021-05-01", "--consent-source", "x"}},
		{empty, "--consent-date", 2, []string{"--consent-date", "yesterday"}},
	} {
		args := append([]string{"import", "radcheck", tt.database, "--data", s.data}, tt.more...)
		code, stdout, stderr := onramp(t, "", args...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || strings.Contains(stdout+stderr, "hidden") {
			t.Errorf("%v: exit %d: %s%s", args[2:], code, stdout, stderr)
		}
	}
}
