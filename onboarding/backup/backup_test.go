package backup

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"onramp/certs/durable"
	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
)

// site is a data folder with a deployment.
type site struct {
	*testkit.Venue
	folder *datafolder.Folder
}

func open(t *testing.T, path string) *datafolder.Folder {
	t.Helper()
	folder, err := datafolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// newSite returns a folder with a database of one customer, an AAA secret and a PKI.
func newSite(t *testing.T) *site {
	t.Helper()
	folder := open(t, filepath.Join(t.TempDir(), "data"))
	db, err := store.OpenSQLite(t.Context(), folder.Database(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	v := testkit.NewVenueOn(t, db)
	v.Deployment = testkit.Deploy(t, deployment.Config{Store: db, Now: v.Now, Tombstones: folder.Tombstones()})
	if _, err := v.Tombstones.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.AddCustomer(v.Here, "anna", "passwort-anna")
	if err := errors.Join(durable.Create(folder.Path("aaa.secret"), []byte("an AAA secret of the venue\n")),
		durable.CreateFolder(filepath.Join(folder.PKI(), "profile"),
			durable.File{Name: "signer.key", Content: []byte("key")},
			durable.File{Name: "root.pem", Content: []byte("root")})); err != nil {
		t.Fatal(err)
	}
	return &site{v, folder}
}

func (s *site) backup(file string, change ...func(*Config)) (*Created, error) {
	c := Config{Folder: s.folder, Database: s.folder.Database(), Sealer: testkit.Sealer(s), File: file,
		Version: "test", Clock: s.Now}
	for _, f := range change {
		f(&c)
	}
	return Create(s.Context(), c)
}

func source(t *testing.T, path string, identities ...age.Identity) Source {
	t.Helper()
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close() })
	return Source{from, identities}
}

// names returns the names in a folder, without lock files.
func names(t *testing.T, folder string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{".serve", ".backup", ".migrate"}, filepath.Ext(e.Name())) {
			all = append(all, e.Name())
		}
	}
	return all
}

// TestBackup writes an encrypted backup beside an open database, restores it elsewhere without a
// key, and opens the restored deployment.
func TestBackup(t *testing.T) {
	s := newSite(t)
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "one.age")
	encrypted := func(c *Config) { c.Recipients = []age.Recipient{identity.Recipient()} }
	done, err := s.backup(file, encrypted)
	if err != nil {
		t.Fatal(err)
	}
	if m := done.Manifest; !done.Encrypted || m.Rows["customers"] != 1 || m.MasterKeyID != testkit.Sealer(t).KeyID() ||
		!m.Created.Equal(s.Now()) {
		t.Errorf("created %+v %+v", done, m)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() != done.Size {
		t.Errorf("%v %v", info, err)
	}
	if left := names(t, s.folder.Path("")); slices.ContainsFunc(left, func(name string) bool {
		return strings.HasPrefix(name, workPrefix)
	}) || len(names(t, filepath.Dir(file))) != 1 {
		t.Errorf("left behind: %q", left)
	}
	if _, err := s.backup(file, encrypted); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second backup to the same file: %v", err)
	}
	if v, err := Verify(t.Context(), source(t, file, identity), testkit.Sealer(t), t.TempDir()); err != nil ||
		v.Sealed < 5 || !v.Encrypted {
		t.Errorf("verified %+v, %v", v, err)
	}
	wrong, err := onboarding.NewSealer(bytes.Repeat([]byte{7}, onboarding.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(t.Context(), source(t, file, identity), wrong, t.TempDir()); err == nil ||
		!strings.Contains(err.Error(), "sealed under") {
		t.Errorf("verified with another master key: %v", err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for want, identities := range map[string][]age.Identity{"--identity": nil, "other recipients": {other}} {
		if _, err := Verify(t.Context(), source(t, file, identities...), nil, t.TempDir()); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("without the key: %v, want %q", err, want)
		}
	}

	target := open(t, filepath.Join(t.TempDir(), "new"))
	restored, err := Restore(t.Context(), RestoreConfig{
		Folder: target, From: source(t, file, identity), Tombstones: s.folder.Tombstones(),
		By: onboarding.Actor{Kind: onboarding.ActorCommand, ID: "restore by test"}, Clock: s.Now,
	})
	if err != nil || restored.Manifest.Rows["customers"] != 1 {
		t.Fatal(restored, err)
	}
	if got := names(t, target.Path("")); !slices.Equal(got, []string{databaseName, restoredName}) {
		t.Errorf("after the restore: %q", got)
	}
	if err := PlaceFiles(target, wrong); err == nil {
		t.Error("another master key placed the files")
	}
	for range 2 { // it may be repeated
		if err := PlaceFiles(target, testkit.Sealer(t)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"aaa.secret", "pki/profile/root.pem", "pki/profile/signer.key"} {
		want, _ := os.ReadFile(s.folder.Path(name))
		if got, err := os.ReadFile(target.Path(name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	db, err := store.OpenSQLite(t.Context(), target.Database(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	d := testkit.Deploy(t, deployment.Config{Store: db, Now: s.Now})
	if err := errors.Join(RecordRestore(t.Context(), target, db, d.Audit), d.AuditLog.Chain(t.Context())); err != nil {
		t.Fatal(err)
	}
	rows, err := db.AuditRows(t.Context(), onboarding.AuditQuery{Limit: 100})
	if last := rows[len(rows)-1]; err != nil || last.Action != onboarding.AuditBackupRestored ||
		last.Actor.ID != "restore by test" {
		t.Errorf("the audit ends with %+v, %v", last, err)
	}
	if got := names(t, target.Path("")); slices.Contains(got, restoredName) {
		t.Errorf("after the record: %q", got)
	}
	if _, err := Restore(t.Context(), RestoreConfig{Folder: target, From: source(t, file, identity)}); err == nil ||
		!strings.Contains(err.Error(), "onramp.db exists") {
		t.Errorf("a restore over a database: %v", err)
	}
}

// TestVerifyOpensEverySealedValue damages one value of each place of sealed values in turn, which
// the drill of a backup finds.
func TestVerifyOpensEverySealedValue(t *testing.T) {
	s := newSite(t)
	testkit.FillSealed(t, s.Store, testkit.Sealer(t), 250) // more than a page
	if _, err := s.backup(filepath.Join(t.TempDir(), "good.tar")); err != nil {
		t.Fatal(err)
	}
	for _, place := range s.Store.SealedPlaces() {
		values := testkit.Must(s.Store.SealedValues(t.Context(), place, nil, 1000))(t)
		if len(values) == 0 {
			t.Errorf("%s: no value", place)
			continue
		}
		last := values[len(values)-1:]
		damaged := onboarding.Sealed{KeyID: last[0].KeyID, Box: bytes.Clone(last[0].Box)}
		damaged.Box[len(damaged.Box)-1] ^= 1
		replace := func(value []onboarding.SealedValue, by onboarding.Sealed) {
			if err := s.Store.Write(t.Context(), func(tx onboarding.Tx) error {
				n, err := tx.ReplaceSealed(t.Context(), value, []onboarding.Sealed{by})
				if n != 1 {
					t.Errorf("%s: %d values replaced", place, n)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		replace(last, damaged)
		file := filepath.Join(t.TempDir(), "one.tar")
		if _, err := s.backup(file); err == nil || !strings.Contains(err.Error(), "its drill failed: "+place) {
			t.Errorf("with a damaged value of %s: %v", place, err)
		}
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the backup was kept, %v", place, err)
		}
		right := last[0].Sealed
		last[0].Sealed = damaged
		replace(last, right)
	}
}

// TestPlaceFilesKeepsExisting restores into a folder whose PKI is another one.
func TestPlaceFilesKeepsExisting(t *testing.T) {
	s := newSite(t)
	files, err := sealFolder(s.folder, testkit.Sealer(t))
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	for _, name := range []string{"aaa.secret", "pki/profile/root.pem", "pki/profile/extra"} {
		other := open(t, t.TempDir())
		path := other.Path(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700),
			os.WriteFile(path, []byte("another"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := files.place(other, testkit.Sealer(t)); err == nil || !strings.Contains(err.Error(), "move") {
			t.Errorf("%s: %v", name, err)
		}
		if text, _ := os.ReadFile(path); string(text) != "another" {
			t.Errorf("%s was replaced", name)
		}
	}
}

// TestInterruptedRestore repeats a restore that was killed at each of its steps, and refuses to use
// the folder before.
func TestInterruptedRestore(t *testing.T) {
	s := newSite(t)
	file := filepath.Join(t.TempDir(), "one.tar")
	if _, err := s.backup(file); err != nil {
		t.Fatal(err)
	}
	for _, left := range [][]string{
		{restoringName + "/"}, {restoringName + "/" + databaseName},
		{restoringName + "/" + databaseName, restoringName + "/" + databaseName + "-wal", restoredName},
	} {
		folder := open(t, t.TempDir())
		for _, name := range left {
			path := folder.Path(name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "/") {
				continue
			}
			if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(folder.Path(restoringName), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := Unfinished(folder); err == nil || !strings.Contains(err.Error(), "repeat onramp restore") {
			t.Errorf("%q: %v", left, err)
		}
		if _, err := Restore(t.Context(), RestoreConfig{Folder: folder, From: source(t, file)}); err != nil {
			t.Errorf("%q: %v", left, err)
		}
		if err := Unfinished(folder); err != nil {
			t.Error(err)
		}
		if got := names(t, folder.Path("")); !slices.Equal(got, []string{databaseName, restoredName}) {
			t.Errorf("%q: %q", left, got)
		}
	}
	// Killed after the database has its name: the rest is deleted.
	folder := open(t, t.TempDir())
	if err := errors.Join(os.WriteFile(folder.Database(), []byte("x"), 0o600),
		os.Mkdir(folder.Path(restoringName), 0o700), Unfinished(folder)); err != nil {
		t.Fatal(err)
	}
	if got := names(t, folder.Path("")); !slices.Equal(got, []string{databaseName}) {
		t.Errorf("%q", got)
	}
}

// member is a member of a hostile archive.
type member struct {
	tar.Header
	content string
}

func archiveOf(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		if m.Typeflag == 0 {
			m.Typeflag = tar.TypeReg
		}
		if m.Size == 0 && m.Typeflag == tar.TypeReg {
			m.Size = int64(len(m.content))
		}
		if err := w.WriteHeader(&m.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.content); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Flush() // a member may be longer than its content
	b.Write(make([]byte, 1024))
	return b.Bytes()
}

// TestHostileArchives restores altered and made-up archives. Each is refused by its reason, and
// leaves neither a file in the folder nor one outside of it.
func TestHostileArchives(t *testing.T) {
	s := newSite(t)
	file := filepath.Join(t.TempDir(), "one.tar")
	if _, err := s.backup(file); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for reader := tar.NewReader(bytes.NewReader(good)); ; {
		h, err := reader.Next()
		if err != nil {
			break
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		content[h.Name] = string(text)
	}
	plain := func(name, content string) member { return member{tar.Header{Name: name, Mode: 0o600}, content} }
	manifest, database := plain(manifestName, content[manifestName]), plain(databaseName, content[databaseName])
	sealed := plain(sealedName, content[sealedName])
	changed := func(change func(m *Manifest)) member {
		m, err := parseManifest([]byte(content[manifestName]))
		if err != nil {
			t.Fatal(err)
		}
		change(m)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return plain(manifestName, string(text))
	}
	link := func(kind byte, name, to string) member {
		return member{tar.Header{Typeflag: kind, Name: name, Linkname: to}, ""}
	}
	flipped := bytes.Clone(good)
	flipped[len(good)/2] ^= 1
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"empty":              {nil, "incomplete or no backup"},
		"text":               {[]byte(strings.Repeat("no archive", 200)), "no tar archive"},
		"a database":         {[]byte(content[databaseName]), "no tar archive"},
		"cut in the data":    {good[:len(good)/2], "ends early"},
		"cut before sealed":  {archiveOf(t, manifest, database), "no sealed.json"},
		"manifest only":      {archiveOf(t, manifest), "no onramp.db"},
		"flipped":            {flipped, "altered or damaged"},
		"text after the end": {append(bytes.Clone(good), "more"...), "after the end"},
		"parent":             {archiveOf(t, plain("../manifest.json", "{}")), "no backup of onramp"},
		"absolute":           {archiveOf(t, manifest, plain("/etc/onramp.db", "x")), "no backup of onramp"},
		"symbolic link":      {archiveOf(t, manifest, link(tar.TypeSymlink, databaseName, "/etc/passwd")), "type '2'"},
		"hard link":          {archiveOf(t, manifest, link(tar.TypeLink, databaseName, manifestName)), "type '1'"},
		"folder":             {archiveOf(t, manifest, link(tar.TypeDir, databaseName, "")), "type '5'"},
		"duplicate":          {archiveOf(t, manifest, database, database, sealed), "in place of the file sealed.json"},
		"one more":           {archiveOf(t, manifest, database, sealed, plain("master.key", "x")), "unknown member"},
		"other order":        {archiveOf(t, database, manifest, sealed), "in place of the file manifest.json"},
		"other format": {archiveOf(t, changed(func(m *Manifest) { m.Format = 2 }), database, sealed),
			"format 2 is unknown"},
		"no JSON": {archiveOf(t, plain(manifestName, "{"), database, sealed), "no manifest"},
		"unknown name": {archiveOf(t, changed(func(m *Manifest) { m.Files[0].Name = "../../onramp.db" }), database,
			sealed), "files[0].name"},
		"huge": {archiveOf(t, changed(func(m *Manifest) { m.Files[0].Size = 1 << 45 }),
			member{tar.Header{Name: databaseName, Size: 1 << 45}, "x"}), "are free in"},
		"larger than said": {archiveOf(t, changed(func(m *Manifest) { m.Files[0].Size++ }), database, sealed),
			"the manifest says"},
		"large manifest": {archiveOf(t, member{tar.Header{Name: manifestName, Size: 2 << 20}, "x"}), "the limit is"},
		"other schema":   {archiveOf(t, changed(func(m *Manifest) { m.Schema-- }), database, sealed), "schema version"},
		"other rows": {archiveOf(t, changed(func(m *Manifest) { m.Rows["customers"]++ }), database, sealed),
			"numbers of rows"},
		"other sealed": {archiveOf(t, manifest, database, plain(sealedName, `{"aaa.secret":{}}`)),
			"altered or damaged"},
		"not encrypted": {nil, "not encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			folder := open(t, filepath.Join(parent, "data"))
			from := Source{Reader: io.NopCloser(bytes.NewReader(tt.file))}
			if name == "not encrypted" {
				identity, err := age.GenerateX25519Identity()
				if err != nil {
					t.Fatal(err)
				}
				from = Source{io.NopCloser(bytes.NewReader(good)), []age.Identity{identity}}
			}
			_, err := Restore(t.Context(), RestoreConfig{Folder: folder, From: from})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if got := append(names(t, folder.Path("")), names(t, parent)...); !slices.Equal(got, []string{"data"}) {
				t.Errorf("left behind: %q", got)
			}
		})
	}
	for _, name := range []string{
		"../aaa.secret", "master.key", "pki/../../x", "pki/a/b/c", "/etc/passwd", "pki/.ssh/x",
	} {
		if _, err := parseSealed(fmt.Appendf(nil, `{%q:{"keyId":"a","box":""}}`, name)); err == nil {
			t.Errorf("%s is allowed", name)
		}
	}
}

// TestEncryptedAlterations cuts and flips an encrypted backup at many places.
func TestEncryptedAlterations(t *testing.T) {
	s := newSite(t)
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "one.age")
	if _, err := s.backup(file, func(c *Config) { c.Recipients = []age.Recipient{identity.Recipient()} }); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(good, []byte("anna")) || bytes.Contains(good, []byte("SQLite")) {
		t.Error("the encrypted file holds clear text")
	}
	folder := open(t, t.TempDir())
	for i := range 40 {
		at := len(good) * i / 40
		flipped := bytes.Clone(good)
		flipped[at] ^= 1
		for _, altered := range [][]byte{good[:at], flipped, append(good[:len(good):len(good)], good[:i+1]...)} {
			from := Source{io.NopCloser(bytes.NewReader(altered)), []age.Identity{identity}}
			if _, err := Restore(t.Context(), RestoreConfig{Folder: folder, From: from}); err == nil {
				t.Fatalf("altered at %d: no error", at)
			}
		}
	}
	if got := names(t, folder.Path("")); len(got) > 0 {
		t.Errorf("left behind: %q", got)
	}
}

// TestSeries keeps the newest backups of a series and touches no other file.
func TestSeries(t *testing.T) {
	s := newSite(t)
	folder := t.TempDir()
	others := []string{
		"onramp-20261101T030000Z.age.txt", "other-20261101T030000Z.age", "onramp-20261301T030000Z.age", "onramp.age",
	}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "onramp-20261101T030001Z.age"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "onramp-{time}.age")
	var last *Created
	for i, keep := range []int{0, 2, 2, 2} {
		if i == 3 { // a clock that went back must not delete the new file
			s.Advance(-100 * time.Hour)
		}
		s.Advance(time.Hour)
		var err error
		if last, err = s.backup(file, func(c *Config) { c.Keep = keep }); err != nil {
			t.Fatal(err)
		}
	}
	want := append(slices.Clone(others), "onramp-20261101T030001Z.age", filepath.Base(last.File),
		"onramp-20261123T120000Z.age")
	slices.Sort(want)
	if got := names(t, folder); !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
	for path, want := range map[string]string{
		filepath.Join(folder, "x.age"): "{time}", "-": "no name", filepath.Join(folder, "{time}", "x"): "{time}",
		filepath.Join(folder, "none", "{time}"): "folder of the backup",
	} {
		_, err := s.backup(path, func(c *Config) { c.Keep = 1 })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// TestRecipients checks the forms of recipients, and that a private key is not accepted as one.
func TestRecipients(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	const ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN test"
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if all, err := ParseRecipients([]string{identity.Recipient().String(), ssh}); err != nil || len(all) != 2 {
		t.Error(all, err)
	}
	for text, want := range map[string]string{
		"age1": "no recipient", "": "no recipient", "ssh-ed25519 AAAA": "no SSH public key",
		identity.String(): "private key",
		identity.Recipient().String() + "\n" + identity.Recipient().String(): "no recipient",
	} {
		_, err := ParseRecipients([]string{text})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), identity.String()) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := newEncryption([]age.Recipient{identity.Recipient(), hybrid.Recipient()}); err == nil {
		t.Error("a mixture of recipients is accepted")
	}
	if e, err := newEncryption([]age.Recipient{hybrid.Recipient()}); err != nil || len(e.recipients) != 2 {
		t.Error(e, err)
	}
}
