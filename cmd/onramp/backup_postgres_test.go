package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
	"onramp/templates"
)

// scripts runs the printed scripts against a server's database.
type scripts struct {
	*testing.T
	dir string
	url *url.URL
}

// run runs a script, which must succeed, and returns its output.
func (s *scripts) run(name string, args []string, environment ...string) string {
	s.Helper()
	out, err := s.try(name, args, environment...)
	if err != nil {
		s.Fatalf("%s: %v\n%s", name, err, out)
	}
	return out
}

func (s *scripts) try(name string, args []string, environment ...string) (string, error) {
	s.Helper()
	code, text, stderr := onramp(s, "", "backup", "script", name)
	file := filepath.Join(s.dir, name+".sh")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil || code != 0 {
		s.Fatal(err, code, stderr)
	}
	out, err := s.environment(exec.Command("bash", append([]string{file}, args...)...), environment...).CombinedOutput()
	return string(out), err
}

// environment sets libpq's variables for a command.
func (s *scripts) environment(cmd *exec.Cmd, more ...string) *exec.Cmd {
	password, _ := s.url.User.Password()
	cmd.Env = append(os.Environ(), append([]string{
		"PGHOST=" + s.url.Hostname(), "PGPORT=" + s.url.Port(), "PGUSER=" + s.url.User.Username(),
		"PGPASSWORD=" + password, "PGDATABASE=" + strings.TrimPrefix(s.url.Path, "/"),
	}, more...)...)
	return cmd
}

// query returns the text of one value.
func (s *scripts) query(database, text string) (value string) {
	s.Helper()
	conn, err := pgx.Connect(s.Context(), database)
	if err != nil {
		s.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(s.Context(), text).Scan(&value); err != nil {
		s.Fatalf("%s: %v", text, err)
	}
	return value
}

// TestBackupScripts dumps a database, makes a base backup, deletes a visitor, and restores the dump
// and a point in time before the deletion. The next server applies the log of deletions.
func TestBackupScripts(t *testing.T) {
	process.Require(t, "age", "age-keygen", "psql")
	dir := t.TempDir()
	archive, bases, dumps := filepath.Join(dir, "archive"), filepath.Join(dir, "bases"), filepath.Join(dir, "dumps")
	for _, folder := range []string{archive, bases, dumps} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// The server is another user.
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755),
		os.Chmod(archive, 0o777)); err != nil {
		t.Fatal(err)
	}
	order := strings.ReplaceAll("test ! -f IN/%f && cp %p IN/.%f && mv IN/.%f IN/%f", "IN", archive)
	server := postgres.New(t, "fsync=off", "wal_level=replica", "archive_mode=on", "archive_command="+order)
	database := server.NewDatabase(t)
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	s := &scripts{t, dir, at}
	key := filepath.Join(dir, "key.txt")
	out, err := exec.Command("age-keygen", "-o", key).CombinedOutput()
	_, recipient, _ := strings.Cut(strings.TrimSpace(string(out)), "Public key: ")
	if err != nil {
		t.Fatal(err, string(out))
	}

	serve := startReplicas(t, 1, database, "--limits", "off")[0]
	demo := serve.demo()
	app, manager := serve.login(demo.AppKey), serve.login(demo.ManagerKey)
	gone, kept := visit(serve, 2, app, manager), visit(serve, 3, app, manager)
	traces := forms(append(gone.traces, gone.cid))
	for i := range 2 {
		if i > 0 {
			time.Sleep(time.Second) // names have seconds
		}
		out := s.run("dump", []string{dumps}, "KEEP=1", "RECIPIENT="+recipient)
		if !strings.Contains(out, "2 customers") {
			t.Error(out)
		}
	}
	files, err := filepath.Glob(filepath.Join(dumps, "*"))
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0], ".dump.age") {
		t.Fatalf("dumps: %q, %v", files, err)
	}
	// The planner's statistics hold values of rows.
	out, err = exec.Command("vacuumdb", "--quiet", "--analyze-only", "--dbname="+database).CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	s.run("base", []string{bases, archive}, "KEEP=1")
	if found := holding(everything(t, bases), traces); len(found) < 20 {
		t.Errorf("the base backup holds only %q of the visitor", found)
	}
	before := s.query(database, "SELECT now()::text")
	if code, stdout, stderr := onramp(t, "", "doctor", "--data", serve.data, "--database", database); !strings.Contains(
		stdout, "ok    backup: the last one is of ") {
		t.Error(code, stdout, stderr)
	}
	time.Sleep(10 * time.Millisecond)
	serve.must(200, "DELETE", "/v1/customers/"+gone.cid, manager, "")
	serve.stop()

	over, err := s.try("restore", []string{files[0]}, "IDENTITY="+key)
	if err == nil || !strings.Contains(over, "tables") {
		t.Errorf("restored over a database: %v %s", err, over)
	}
	restored := server.NewDatabase(t)
	s.run("restore", []string{files[0]}, "IDENTITY="+key, "PGDATABASE="+filepath.Base(restored))
	s.servesWithout(serve, restored, gone, kept)
	dump := exec.Command("pg_dump", "--dbname="+restored)
	if text, err := dump.Output(); err != nil || len(holding(text, traces)) > 0 ||
		len(holding(text, []string{kept.cid})) == 0 {
		t.Errorf("of the deleted visitor, the restored database holds %q, %v", holding(text, traces), err)
	}

	// A recovery to the time before the deletion.
	if err := server.Exec("SELECT pg_switch_wal()"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if found := holding(everything(t, archive), traces); len(found) == 0 {
		t.Error("the archive holds nothing of the visitor, so that this test shows nothing")
	}
	found, err := filepath.Glob(filepath.Join(bases, "base-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("bases: %q, %v", found, err)
	}
	recovered := server.Recover(t, func(data string) { s.run("recover", []string{found[0], archive, data, before}) })
	s.servesWithout(serve, recovered.URL(filepath.Base(database)), gone, kept)

	// The remedy for what the archive and the base backups keep.
	time.Sleep(time.Second)
	remedy := s.remedy(bases, archive)
	if out, err := s.environment(exec.Command("bash", "-ec", remedy)).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, remedy, out)
	}
	for name, folder := range map[string]string{"archive": archive, "base backup": bases} {
		content := everything(t, folder)
		if found := holding(content, traces); len(found) > 0 {
			t.Errorf("after the remedy, the %s holds %q", name, found)
		}
		if name == "base backup" && len(holding(content, []string{kept.cid})) == 0 {
			t.Error("the base backup does not hold the visitor who stays")
		}
	}
}

// remedy returns the commands of the guide that remove deleted people from the archive and the base
// backups, for these folders.
func (s *scripts) remedy(bases, archive string) string {
	s.Helper()
	guide, err := templates.Docs.ReadFile("guides/backup.md")
	if err != nil {
		s.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		if strings.Contains(block[1], "vacuumdb") {
			return strings.NewReplacer("base.sh", filepath.Join(s.dir, "base.sh"), "/backups/base", bases,
				"/backups/archive", archive).Replace(block[1])
		}
	}
	s.Fatal("the guide has no commands with vacuumdb")
	return ""
}

// servesWithout starts a server on a restored database, which holds both visitors, and checks that
// one of them is gone.
func (s *scripts) servesWithout(serve *serving, database string, gone, kept *visitor) {
	s.Helper()
	if n := s.query(database, "SELECT count(*)::text FROM customers"); n != "2" {
		s.Errorf("%s customers restored, want 2", n)
	}
	r := newServing(s, serve.data)
	r.args = append(r.args, "--database", database, "--public-url", "http://wifi.example.test")
	r.start()
	manager := r.login(serve.demo().ManagerKey)
	r.must(404, "GET", "/v3/customers/"+gone.cid, manager, "")
	r.must(200, "GET", "/v3/customers/"+kept.cid, manager, "")
	r.stop()
}
