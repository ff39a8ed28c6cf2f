package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"onramp/onboarding/store"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/process"
)

// register sends registrations from several clients until stop is closed, and returns the
// acknowledged IDs by external ID. Any status except 201 and 503 fails the test.
func (s *serving) register(app, prefix string, refused *atomic.Int64, stop <-chan struct{}) map[string]string {
	acknowledged := map[string]string{}
	var mu sync.Mutex
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				extID := fmt.Sprintf("%s-%d-%d", prefix, client, i)
				a, err := call("POST", s.url+"/v3/customers", app, fmt.Sprintf(`{%s,"extId":%q}`, consented, extID))
				switch {
				case err != nil:
					s.t.Errorf("registration: %v", err)
					return
				case a.status == http.StatusCreated:
					mu.Lock()
					acknowledged[extID] = a.body["id"].(string)
					mu.Unlock()
				case a.status == http.StatusServiceUnavailable:
					refused.Add(1)
					time.Sleep(20 * time.Millisecond)
				default:
					s.t.Errorf("registration: %d %s", a.status, a.raw)
					return
				}
			}
		})
	}
	clients.Wait()
	return acknowledged
}

// readOnce requests /readyz once and returns the status. It fails the test without an answer within
// a minute.
func (s *serving) readOnce() (status int) {
	s.t.Helper()
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Get("http://" + s.admin + "/readyz")
	if err != nil {
		s.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// TestFoundF10PostgresStopped suspends the database's processes, so that its connections stay open
// but no longer respond.
func TestFoundF10PostgresStopped(t *testing.T) {
	database := postgres.New(t, "fsync=off")
	s := startReplicas(t, 1, database.NewDatabase(t))[0]
	app := s.login(s.demo().AppKey)
	database.Freeze(t)
	for range 2 {
		if status := s.readOnce(); status != http.StatusServiceUnavailable {
			t.Errorf("/readyz answers %d while the database is stopped", status)
		}
	}
	if a, err := call("POST", s.url+"/v3/customers", app, "{"+consented+"}"); err != nil ||
		a.status != http.StatusServiceUnavailable {
		t.Errorf("a registration while the database is stopped: %+v, %v", a, err)
	}
	if a, err := call("GET", "http://"+s.admin+"/healthz", "", ""); err != nil || a.status != http.StatusOK {
		t.Errorf("/healthz while the database is stopped: %+v, %v", a, err)
	}
	database.Thaw(t)
	s.ready(200)
	s.must(201, "POST", "/v3/customers", app, "{"+consented+"}")
}

// smallDisk mounts a file system of size bytes.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d,mode=0700", size), "onramp-test",
		dir).CombinedOutput(); err != nil {
		process.Missing(t, "no tmpfs can be mounted, which needs root: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// fill writes to the file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 64 << 10; size >= 1; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 4
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFoundF10DiskFull(t *testing.T) {
	disk := smallDisk(t, 24<<20)
	data, ballast := filepath.Join(disk, "data"), filepath.Join(disk, "ballast")
	s := startServe(t, data, "--limits", "off")
	app, manager := s.login(s.demo().AppKey), s.login(s.demo().ManagerKey)
	var refused atomic.Int64
	stop, done := make(chan struct{}), make(chan map[string]string, 1)
	go func() { done <- s.register(app, "full", &refused, stop) }()
	time.Sleep(300 * time.Millisecond)
	fill(t, ballast)
	for deadline := time.Now().Add(time.Minute); refused.Load() < 20 && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	s.ready(503)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.ready(200)
	close(stop)
	acknowledged := <-done
	if refused.Load() < 20 || len(acknowledged) == 0 {
		t.Errorf("%d registrations were refused and %d acknowledged", refused.Load(), len(acknowledged))
	}
	s.must(201, "POST", "/v3/customers", app, "{"+consented+"}")
	s.kill()
	s.start()
	for extID, id := range acknowledged {
		a := s.must(200, "GET", "/v3/customers/"+id, manager, "")
		if got := a.body["extId"]; got != extID {
			t.Errorf("customer %s has the external ID %v, not %s", id, got, extID)
		}
	}
	t.Logf("%d acknowledged, %d refused", len(acknowledged), refused.Load())
}

// TestFoundF10Overwritten overwrites most of the database file while the server handles requests.
func TestFoundF10Overwritten(t *testing.T) {
	const pages, pageSize = 1500, 4096
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data, "--limits", "off")
	demo := s.demo()
	if code, out, stderr := onramp(t, "", "seed", "--data", data, "--organization", demo.OrganizationID, "--contacts",
		"3000"); code != 0 {
		t.Fatalf("seed: %s%s", out, stderr)
	}
	s.stop() // moves everything from the WAL to the database file
	s.start()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	var refused atomic.Int64
	stop, done := make(chan struct{}), make(chan map[string]string, 1)
	go func() { done <- s.register(app, "live", &refused, stop) }()
	time.Sleep(300 * time.Millisecond)
	f, err := os.OpenFile(filepath.Join(data, "onramp.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() < (pages+1)*pageSize {
		t.Fatalf("the database has %d bytes, too few for the test: %v", info.Size(), err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, pages*pageSize), pageSize); err != nil {
		t.Fatal(err)
	}
	s.ready(503)
	close(stop)
	for extID, id := range <-done {
		a, err := call("GET", s.url+"/v3/customers/"+id, manager, "")
		if err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusServiceUnavailable && (a.status != http.StatusOK || a.body["extId"] != extID) {
			t.Errorf("acknowledged customer %s (%s): %d %s", id, extID, a.status, a.raw)
		}
	}
	for range 3 { // once the damage is detected, no request succeeds
		if a, err := call("POST", s.url+"/v3/customers", app, "{"+consented+"}"); err != nil ||
			a.status != http.StatusServiceUnavailable {
			t.Errorf("a registration into a damaged file: %+v, %v", a, err)
		}
	}
	if status := s.readOnce(); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d with a damaged file", status)
	}
	if code, out, _ := onramp(t, "", "doctor", "--data", data); code == 0 {
		t.Errorf("doctor finds nothing wrong with a damaged file:\n%s", out)
	}
}

// TestFoundF12Secrets checks that start-up creates the secrets that requests need.
func TestFoundF12Secrets(t *testing.T) {
	check := func(t *testing.T, database string) {
		t.Helper()
		db, err := store.Open(t.Context(), database, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, name := range []string{"jwt-key-1", "class-key", "identity-key", "scroll-key", "resume-key",
			"form-key"} {
			if _, err := db.Secret(t.Context(), name); err != nil {
				t.Errorf("secret %s before the first request: %v", name, err)
			}
		}
	}
	t.Run("SQLite", func(t *testing.T) {
		s := startServe(t, filepath.Join(t.TempDir(), "data"))
		check(t, filepath.Join(s.data, "onramp.db"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := postgres.Require(t).NewDatabase(t)
		startReplicas(t, 2, url)
		check(t, url)
	})
}
