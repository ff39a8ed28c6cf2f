package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// olderVisitors are the two visitors in a backup of testdata/backups. Gone was deleted after the
// backup and is in its log of deletions.
type olderVisitors struct {
	Gone, Kept struct {
		ID, Username string
		Traces       []string
	}
	Password string // of Kept
	Document string // the number of Kept's passport
}

// olderBackups are the files that programs of earlier versions wrote, by the schema and the engine:
// a data folder without its database, the backup in it as backup.tar or onramp.dump, and
// visitors.json. TestRestoreOlderSchema makes them with the program ONRAMP_TEST_OLDER.
func olderBackups(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", "backups", "*.tar.gz"))
	if err != nil || len(found) < 4 {
		t.Fatalf("%d backups of earlier versions: %q, %v", len(found), found, err)
	}
	return found
}

// TestRestoreOlderSchema restores backups that earlier versions made, under their schema: the log
// of deletions is applied, every sealed value opens, and the server starts. If ONRAMP_TEST_OLDER
// names a program that was built from an earlier commit, the test first adds its backups. Do it for
// each release that changes the schema:
//
//	git archive v1.2 | tar -x -C /tmp/older
//	(cd /tmp/older && go build -o /tmp/onramp-older ./cmd/onramp)
//	ONRAMP_TEST_OLDER=/tmp/onramp-older go test ./cmd/onramp -run TestRestoreOlderSchema
func TestRestoreOlderSchema(t *testing.T) {
	if program := os.Getenv("ONRAMP_TEST_OLDER"); program != "" {
		for _, engine := range []string{"sqlite", "postgres"} {
			makeOlderBackup(t, program, engine)
		}
	}
	for _, file := range olderBackups(t) {
		schema, engine, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".tar.gz"), "-")
		t.Run(schema+"/"+engine, func(t *testing.T) {
			older := t.TempDir()
			if out, err := exec.Command("tar", "-xzf", file, "-C", older).CombinedOutput(); err != nil {
				t.Fatal(err, string(out))
			}
			text, err := os.ReadFile(filepath.Join(older, "visitors.json"))
			var v olderVisitors
			// The file holds the traces for which the tests search.
			err = errors.Join(err, json.Unmarshal(text, &v), os.Remove(filepath.Join(older, "visitors.json")))
			if err != nil {
				t.Fatal(err)
			}
			if engine == "sqlite" {
				restoreOlderSQLite(t, older, &v)
			} else {
				restoreOlderPostgres(t, older, schema, &v)
			}
		})
	}
}

func restoreOlderSQLite(t *testing.T, older string, v *olderVisitors) {
	t.Helper()
	file, data := filepath.Join(older, "backup.tar"), filepath.Join(t.TempDir(), "data")
	code, stdout, stderr := onramp(t, "", "backup", "verify", file, "--data", older)
	if code != 0 || !strings.Contains(stdout, "the master key opened all") {
		t.Errorf("verify: %d %s %s", code, stdout, stderr)
	}
	traces := forms(append(v.Gone.Traces, v.Gone.ID))
	if found := holding(everything(t, older), traces); len(found) < 20 {
		t.Fatalf("the backup holds only %q", found)
	}
	code, stdout, stderr = onramp(t, "", "restore", file, "--data", data, "--tombstones",
		filepath.Join(older, "tombstones"))
	if code != 0 || !strings.Contains(stdout, "1 erased") {
		t.Fatal(code, stdout, stderr)
	}
	for _, name := range []string{"master.key", "demo.json"} {
		text, err := os.ReadFile(filepath.Join(older, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(data, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	servesOlder(t, v, data)
	if found := holding(everything(t, data), traces); len(found) > 0 {
		t.Errorf("of the deleted visitor, the folder holds %q", found)
	}
}

func restoreOlderPostgres(t *testing.T, older, schema string, v *olderVisitors) {
	t.Helper()
	process.Require(t, "psql", "pg_restore")
	database := postgres.Require(t).NewDatabase(t)
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	s := &scripts{t, t.TempDir(), at}
	if out := s.run("restore", []string{filepath.Join(older, "onramp.dump")}); !strings.Contains(out, "2 customers") {
		t.Error(out)
	}
	const version = "SELECT 'schema ' || max(version_id) FROM goose_db_version WHERE is_applied"
	if is, want := s.query(database, version), "schema "+strings.TrimLeft(schema, "0"); is != want {
		t.Fatalf("restored %s, want %s", is, want)
	}
	// Without the migration, serve must not answer.
	r := newServing(t, older)
	code, _, stderr := onramp(t, "", append(r.args, "--database", database)...)
	if code != 1 || !strings.Contains(stderr, "onramp migrate") {
		t.Errorf("serve before the migration: %d %s", code, stderr)
	}
	if code, _, stderr := onramp(t, "", "migrate", "--database", database); code != 0 {
		t.Fatal(stderr)
	}
	servesOlder(t, v, older, "--database", database)
	dump, err := exec.Command("pg_dump", "--dbname="+database).Output()
	if err != nil {
		t.Fatal(err)
	}
	if found := holding(dump, forms(append(v.Gone.Traces, v.Gone.ID))); len(found) > 0 {
		t.Errorf("of the deleted visitor, the restored database holds %q", found)
	}
}

// servesOlder starts a server on a restored deployment, checks both visitors, finishes the
// migration and checks them again.
func servesOlder(t *testing.T, v *olderVisitors, data string, database ...string) {
	t.Helper()
	s := startServe(t, data, append([]string{"--limits", "off"}, database...)...)
	manager := s.login(s.demo().ManagerKey)
	check := func() {
		t.Helper()
		s.must(404, "GET", "/v3/customers/"+v.Gone.ID, manager, "")
		export := s.must(200, "GET", "/v3/customers/"+v.Kept.ID+"/export", manager, "")
		if !strings.Contains(string(export.raw), v.Document) {
			t.Errorf("the export has no document %s: %s", v.Document, export.raw)
		}
		if got := s.passwordOf(v.Kept.Username); got != v.Password {
			t.Errorf("the password is %q, want %q", got, v.Password)
		}
	}
	check()
	args := append([]string{"migrate", "--finish", "--data", data}, database...)
	if code, stdout, stderr := onramp(t, "", args...); code != 0 ||
		!strings.Contains(stdout, "identity documents: sealed") {
		t.Errorf("migrate --finish: %d %s %s", code, stdout, stderr)
	}
	check()
	s.stop()
	args = append([]string{"audit", "verify", "--data", data}, database...)
	if code, stdout, stderr := onramp(t, "", args...); code != 0 {
		t.Errorf("audit verify: %d %s %s", code, stdout, stderr)
	}
}

// passwordOf returns the password that FreeRADIUS gets for a user name.
func (s *serving) passwordOf(username string) string {
	s.t.Helper()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("radius:"+s.demo().AAASecret))
	a, err := call("POST", s.aaa+"/aaa/authorize", "", `{"User-Name":"`+username+
		`","Calling-Station-Id":"02-4E-5A-61-C3-7F","NAS-Identifier":"ap1.demo.onramp.example"}`,
		"Authorization", basic)
	var reply struct {
		Password struct{ Value []string } `json:"control:Cleartext-Password"`
	}
	if err == nil {
		err = json.Unmarshal(a.raw, &reply)
	}
	if err != nil || len(reply.Password.Value) != 1 {
		s.t.Fatalf("no password in %+v, %v", a, err)
	}
	return reply.Password.Value[0]
}

// makeOlderBackup makes a file of olderBackups with a program of an earlier version.
func makeOlderBackup(t *testing.T, program, engine string) {
	run := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	data := filepath.Join(t.TempDir(), "data")
	s := newServing(t, data)
	s.wrap = func(cmd *exec.Cmd) *exec.Cmd { return exec.Command(program, cmd.Args[1:]...) }
	s.args = append(s.args, "--limits", "off")
	where := []string{"--data", data}
	var database string
	if engine == "postgres" {
		database = postgres.Require(t).NewDatabase(t)
		where = append(where, "--database", database)
		s.args = append(s.args, "--database", database, "--public-url", "http://wifi.example.test")
		run(program, append([]string{"migrate"}, where...)...)
	}
	s.start()
	schema := run(program, append([]string{"migrate", "--status"}, where...)...)
	t.Cleanup(s.kill)
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	gone, kept := visit(s, 2, app, manager), visit(s, 3, app, manager)
	if engine == "postgres" {
		run("pg_dump", "--format=custom", "--no-owner", "--file="+filepath.Join(data, "onramp.dump"),
			"--dbname="+database)
	} else {
		run(program, "backup", filepath.Join(data, "backup.tar"), "--data", data)
	}
	s.must(200, "DELETE", "/v1/customers/"+gone.cid, manager, "")
	var v olderVisitors
	v.Gone.ID, v.Gone.Username, v.Gone.Traces = gone.cid, gone.username, gone.traces
	v.Kept.ID, v.Kept.Username = kept.cid, kept.username
	v.Password, v.Document = s.passwordOf(kept.username), "passport-03-trace"
	s.stop()
	text, err := json.MarshalIndent(v, "", "\t")
	if err == nil {
		err = os.WriteFile(filepath.Join(data, "visitors.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, schema, _ = strings.Cut(schema, "schema version ")
	schema, _, _ = strings.Cut(schema, ",")
	file := filepath.Join("testdata", "backups", strings.Repeat("0", 4-len(schema))+schema+"-"+engine+".tar.gz")
	members := []string{"-C", data, "visitors.json", "master.key", "demo.json", "tombstones"}
	if engine == "postgres" {
		members = append(members, "onramp.dump", "aaa.secret", "pki")
	} else {
		members = append(members, "backup.tar")
	}
	run("tar", append([]string{"-czf", file, "--owner=0", "--group=0", "--numeric-owner"}, members...)...)
	t.Log(file)
}
