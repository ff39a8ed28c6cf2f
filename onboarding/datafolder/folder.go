// Package datafolder keeps the few files that must not be in the database: the master key, the secret that FreeRADIUS
// shows us, the development PKI's place and demo.json. The folder is 0700 and every file in it 0600.
//
// A secret file is made whole or not at all: it is written aside, synced, and then linked to its name, so of two processes
// that start at once both read the same one, and a kill leaves no half file.
package datafolder

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"onramp/certs"
)

// Folder is a data folder that exists.
type Folder struct{ path string }

// Open makes the folder if it is missing and returns it with an absolute path. An empty one that was made for us, a mounted volume perhaps, is
// closed to others where we may close it; one that holds anything stays as its owner wants it.
func Open(path string) (*Folder, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	f := &Folder{path: abs}
	if entries, err := os.ReadDir(abs); err == nil && len(entries) == 0 {
		_ = os.Chmod(abs, 0o700)
	} else {
		f.removeAbandoned(entries)
	}
	return f, nil
}

// Path is the absolute path of name in the folder; of the folder itself when name is empty.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Database is where the SQLite file lies.
func (f *Folder) Database() string { return f.Path("onramp.db") }

// PKI is where the development PKI lies.
func (f *Folder) PKI() string { return f.Path("pki") }

// The files of the folder.
const (
	masterKeyFile = "master.key"
	aaaSecretFile = "aaa.secret"
	demoFile      = "demo.json"
	markerFile    = "initialised"
)

// ErrNoMasterKey is returned by MasterKey when there is none and none may be made.
var ErrNoMasterKey = errors.New("the master key is missing, and the database holds secrets sealed under it: restore the file, or give --master-key-file")

// MasterKey reads the master key (64 hex digits) from file, or from the folder when file is empty. In the folder, and
// only there, a missing one is made if mayMake allows it.
func (f *Folder) MasterKey(file string, mayMake func() (bool, error)) ([]byte, error) {
	path := file
	if path == "" {
		path = f.Path(masterKeyFile)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && file == "" {
		may, err := mayMake()
		if err != nil {
			return nil, err
		}
		if !may {
			return nil, ErrNoMasterKey
		}
		text, err = f.secret(masterKeyFile)
		if err != nil {
			return nil, err
		}
		return decodeKey(path, text)
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return decodeKey(path, text)
}

func decodeKey(path string, text []byte) ([]byte, error) {
	key, err := hex.DecodeString(string(certs.Line(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("master key: %s does not hold 64 hex digits", path)
	}
	return key, nil
}

// AAASecret reads the secret that FreeRADIUS shows, from file or from the folder, where a missing one is made.
func (f *Folder) AAASecret(file string) (string, error) {
	var text []byte
	var err error
	if file == "" {
		text, err = f.secret(aaaSecretFile)
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return "", fmt.Errorf("AAA secret: %w", err)
	}
	secret := string(certs.Line(text))
	if len(secret) < 16 || strings.ContainsFunc(secret, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		return "", errors.New("AAA secret: at least 16 printable ASCII characters without blanks are needed")
	}
	return secret, nil
}

// secret returns the content of name, 64 random hex digits made on the first call of any process.
func (f *Folder) secret(name string) ([]byte, error) {
	path := f.Path(name)
	text, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh)
	if err := f.place(name, []byte(hex.EncodeToString(fresh)+"\n"), os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

// removeAbandoned deletes what place had written aside for a process that was killed. A file in the making is seconds old.
func (f *Folder) removeAbandoned(entries []fs.DirEntry) {
	for _, entry := range entries {
		ours := slices.ContainsFunc([]string{masterKeyFile, aaaSecretFile, demoFile, markerFile}, func(name string) bool {
			return strings.HasPrefix(entry.Name(), "."+name+"-")
		})
		if !ours {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > 10*time.Minute {
			_ = os.Remove(f.Path(entry.Name()))
		}
	}
}

// place writes a file aside, syncs it, and brings it to its name by link (which keeps what is there) or rename.
func (f *Folder) place(name string, content []byte, bring func(old, new string) error) error {
	temp, err := os.CreateTemp(f.path, "."+name+"-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err == nil {
		err = temp.Sync()
	}
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = bring(temp.Name(), f.Path(name))
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Demo is demo.json: what somebody needs to try the demo organization.
type Demo struct {
	OrganizationID string  `json:"organizationId"`
	LocationID     string  `json:"locationId"`
	PortalURL      string  `json:"portalUrl"`
	ManagerKey     DemoKey `json:"managerKey"`
	AppKey         DemoKey `json:"appKey"`
	AAASecret      string  `json:"aaaSecret"`
	ProfileRoot    string  `json:"profileRoot"`
	RADIUSRoot     string  `json:"radiusRoot"`
}

// DemoKey is a client key with its secret.
type DemoKey struct {
	ClientKey    string `json:"clientKey"`
	ClientSecret string `json:"clientSecret"`
}

// WriteDemo writes demo.json, replacing one that is there.
func (f *Folder) WriteDemo(d *Demo) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	if err := f.place(demoFile, append(text, '\n'), os.Rename); err != nil {
		return fmt.Errorf("demo.json: %w", err)
	}
	return nil
}

// ReadDemo reads demo.json; nil if there is none.
func (f *Folder) ReadDemo() (*Demo, error) {
	text, err := os.ReadFile(f.Path(demoFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var d Demo
	if err := json.Unmarshal(certs.Text(text), &d); err != nil {
		return nil, fmt.Errorf("demo.json: %w", err)
	}
	return &d, nil
}
