package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestCopySQLite copies a database while another connection writes, and finds every row in the copy
// that was acknowledged before the copy began.
func TestCopySQLite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a b?c#d%20é.db")
	s := openTestSQLite(t, path, Options{})
	put := func(name, value string) {
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(t.Context(), name, value)
		}); err != nil {
			t.Error(err)
		}
	}
	var acknowledged, slowest atomic.Int64
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := int64(1); ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			began := time.Now()
			put(fmt.Sprintf("n%09d", n), strings.Repeat("x", 2000))
			slowest.Store(max(slowest.Load(), int64(time.Since(began))))
			acknowledged.Store(n)
		}
	}()
	defer func() { <-ended }()
	defer close(stop)
	for round := range 3 {
		for acknowledged.Load() < int64(100*(round+1)) {
			time.Sleep(time.Millisecond)
		}
		before := acknowledged.Load()
		to := filepath.Join(folder, fmt.Sprintf("copy %d.db", round))
		if err := CopySQLite(t.Context(), path, to); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(to)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", info, err)
		}
		if err := CheckSQLite(t.Context(), to); err != nil {
			t.Error(err)
		}
		if version, err := SQLiteVersion(t.Context(), to); err != nil || version != newest("sqlite") {
			t.Errorf("schema version %d, %v", version, err)
		}
		if size, err := SQLiteSize(t.Context(), to); err != nil || size != info.Size() {
			t.Errorf("size %d, not %d, %v", size, info.Size(), err)
		}
		copied := openTestSQLite(t, to, Options{})
		if _, err := copied.Setting(t.Context(), fmt.Sprintf("n%09d", before)); err != nil {
			t.Errorf("row %d, acknowledged before the copy: %v", before, err)
		}
		copied.Close()
	}
	t.Logf("slowest write during three copies: %v", time.Duration(slowest.Load()))
}

func TestCopySQLiteHasNoRemains(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onramp.db")
	s := openTestSQLite(t, path, Options{})
	put := func(value string) {
		if err := s.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(t.Context(), "a", value)
		}); err != nil {
			t.Fatal(err)
		}
	}
	put("secret of a person" + strings.Repeat("x", 10000))
	put("short")
	if err := CopySQLite(t.Context(), path, path+".copy"); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path + ".copy")
	if err != nil || bytes.Contains(content, []byte("secret of a person")) {
		t.Errorf("the copy holds a replaced value: %v", err)
	}
}

func TestCopySQLiteFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "onramp.db")
	if err := CopySQLite(t.Context(), path, path+".copy"); err == nil {
		t.Error("a missing database was copied")
	}
	openTestSQLite(t, path, Options{}).Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := CopySQLite(ended, path, path+".other"); err == nil {
		t.Error("copied after the end of the context")
	}
	if err := os.WriteFile(path+".taken", []byte("anything"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CopySQLite(t.Context(), path, path+".taken"); err == nil {
		t.Error("a file that is no empty one was replaced")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(content) / 2; i < len(content); i += 512 {
		content[i] ^= 0x55
	}
	if err := os.WriteFile(path+".damaged", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckSQLite(t.Context(), path+".damaged"); err == nil {
		t.Error("no damage was found")
	}
}
