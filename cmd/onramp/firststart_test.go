package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestReadyWithDemo checks that demo.json with working keys exists once the first start is ready.
func TestReadyWithDemo(t *testing.T) {
	s := newServing(t, filepath.Join(t.TempDir(), "data"))
	s.launch()
	t.Cleanup(s.kill)
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("serve is not ready:\n%s", s.output)
		}
		answer, err := http.Get("http://" + s.admin + "/readyz")
		if err != nil {
			continue
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			break
		}
	}
	demo := s.demo()
	s.login(demo.AppKey)
	s.login(demo.ManagerKey)
}

// TestKilledAtFirstStart checks that the server starts after its first start was killed at any
// moment.
func TestKilledAtFirstStart(t *testing.T) {
	folder := t.TempDir()
	for round := range 3 {
		s := newServing(t, filepath.Join(folder, string(rune('a'+round))))
		for kill := range 6 {
			s.launch()
			time.Sleep(time.Duration(kill*30+round*10) * time.Millisecond)
			s.kill()
		}
		s.start()
		demo := s.demo()
		s.login(demo.AppKey)
		s.login(demo.ManagerKey)
		err := filepath.WalkDir(s.data, func(path string, entry os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		s.kill()
	}
}
