package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/cmd/onramp/terminal"
)

// everything returns the contents of all files below the folder.
func everything(t *testing.T, folder string) (all []byte) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, content...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// refusedStart checks that serve refuses to start on the folder.
func refusedStart(t *testing.T, data, says string) {
	t.Helper()
	s := newServing(t, data)
	code, _, stderr := onramp(t, "", s.args...)
	if code != 1 || !strings.Contains(stderr, says) || !strings.Contains(stderr, "--fresh") {
		t.Errorf("serve ended with %d, not saying %q:\n%s", code, says, stderr)
	}
}

func TestFoundF10Lost(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	s.stop()
	move := func(name string) (back func()) {
		t.Helper()
		aside := filepath.Join(t.TempDir(), "aside")
		if err := os.Rename(filepath.Join(data, name), aside); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := os.Rename(aside, filepath.Join(data, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	back := move("onramp.db")
	refusedStart(t, data, "initialised")
	if _, err := os.Stat(filepath.Join(data, "onramp.db")); err == nil {
		t.Error("the refusal left a new database")
	}
	for _, command := range []string{"export", "doctor", "migrate", "vacuum"} {
		if code, _, stderr := onramp(t, "", command, "--data", data); code != 1 ||
			!strings.Contains(stderr, "initialised") {
			t.Errorf("%s with a lost database: %d %s", command, code, stderr)
		}
	}
	back()
	back = move("pki")
	refusedStart(t, data, filepath.Join("pki", "radius"))
	if code, out, _ := onramp(t, "", "doctor", "--data", data); code != 1 || !strings.Contains(out, "fail  signer") {
		t.Errorf("doctor without the PKI: %d\n%s", code, out)
	}
	back()
	back = move("pki/profile")
	refusedStart(t, data, filepath.Join("pki", "profile"))
	back()
	back = move("master.key")
	if code, _, stderr := onramp(t, "", newServing(t, data).args...); code != 1 ||
		!strings.Contains(stderr, "master key is missing") {
		t.Errorf("without the master key: %d %s", code, stderr)
	}
	back()
	s.start()
	s.stop()
	// With --fresh the organization trusts the new root.
	if err := os.RemoveAll(filepath.Join(data, "pki")); err != nil {
		t.Fatal(err)
	}
	s.args = append(s.args, "--fresh")
	s.start()
	s.stop()
	if code, out, _ := onramp(t, "", "export", "--data", data); code != 0 ||
		!strings.Contains(out, "BEGIN CERTIFICATE") {
		t.Errorf("export: %s", out)
	}
	root, err := os.ReadFile(filepath.Join(data, "pki", "radius", "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	_, out, _ := onramp(t, "", "export", "--data", data)
	if line := strings.Split(string(root), "\n")[3]; !strings.Contains(out, line) {
		t.Error("the organization still trusts the lost root")
	}
}

// ready waits until /readyz has the wanted status.
func (s *serving) ready(want int) {
	s.t.Helper()
	got := 0
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
		answer, err := http.Get("http://" + s.admin + "/readyz")
		if err == nil {
			answer.Body.Close()
			if got = answer.StatusCode; got == want {
				return
			}
		}
	}
	s.t.Fatalf("/readyz answers %d, not %d\n%s", got, want, s.output)
}

func TestFoundF10Removed(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	file := filepath.Join(data, "onramp.db")
	if err := os.Rename(file, file+".aside"); err != nil {
		t.Fatal(err)
	}
	s.ready(503)
	if err := os.Rename(file+".aside", file); err != nil {
		t.Fatal(err)
	}
	s.ready(200)
	// Overwrite every page except the first.
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, int(info.Size())-4096), 4096); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s.ready(503)
}

func TestFoundH2(t *testing.T) {
	if code, _, stderr := onramp(t, "", "key", "create", "--organization", "x"); code != 2 ||
		!strings.Contains(stderr, "--role is required: publicApp or") {
		t.Errorf("key create without --role: %d %s", code, stderr)
	}
	if code, _, stderr := onramp(t, "", "serve", "--log-format", "xml"); code != 2 ||
		!strings.Contains(stderr, "--log-format") {
		t.Errorf("an unknown log format: %d %s", code, stderr)
	}
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	code, out, stderr := onramp(t, "", "seed", "--data", data, "--organization", s.demo().OrganizationID, "--contacts",
		"2500")
	if code != 0 || !strings.Contains(out, "2500 contacts") || strings.Contains(stderr, "\r") ||
		strings.Count(stderr, "\n") > 2 {
		t.Errorf("seed: %d %q %q", code, out, stderr)
	}
	if line := terminal.Line(500, 2000, 10*time.Second); line != "500 of 2000 (25%), 50 a second, 30s left" {
		t.Error(line)
	}
}
