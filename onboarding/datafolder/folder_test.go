package datafolder

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"onramp/onboarding/testkit"
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

// masterKey creates the file if mayCreate allows it, and returns its first key.
func masterKey(f *Folder, file string, mayCreate func() (bool, error)) ([]byte, error) {
	k := f.MasterKeyFile(file)
	if err := k.Create(mayCreate); err != nil {
		return nil, err
	}
	keys, err := k.Read()
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// TestMasterKeyFileHasSeveralLines checks that the keys keep their order, and that a broken line is
// named and not shown.
func TestMasterKeyFileHasSeveralLines(t *testing.T) {
	f := open(t)
	a, b := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	target := f.Path("target")
	text := hex.EncodeToString(a) + "\r\n\n  " + hex.EncodeToString(b) + "\n"
	if err := os.WriteFile(target, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", f.Path("link")); err != nil {
		t.Fatal(err)
	}
	k := f.MasterKeyFile(f.Path("link"))
	if keys, err := k.Read(); err != nil || !slices.EqualFunc(keys, [][]byte{a, b}, bytes.Equal) {
		t.Errorf("read %x, %v", keys, err)
	}
	if err := k.Write([][]byte{b, a}); err != nil {
		t.Fatal(err)
	}
	if keys, err := k.Read(); err != nil || !slices.EqualFunc(keys, [][]byte{b, a}, bytes.Equal) {
		t.Errorf("read after Write: %x, %v", keys, err)
	}
	if info, err := os.Lstat(target); err != nil || info.Mode() != 0o600 {
		t.Errorf("the target of the link: %v, %v", info, err)
	}
	if info, err := os.Lstat(f.Path("link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link: %v, %v", info, err)
	}
	secret := hex.EncodeToString(a)[1:]
	if err := os.WriteFile(target, []byte(hex.EncodeToString(b)+"\n"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := k.Read()
	if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a broken line: %v", err)
	}
}

func TestMasterKeyIsMadeOnceByAnyNumberOfProcesses(t *testing.T) {
	f := open(t)
	keys := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := masterKey(f, "", yes)
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
	_, err := masterKey(f, "", func() (bool, error) { return false, nil })
	if !errors.Is(err, ErrNoMasterKey) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(f.Path(masterKeyFile)); err == nil {
		t.Fatal("a key was made all the same")
	}
}

func TestNamedFilesMustBeGood(t *testing.T) {
	f := open(t)
	if _, err := masterKey(f, f.Path("absent"), yes); err == nil {
		t.Error("a named key file that is missing was made")
	}
	bad := f.Path("bad")
	if err := os.WriteFile(bad, []byte("zz"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := masterKey(f, bad, yes); err == nil || strings.Contains(err.Error(), "zz") {
		t.Errorf("got %v", err)
	}
	if _, err := f.AAASecretFile(bad).Read(); err == nil {
		t.Error("a short AAA secret was taken")
	}
}

func TestAAASecretStays(t *testing.T) {
	f := open(t)
	file := f.AAASecretFile("")
	var read [2][]string
	for i := range read {
		if err := file.Create(); err != nil {
			t.Fatal(err)
		}
		read[i] = testkit.Must(file.Read())(t)
	}
	if len(read[0]) != 1 || len(read[0][0]) != 64 || !slices.Equal(read[0], read[1]) {
		t.Errorf("%q, then %q", read[0], read[1])
	}
}

// TestAAASecretLines reads several secrets from a file, and refuses it if one of them is bad.
func TestAAASecretLines(t *testing.T) {
	const first, second = "first-AAA-secret", "second-AAA-secret"
	f := open(t)
	for text, want := range map[string][]string{
		first + "\n" + second + "\n":                   {first, second},
		"\n\n " + first + " \r\n\t" + second:           {first, second},
		first + "\n" + strings.Repeat(second+"\n", 16): nil,
		first + "\nshort\n":                            nil,
		first + " " + second:                           nil,
		"\n \n":                                        nil,
		"":                                             nil,
	} {
		if err := os.WriteFile(f.Path("secrets"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := f.AAASecretFile(f.Path("secrets")).Read()
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), first) || strings.Contains(err.Error(), second)) {
			t.Errorf("%q: the error shows a secret: %v", text, err)
		}
	}
	if _, err := f.AAASecretFile("").Read(); err == nil {
		t.Error("a missing file was read")
	}
}

func TestOpenClosesAnEmptyFolder(t *testing.T) {
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	for _, c := range []struct {
		holds string
		want  os.FileMode
	}{{"", 0o700}, {"somebody else's", 0o755}} {
		path := t.TempDir()
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if c.holds != "" {
			if err := os.WriteFile(filepath.Join(path, c.holds), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(path); err != nil {
			t.Fatal(err)
		}
		if got := mode(path); got != c.want {
			t.Errorf("a folder that holds %q has mode %v, not %v", c.holds, got, c.want)
		}
	}
}

func TestOpenRemovesWhatAKilledProcessLeft(t *testing.T) {
	f := open(t)
	names := map[string]bool{
		".new-master.key-1": false, ".new-demo.json-2": false, ".new-initialised-3": false,
		".new-aaa.secret-young": true, ".new-other-4": true, ".other-5": true, "onramp.db": true,
	}
	for name := range names {
		if err := os.WriteFile(f.Path(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age := time.Hour
		if strings.HasSuffix(name, "young") {
			age = 0
		}
		if err := os.Chtimes(f.Path(name), time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(f.Path("")); err != nil {
		t.Fatal(err)
	}
	for name, stays := range names {
		if _, err := os.Lstat(f.Path(name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
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

// TestFoundC1Secrets reads secrets in the encodings and line ends that editors and other systems
// write.
func TestFoundC1Secrets(t *testing.T) {
	f := open(t)
	const secret = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	wide := func(order binary.AppendByteOrder) string {
		out := order.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(secret + "\r\n")) {
			out = order.AppendUint16(out, unit)
		}
		return string(out)
	}
	for name, text := range map[string]string{
		"plain": secret, "line break": secret + "\n", "byte order mark": "\ufeff" + secret,
		"CRLF": secret + "\r\n", "UTF-16LE": wide(binary.LittleEndian), "UTF-16BE": wide(binary.BigEndian),
		"trailing blanks": secret + " \t \n\n", "leading blanks": "\n  " + secret,
		"all": "\ufeff \r\n" + secret + " \r\n\r\n",
	} {
		path := f.Path(name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := f.AAASecretFile(path).Read(); !slices.Equal(got, []string{secret}) || err != nil {
			t.Errorf("%s: the AAA secret is %q, %v", name, got, err)
		}
		if key, err := masterKey(f, path, yes); hex.EncodeToString(key) != secret || err != nil {
			t.Errorf("%s: the master key is %x, %v", name, key, err)
		}
		if err := os.Rename(path, f.Path(masterKeyFile)); err != nil {
			t.Fatal(err)
		}
		if key, err := masterKey(f, "", yes); hex.EncodeToString(key) != secret || err != nil {
			t.Errorf("%s: the folder's master key is %x, %v", name, key, err)
		}
	}
}
