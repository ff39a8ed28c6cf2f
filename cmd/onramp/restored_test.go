package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

// TestFoundRestored deletes a visitor, restores the database of before by copying its file, starts
// the server with the log of deletions and searches every file.
func TestFoundRestored(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data, "--limits", "off")
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	gone, kept := visit(s, 2, app, manager), visit(s, 3, app, manager)
	s.stop()
	database := filepath.Join(data, "onramp.db")
	copied, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	traces := forms(append(gone.traces, gone.cid))
	if found := holding(copied, traces); len(found) < 20 {
		t.Fatalf("the copy holds only %q", found)
	}
	s.start()
	manager = s.login(demo.ManagerKey)
	s.must(200, "DELETE", "/v1/customers/"+gone.cid, manager, "")
	s.stop()

	for _, ending := range []string{"-wal", "-shm"} {
		if err := os.Remove(database + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(database, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	manager = s.login(demo.ManagerKey)
	s.must(404, "GET", "/v3/customers/"+gone.cid, manager, "")
	s.must(200, "GET", "/v3/customers/"+kept.cid, manager, "")
	s.stop()
	if found := holding(everything(t, data), traces); len(found) > 0 {
		t.Errorf("of the deleted visitor, the data folder holds %q", found)
	}
	if found := holding(everything(t, data), []string{kept.cid}); len(found) != 1 {
		t.Error("the other visitor is not in the data folder")
	}
}

// forms returns the texts and their encodings in hex and base64.
func forms(texts []string) (all []string) {
	for _, text := range texts {
		all = append(all, text, hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
			base64.RawStdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)))
	}
	return all
}

func holding(content []byte, texts []string) (found []string) {
	for _, text := range texts {
		if bytes.Contains(content, []byte(text)) {
			found = append(found, text)
		}
	}
	return found
}

// TestBackupRestored backs up a running server during registrations, decrypts the file with the
// standard tool, deletes a visitor, restores into another folder and starts the server there.
func TestBackupRestored(t *testing.T) {
	process.Require(t, "age", "age-keygen")
	dir := t.TempDir()
	data, key, file := filepath.Join(dir, "data"), filepath.Join(dir, "key.txt"), filepath.Join(dir, "one.age")
	out, err := exec.Command("age-keygen", "-o", key).CombinedOutput()
	_, recipient, found := strings.Cut(strings.TrimSpace(string(out)), "Public key: ")
	if err != nil || !found {
		t.Fatal(err, string(out))
	}
	s := startServe(t, data, "--limits", "off")
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	gone, kept := visit(s, 2, app, manager), visit(s, 3, app, manager)
	stop, acknowledged := registrations(s, app)
	for len(acknowledged()) < 20 {
		time.Sleep(10 * time.Millisecond)
	}
	before := acknowledged()
	code, stdout, stderr := onramp(t, "", "backup", file, "--data", data, "--recipient", recipient)
	after := len(stop())
	if code != 0 || stderr != "" || !strings.Contains(stdout, "verified in") {
		t.Fatal(code, stdout, stderr)
	}
	if after <= len(before) {
		t.Error("no registration during the backup")
	}
	s.must(200, "DELETE", "/v1/customers/"+gone.cid, manager, "")
	if code, stdout, stderr := onramp(t, "", "backup", "verify", file, "--identity", key, "--data", data); code != 0 ||
		!strings.Contains(stdout, "the master key opened all") {
		t.Error(code, stdout, stderr)
	}
	old := s.login(demo.ManagerKey)
	s.stop()

	tar := exec.Command("sh", "-c", `age -d -i "$1" "$2" | tar -tvf -`, "sh", key, file)
	list, err := tar.CombinedOutput()
	if err != nil || strings.Count(string(list), "\n") != 3 || strings.Contains(string(list), "master") {
		t.Errorf("age and tar: %v\n%s", err, list)
	}
	decrypted, err := exec.Command("age", "-d", "-i", key, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"master.key", "aaa.secret", "pki/radius/server.key", "tombstones"} {
		text, err := os.ReadFile(filepath.Join(data, name))
		if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); err != nil ||
			bytes.Contains(decrypted, []byte(lines[len(lines)-1])) {
			t.Errorf("the archive holds %s, %v", name, err)
		}
	}
	traces := forms(append(gone.traces, gone.cid))
	if found := holding(decrypted, traces); len(found) < 20 {
		t.Fatalf("the backup holds only %q", found)
	}

	other := filepath.Join(dir, "other")
	if code, _, stderr := onramp(t, "", "restore", file, "--data", other, "--identity", key); code != 2 {
		t.Error("neither flag for tombstones:", code, stderr)
	}
	tombstones := filepath.Join(data, "tombstones")
	code, stdout, stderr = onramp(t, "", "restore", file, "--data", other, "--identity", key,
		"--tombstones", tombstones)
	if code != 0 || !strings.Contains(stdout, "1 erased") {
		t.Fatal(code, stdout, stderr)
	}
	if found := holding(everything(t, other), traces); len(found) > 0 {
		t.Errorf("of the deleted visitor, the restored folder holds %q", found)
	}
	refusedStartSaying(t, other, "master key is missing")
	text, err := os.ReadFile(filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "master.key"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	r := startServe(t, other, "--limits", "off")
	if a, err := call("GET", r.url+"/v3/customers/"+kept.cid, old, ""); err != nil || a.status != 403 {
		t.Errorf("a token from before the restore: %+v, %v", a, err)
	}
	manager = r.login(demo.ManagerKey)
	r.must(404, "GET", "/v3/customers/"+gone.cid, manager, "")
	r.must(200, "GET", "/v3/customers/"+kept.cid, manager, "")
	for _, id := range before {
		r.must(200, "GET", "/v3/customers/"+id, manager, "")
	}
	r.stop()
	if found := holding(everything(t, other), traces); len(found) > 0 {
		t.Errorf("of the deleted visitor, the folder holds %q", found)
	}
	for _, name := range []string{"aaa.secret", "pki/profile/signer.key", "pki/radius/server.key"} {
		want, err := os.ReadFile(filepath.Join(data, name))
		if got, _ := os.ReadFile(filepath.Join(other, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs, %v", name, err)
		}
	}
	_, audit, _ := onramp(t, "", "audit", "export", "--data", other)
	if strings.Count(audit, `"backup.restored"`) != 1 || !strings.Contains(audit, "restore by ") {
		t.Errorf("the audit has no restore:\n%s", audit)
	}
	_, audit, _ = onramp(t, "", "audit", "export", "--data", data)
	if strings.Count(audit, `"backup.created"`) != 1 || !strings.Contains(audit, `"one.age"`) {
		t.Errorf("the audit has no backup:\n%s", audit)
	}
}

// registrations registers customers until stop, which returns their IDs.
func registrations(s *serving, app string) (stop, acknowledged func() []string) {
	var mu sync.Mutex
	var ids []string
	ended, done := make(chan struct{}), make(chan struct{})
	acknowledged = func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(ids)
	}
	go func() {
		defer close(done)
		for {
			select {
			case <-ended:
				return
			default:
			}
			a, err := call("POST", s.url+"/v3/customers", app, "{"+consented+"}")
			if err != nil || a.status != 201 {
				s.t.Errorf("a registration: %+v, %v", a, err)
				return
			}
			mu.Lock()
			ids = append(ids, a.body["id"].(string))
			mu.Unlock()
		}
	}()
	return func() []string { close(ended); <-done; return acknowledged() }, acknowledged
}

// refusedStartSaying checks that serve refuses to start, and its reason.
func refusedStartSaying(t *testing.T, data, says string) {
	t.Helper()
	code, _, stderr := onramp(t, "", newServing(t, data).args...)
	if code != 1 || !strings.Contains(stderr, says) {
		t.Errorf("serve ended with %d, not saying %q:\n%s", code, says, stderr)
	}
}
