package datafolder

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T) *Folder {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func yes() (bool, error) { return true, nil }

func TestMasterKeyIsMadeOnceByAnyNumberOfProcesses(t *testing.T) {
	f := open(t)
	keys := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := f.MasterKey("", yes)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	wg.Wait()
	for _, k := range keys {
		if !bytes.Equal(k, keys[0]) || len(k) != 32 {
			t.Fatal("two starts have two master keys")
		}
	}
	info, err := os.Stat(f.Path(masterKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("master key file: %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(f.Path("")); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	dir, _ := os.Stat(f.Path(""))
	if dir.Mode().Perm() != 0o700 {
		t.Errorf("folder mode %v", dir.Mode())
	}
}

func TestMasterKeyIsNotMadeOverSealedData(t *testing.T) {
	f := open(t)
	_, err := f.MasterKey("", func() (bool, error) { return false, nil })
	if !errors.Is(err, ErrNoMasterKey) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(f.Path(masterKeyFile)); err == nil {
		t.Fatal("a key was made all the same")
	}
}

func TestNamedFilesMustBeGood(t *testing.T) {
	f := open(t)
	if _, err := f.MasterKey(f.Path("absent"), yes); err == nil {
		t.Error("a named key file that is missing was made")
	}
	bad := f.Path("bad")
	if err := os.WriteFile(bad, []byte("zz"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.MasterKey(bad, yes); err == nil || strings.Contains(err.Error(), "zz") {
		t.Errorf("got %v", err)
	}
	if _, err := f.AAASecret(bad); err == nil {
		t.Error("a short AAA secret was taken")
	}
}

func TestAAASecretStays(t *testing.T) {
	f := open(t)
	a, err := f.AAASecret("")
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.AAASecret("")
	if err != nil || a != b || len(a) != 64 {
		t.Errorf("%d characters, equal %v, %v", len(a), a == b, err)
	}
}

func TestDemoRoundTrip(t *testing.T) {
	f := open(t)
	if d, err := f.ReadDemo(); d != nil || err != nil {
		t.Fatalf("%v %v", d, err)
	}
	want := &Demo{OrganizationID: "a", AppKey: DemoKey{"k", "s"}}
	if err := f.WriteDemo(want); err != nil {
		t.Fatal(err)
	}
	got, err := f.ReadDemo()
	if err != nil || *got != *want {
		t.Errorf("%+v %v", got, err)
	}
}
