package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestDraft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	begin := func(content string) *Draft {
		d, err := NewDraft(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.WriteString(content); err != nil {
			t.Fatal(err)
		}
		return d
	}
	begin("never").Discard()
	wantTree(t, dir, map[string]string{})
	synced := recordSyncs(t, nil)
	first, second := begin("first"), begin("second")
	if err := first.Commit(); err != nil {
		t.Fatal(err)
	}
	if len(*synced) != 2 || (*synced)[0] != "DRAFT" || (*synced)[1] != filepath.Base(dir) {
		t.Errorf("synced %q", *synced)
	}
	if err := second.Commit(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second file of the name: %v", err)
	}
	first.Discard()
	wantTree(t, dir, map[string]string{"a": "first"})
	wantMode(t, path, 0o600)
	for range 2 {
		if err := Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	wantTree(t, dir, map[string]string{})
}

// TestDraftIsGoneAfterFailure lets the sync of the content fail, as a full disk may.
func TestDraftIsGoneAfterFailure(t *testing.T) {
	dir := t.TempDir()
	d, err := NewDraft(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	recordSyncs(t, func(string) error { return full })
	if err := d.Commit(); !errors.Is(err, full) {
		t.Errorf("Commit: %v", err)
	}
	wantTree(t, dir, map[string]string{})
}

func TestPlace(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	put(t, from, "new", 0o600)
	put(t, to, "old", 0o600)
	if err := Place(from, to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Place over a file: %v", err)
	}
	wantTree(t, dir, map[string]string{"from": "new", "to": "old"})
	if err := os.Remove(to); err != nil {
		t.Fatal(err)
	}
	if err := Place(from, to); err != nil {
		t.Fatal(err)
	}
	wantTree(t, dir, map[string]string{"to": "new"})
}
