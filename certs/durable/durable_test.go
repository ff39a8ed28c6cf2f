package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// tree returns the content of all files below a folder by their relative paths. A folder's path
// ends with a slash.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			found[name+"/"] = ""
			return nil
		}
		content, err := os.ReadFile(path)
		found[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantTree(t *testing.T, folder string, want map[string]string) {
	t.Helper()
	if got := tree(t, folder); !reflect.DeepEqual(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", filepath.Base(path), got, want)
	}
}

func put(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// recordSyncs returns a list of the synced paths, which grows during the test. A draft is listed
// as DRAFT. fail, if not nil, returns the error of a sync.
func recordSyncs(t *testing.T, fail func(name string) error) *[]string {
	t.Helper()
	var synced []string
	before := syncFile
	t.Cleanup(func() { syncFile = before })
	syncFile = func(f *os.File) error {
		name := filepath.Base(f.Name())
		if strings.HasPrefix(name, ".new-") {
			name = "DRAFT"
		}
		synced = append(synced, name)
		if fail != nil {
			if err := fail(name); err != nil {
				return err
			}
		}
		return f.Sync()
	}
	return &synced
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := MakeFolder(filepath.Join(dir, "sub")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "a"), "old", 0o644)
	synced := recordSyncs(t, nil)
	if err := Write(dir, File{"a", []byte("1")}, File{"sub/b", []byte("2")}); err != nil {
		t.Fatal(err)
	}
	wantTree(t, dir, map[string]string{"a": "1", "sub/": "", "sub/b": "2"})
	wantMode(t, filepath.Join(dir, "a"), 0o600)
	wantMode(t, filepath.Join(dir, "sub", "b"), 0o600)
	if want := []string{"DRAFT", "DRAFT", "dir", "sub"}; !reflect.DeepEqual(*synced, want) {
		t.Errorf("synced %q, want %q", *synced, want)
	}
}

// TestWriteChangesNothingOnFailure lets the draft of the second file fail.
func TestWriteChangesNothingOnFailure(t *testing.T) {
	full := errors.New("disk full")
	for name, test := range map[string]struct {
		second string
		fail   func(name string) error
		want   error
	}{
		"no folder":   {second: "none/b", want: fs.ErrNotExist},
		"sync failed": {second: "b", want: full},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "a"), "old", 0o600)
			drafts := 0
			recordSyncs(t, func(name string) error {
				if drafts++; drafts == 2 {
					return full
				}
				return nil
			})
			err := Write(dir, File{"a", []byte("1")}, File{test.second, []byte("2")})
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			wantTree(t, dir, map[string]string{"a": "old"})
		})
	}
}

// TestWriteReportsAnUnsyncedFolder verifies that a rename that may be lost is not a success.
func TestWriteReportsAnUnsyncedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := MakeFolder(dir); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("i/o error")
	recordSyncs(t, func(name string) error {
		if name == "dir" {
			return broken
		}
		return nil
	})
	if err := Write(dir, File{"a", nil}); !errors.Is(err, broken) {
		t.Errorf("Write: %v", err)
	}
	if err := Create(filepath.Join(dir, "b"), nil); !errors.Is(err, broken) {
		t.Errorf("Create: %v", err)
	}
	if err := CreateFolder(filepath.Join(dir, "c")); !errors.Is(err, broken) {
		t.Errorf("CreateFolder: %v", err)
	}
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	synced := recordSyncs(t, nil)
	if err := Create(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"DRAFT", filepath.Base(dir)}; !reflect.DeepEqual(*synced, want) {
		t.Errorf("synced %q, want %q", *synced, want)
	}
	if err := Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second call returned %v", err)
	}
	wantTree(t, dir, map[string]string{"a": "first"})
	wantMode(t, path, 0o600)
}

// TestOneOfManyCreates verifies that one of several concurrent calls succeeds and that readers
// never see a part of a file.
func TestOneOfManyCreates(t *testing.T) {
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "file"), filepath.Join(dir, "folder")
	content := strings.Repeat("x", 1<<16)
	var files, folders atomic.Int32
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			count := func(n *atomic.Int32, err error) {
				if err == nil {
					n.Add(1)
				} else if !errors.Is(err, fs.ErrExist) {
					t.Error(err)
				}
			}
			count(&files, Create(file, []byte(content)))
			count(&folders, CreateFolder(folder, File{"a", []byte(content)}, File{"b", nil}))
			for _, path := range []string{file, filepath.Join(folder, "a")} {
				if got, err := os.ReadFile(path); err != nil || string(got) != content {
					t.Errorf("%s: %d bytes, %v", path, len(got), err)
				}
			}
		})
	}
	group.Wait()
	if files.Load() != 1 || folders.Load() != 1 {
		t.Errorf("%d calls created the file, %d the folder, want 1 and 1", files.Load(), folders.Load())
	}
	wantTree(t, dir, map[string]string{"file": content, "folder/": "", "folder/a": content, "folder/b": ""})
}

func TestCreateFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "parent", "folder")
	synced := recordSyncs(t, nil)
	if err := CreateFolder(path, File{"a", []byte("1")}, File{"b", []byte("2")}); err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Base(dir), "a", "b", "DRAFT", "parent"}; !reflect.DeepEqual(*synced, want) {
		t.Errorf("synced %q, want %q", *synced, want)
	}
	want := map[string]string{"parent/": "", "parent/folder/": "", "parent/folder/a": "1", "parent/folder/b": "2"}
	wantTree(t, dir, want)
	wantMode(t, filepath.Join(dir, "parent"), 0o700)
	wantMode(t, path, 0o700)
	wantMode(t, filepath.Join(path, "a"), 0o600)

	if err := CreateFolder(path, File{"c", nil}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second call returned %v", err)
	}
	wantTree(t, dir, want)
}

func TestMakeFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	synced := recordSyncs(t, nil)
	for range 2 {
		if err := MakeFolder(filepath.Join(dir, "a", "b")); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a", filepath.Base(dir)}; !reflect.DeepEqual(*synced, want) {
		t.Errorf("synced %q, want %q", *synced, want)
	}
	wantMode(t, dir, 0o755)
	wantMode(t, filepath.Join(dir, "a"), 0o700)
	wantMode(t, filepath.Join(dir, "a", "b"), 0o700)

	put(t, filepath.Join(dir, "file"), "", 0o600)
	if err := MakeFolder(filepath.Join(dir, "file")); err == nil {
		t.Error("a file was accepted as a folder")
	}
}

func TestRemoveAbandoned(t *testing.T) {
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{
		".new-a-1": time.Hour, ".new-a-2": 0, ".new-other-1": time.Hour, ".a-1": time.Hour, "a": time.Hour,
	} {
		path := filepath.Join(dir, name)
		put(t, path, "", 0o600)
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	draft := filepath.Join(dir, ".new-b-1")
	if err := CreateFolder(draft, File{"key", nil}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(draft, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	RemoveAbandoned(dir, "a", "b")
	wantTree(t, dir, map[string]string{".new-a-2": "", ".new-other-1": "", ".a-1": "", "a": ""})
	RemoveAbandoned(filepath.Join(dir, "missing"), "a")
}

// TestDraftsAreRecognized verifies that RemoveAbandoned knows the names that the writers use.
func TestDraftsAreRecognized(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]bool{}
	before := syncFile
	t.Cleanup(func() { syncFile = before })
	syncFile = func(f *os.File) error {
		for _, name := range []string{"a", "b", "c"} {
			for path := f.Name(); path != dir && path != filepath.Dir(path); path = filepath.Dir(path) {
				seen[name] = seen[name] || isDraft(filepath.Base(path), []string{name})
			}
		}
		return f.Sync()
	}
	if err := errors.Join(Write(dir, File{"a", nil}), Create(filepath.Join(dir, "b"), nil),
		CreateFolder(filepath.Join(dir, "c"), File{"x", nil})); err != nil {
		t.Fatal(err)
	}
	if want := map[string]bool{"a": true, "b": true, "c": true}; !reflect.DeepEqual(seen, want) {
		t.Errorf("recognized %v, want %v", seen, want)
	}
}
