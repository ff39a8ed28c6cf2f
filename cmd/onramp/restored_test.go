package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
