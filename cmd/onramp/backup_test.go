package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestBackupOnFullDisk fills the folder of the backup, then the data folder.
func TestBackupOnFullDisk(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	startServe(t, data).stop()
	disk := smallDisk(t, 4<<20)
	file := filepath.Join(disk, "backup.tar")
	fill(t, filepath.Join(disk, "filler"))
	code, _, stderr := onramp(t, "", "backup", file, "--data", data)
	if code != 1 || !strings.Contains(stderr, "are free in") {
		t.Errorf("onto a full disk: %d %s", code, stderr)
	}
	if left, err := filepath.Glob(filepath.Join(disk, "*")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(data, ".backup-*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(t.TempDir(), "whole.tar")
	if code, _, stderr := onramp(t, "", "backup", whole, "--data", data); code != 0 ||
		!strings.Contains(stderr, "not encrypted") {
		t.Fatal(code, stderr)
	}
	fill(t, filepath.Join(disk, "filler"))
	if err := os.Truncate(filepath.Join(disk, "filler"), 3<<20); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(disk, "data")
	code, _, stderr = onramp(t, "", "restore", whole, "--data", target, "--without-tombstones")
	if code != 1 || !strings.Contains(stderr, "free in") && !strings.Contains(stderr, "full") &&
		!strings.Contains(stderr, "no space") {
		t.Errorf("restored onto a full disk: %d %s", code, stderr)
	}
	if left, err := filepath.Glob(filepath.Join(target, "*")); err != nil || slices.ContainsFunc(left,
		func(path string) bool { return filepath.Ext(path) != ".serve" }) {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// TestRestoreKilled kills restores at different moments. The server refuses the folder until
// another restore has finished.
func TestRestoreKilled(t *testing.T) {
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "one.tar")
	startServe(t, data).stop()
	if code, _, stderr := onramp(t, "", "backup", file, "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	key, err := os.ReadFile(filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	interrupted := 0
	for round := range fromEnvironment("ONRAMP_TEST_KILLS", 4) {
		target := filepath.Join(dir, fmt.Sprint("target", round))
		args := []string{"restore", file, "--data", target, "--without-tombstones"}
		cmd := command(args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		staged := filepath.Join(target, "restoring")
		for _, err := os.Stat(staged); err != nil && cmd.ProcessState == nil; _, err = os.Stat(staged) {
			if _, err := os.Stat(filepath.Join(target, "onramp.db")); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(round%4) * 40 * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(filepath.Join(target, "onramp.db")); err != nil {
			interrupted++
			refusedStartSaying(t, target, "repeat onramp restore")
			if code, _, stderr := onramp(t, "", args...); code != 0 {
				t.Fatal(code, stderr)
			}
		}
		if err := os.WriteFile(filepath.Join(target, "master.key"), key, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, stderr := onramp(t, "", "audit", "verify", "--data", target); code != 0 {
			t.Error(code, out, stderr)
		}
		if _, err := os.Stat(staged); err == nil {
			t.Error("the folder restoring is left")
		}
	}
	if interrupted == 0 {
		t.Error("no restore was interrupted")
	}
}

// BenchmarkBackup backs up a database of ONRAMP_TEST_CUSTOMERS customers while 4 clients register
// others, and reports its rate and the slowest registrations.
func BenchmarkBackup(b *testing.B) {
	dir := b.TempDir()
	data := filepath.Join(dir, "data")
	s := startServe(b, data, "--limits", "off")
	app := s.login(s.demo().AppKey)
	var mu sync.Mutex
	took := []time.Duration{}
	register := func(until func() bool) {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for !until() {
					began := time.Now()
					a, err := call("POST", s.url+"/v3/customers", app, "{"+consented+"}")
					if err != nil || a.status != http.StatusCreated {
						b.Errorf("a registration: %+v, %v", a, err)
						return
					}
					mu.Lock()
					took = append(took, time.Since(began))
					mu.Unlock()
				}
			})
		}
		group.Wait()
	}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(took) }
	customers := fromEnvironment("ONRAMP_TEST_CUSTOMERS", 2000)
	register(func() bool { return count() >= customers })
	p99 := func() float64 {
		slices.Sort(took)
		return float64(took[len(took)*99/100].Microseconds()) / 1000
	}
	took = took[len(took)/2:] // the server is warm
	b.ReportMetric(p99(), "ms-p99-before")
	took = took[:0]
	var size int64
	b.ResetTimer()
	for i := range b.N {
		file := filepath.Join(dir, fmt.Sprint(i, ".tar"))
		done := make(chan struct{})
		go func() {
			defer close(done)
			if code, out, stderr := onramp(b, "", "backup", file, "--data", data); code != 0 {
				b.Error(code, stderr)
			} else {
				b.Log(out)
			}
		}()
		register(func() bool {
			select {
			case <-done:
				return true
			default:
				return false
			}
		})
		if info, err := os.Stat(file); err == nil {
			size += info.Size()
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(size)/1e6/b.Elapsed().Seconds(), "MB/s")
	b.ReportMetric(p99(), "ms-p99")
}
