package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// registerSome registers n customers and returns their IDs.
func (s *serving) registerSome(n int, manager string) (ids []string) {
	s.t.Helper()
	for range n {
		made := s.must(http.StatusCreated, "POST", "/v3/customers", manager, "{"+consented+"}")
		ids = append(ids, made.body["id"].(string))
	}
	return ids
}

// wholeLines counts the different tombstones in a log file.
func wholeLines(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) == 3 && len(words[2]) == 8 && strings.HasSuffix(line, "\n") {
			lines[line] = true
		}
	}
	return len(lines)
}

// replaceSQLite puts a copy in the place of a stopped server's database.
func replaceSQLite(t *testing.T, data string, copied []byte) {
	t.Helper()
	database := filepath.Join(data, "onramp.db")
	for _, ending := range []string{"-wal", "-shm"} {
		if err := os.Remove(database + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(database, copied, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestKilledDeletions kills the server while it deletes customers. A deletion that was answered has
// its line, so that it also reaches a copy from before; after a restart, each line is there.
func TestKilledDeletions(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	database, log := filepath.Join(data, "onramp.db"), filepath.Join(data, "tombstones")
	s := startServe(t, data, "--limits", "off")
	for round := range fromEnvironment("ONRAMP_TEST_KILLED_DELETIONS", 3) {
		manager := s.login(s.demo().ManagerKey)
		ids := s.registerSome(40, manager)
		s.stop()
		copied, err := os.ReadFile(database)
		if err != nil {
			t.Fatal(err)
		}
		s.start()
		var answered sync.Map
		var workers sync.WaitGroup
		var begun sync.WaitGroup
		begun.Add(3 + 3*round) // deletions before the kill
		for worker := range 3 {
			workers.Go(func() {
				for i := worker; i < len(ids); i += 3 {
					a, err := call("DELETE", s.url+"/v1/customers/"+ids[i], manager, "")
					if err != nil {
						return
					}
					if a.status == http.StatusOK {
						answered.Store(ids[i], true)
					}
					if i < 3+3*round {
						begun.Done()
					}
				}
			})
		}
		begun.Wait()
		time.Sleep(time.Duration(round) * time.Millisecond)
		s.kill()
		workers.Wait()
		atKill, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}

		s.start()
		manager = s.login(s.demo().ManagerKey)
		gone, left := 0, 0
		for _, id := range ids {
			a, err := call("GET", s.url+"/v3/customers/"+id, manager, "")
			if err != nil {
				t.Fatal(err)
			}
			_, done := answered.Load(id)
			switch {
			case a.status == http.StatusNotFound:
				gone++
			case a.status == http.StatusOK && !done:
				left++
			default:
				t.Errorf("customer %s, deletion answered %t: %d", id, done, a.status)
			}
		}
		s.stop()
		tombstones, lines := len(rawSQLite(t, database)["tombstones"]), wholeLines(t, log)
		if tombstones != lines {
			t.Errorf("%d tombstones, %d lines", tombstones, lines)
		}

		replaceSQLite(t, data, copied)
		if err := os.WriteFile(log, atKill, 0o600); err != nil {
			t.Fatal(err)
		}
		s.start()
		manager = s.login(s.demo().ManagerKey)
		n := 0
		answered.Range(func(id, _ any) bool {
			n++
			s.must(http.StatusNotFound, "GET", "/v3/customers/"+id.(string), manager, "")
			return true
		})
		t.Logf("round %d: %d deletions answered, %d whole, %d customers left", round, n, gone, left)
	}
}

// TestTombstonesDiskFull deletes customers while the disk of the log is full.
func TestTombstonesDiskFull(t *testing.T) {
	disk := smallDisk(t, 1<<20)
	log, ballast := filepath.Join(disk, "tombstones"), filepath.Join(disk, "ballast")
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data, "--limits", "off", "--tombstones", log)
	manager := s.login(s.demo().ManagerKey)
	ids := s.registerSome(3, manager)
	s.must(http.StatusOK, "DELETE", "/v1/customers/"+ids[0], manager, "")

	info, err := os.Stat(log)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096 // the last page of the file would take more lines on a full disk
	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(strings.Repeat("\n", page-int(info.Size()%page)))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	fill(t, ballast)
	for range 2 {
		a := s.must(http.StatusServiceUnavailable, "DELETE", "/v1/customers/"+ids[1], manager, "")
		if !strings.Contains(string(a.raw), "tombstone log") || a.header.Get("Retry-After") == "" {
			t.Errorf("the answer: %s %v", a.raw, a.header)
		}
	}
	kept := s.registerSome(1, manager)
	s.must(http.StatusOK, "GET", "/v3/customers/"+ids[2], manager, "")
	_, values := s.scrape()
	if values["onramp_tombstones_pending"] != 1 || values["onramp_tombstone_failures_total"] < 2 {
		t.Errorf("pending %v, failures %v", values["onramp_tombstones_pending"],
			values["onramp_tombstone_failures_total"])
	}
	_, out, _ := onramp(t, "", "doctor", "--data", data, "--tombstones", log)
	if !strings.Contains(out, "warn  tombstones: 1 of 2 tombstones of the database are not in the file") {
		t.Errorf("doctor:\n%s", out)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.must(http.StatusOK, "DELETE", "/v1/customers/"+ids[1], manager, "")
	_, values = s.scrape()
	pending, appended := values["onramp_tombstones_pending"], values["onramp_tombstone_lines_total"]
	if pending != 0 || appended != 2 {
		t.Errorf("pending %v, lines %v", pending, appended)
	}
	if n := wholeLines(t, log); n != 2 {
		t.Errorf("the log has %d lines, want 2", n)
	}
	s.kill()
	s.start()
	manager = s.login(s.demo().ManagerKey)
	for _, id := range append(kept, ids[2]) {
		s.must(http.StatusOK, "GET", "/v3/customers/"+id, manager, "")
	}
	_, out, _ = onramp(t, "", "doctor", "--data", data, "--tombstones", log)
	if !strings.Contains(out, "ok    tombstones: ") || strings.Contains(out, "warn  tombstones") {
		t.Errorf("doctor:\n%s", out)
	}
}

// TestTombstonesRefused starts the server with logs that it cannot trust.
func TestTombstonesRefused(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	log := filepath.Join(data, "tombstones")
	s := startServe(t, data, "--limits", "off")
	manager := s.login(s.demo().ManagerKey)
	for _, id := range s.registerSome(3, manager) {
		s.must(http.StatusOK, "DELETE", "/v1/customers/"+id, manager, "")
	}
	_, out, _ := onramp(t, "", "doctor", "--data", data)
	if !strings.Contains(out, "the file is on the disk of the database") {
		t.Errorf("doctor:\n%s", out)
	}
	s.stop()
	good, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(content, part string) {
		t.Helper()
		if err := os.WriteFile(log, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := onramp(t, "", s.args...); code != 1 || !strings.Contains(stderr, part) {
			t.Errorf("serve ended with %d, without %q: %s", code, part, stderr)
		}
	}
	head, _, _ := strings.Cut(string(good), "\n")
	at := strings.LastIndex(string(good), "deleted ") + len("deleted ")
	flipped := []byte(string(good))
	flipped[at] ^= 1
	number := strings.Count(string(flipped[:at]), "\n") + 1
	refused(string(flipped), fmt.Sprintf("line %d is damaged", number))
	refused(strings.Replace(string(good), head, strings.TrimRight(head, "0123456789abcdef")+"0123456789abcdef", 1),
		"another deployment")
	refused("", "not a tombstone log")
	if err := os.WriteFile(log, append(good, "\ndeleted 01"...), 0o600); err != nil { // a torn line
		t.Fatal(err)
	}
	s.start()
}

// TestDumpRestored dumps a PostgreSQL database, deletes a visitor, restores the dump into a new
// database and starts the server with the log of deletions.
func TestDumpRestored(t *testing.T) {
	process.Require(t, "pg_dump", "psql")
	server := postgres.Require(t)
	first := server.NewDatabase(t)
	e := startErasing(t, first)
	gone, kept := e.live(1), e.live(3)
	dump := filepath.Join(t.TempDir(), "dump.sql")
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("pg_dump", "--no-owner", "--file", dump, first)
	traces := forms(append(gone.traces, gone.cid))
	text, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	if found := holding(text, traces); len(found) < 20 {
		t.Fatalf("the dump holds only %q", found)
	}
	e.must(http.StatusOK, "DELETE", "/v1/customers/"+gone.cid, e.manager, "")
	e.stop()

	for range 2 { // the same dump again
		restored := server.NewDatabase(t)
		run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", dump, restored)
		for i, arg := range e.args {
			if arg == "--database" {
				e.args[i+1] = restored
			}
		}
		e.start()
		manager := e.login(e.demo().ManagerKey)
		e.must(http.StatusNotFound, "GET", "/v3/customers/"+gone.cid, manager, "")
		e.must(http.StatusOK, "GET", "/v3/customers/"+kept.cid, manager, "")
		e.stop()
		rawPostgres(t, restored).find(traces, func(table, column, text string) {
			if table != "sessions" || column != "unique_id" {
				t.Errorf("%s.%s holds %q of the deleted visitor", table, column, text)
			}
		})
	}
}
