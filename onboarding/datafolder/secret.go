package datafolder

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"onramp/certs"
	"onramp/certs/durable"
)

// ErrNoMasterKey is returned by MasterKeyFile.Create if the file is missing and must not be
// created.
var ErrNoMasterKey = errors.New("the master key is missing, and the database holds secrets sealed with it: " +
	"restore the file, or give --master-key-file")

// MasterKeyFile is the file with the master keys, one of 64 hex digits in each line.
type MasterKeyFile struct {
	folder *Folder
	path   string
	given  bool // as a file of its own, which Onramp does not create
}

// MasterKeyFile returns the given file, or that of the folder if file is empty.
func (f *Folder) MasterKeyFile(file string) *MasterKeyFile {
	if file == "" {
		return &MasterKeyFile{folder: f, path: f.Path(masterKeyFile)}
	}
	return &MasterKeyFile{folder: f, path: file, given: true}
}

// Create creates the file with a random key if it is missing in the folder and mayCreate returns
// true; otherwise it returns ErrNoMasterKey.
func (k *MasterKeyFile) Create(mayCreate func() (bool, error)) error {
	if k.given {
		return nil
	}
	if _, err := os.Stat(k.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	may, err := mayCreate()
	if err != nil {
		return err
	}
	if !may {
		return ErrNoMasterKey
	}
	_, err = k.folder.secret(masterKeyFile)
	return err
}

// Path returns the path of the file.
func (k *MasterKeyFile) Path() string { return k.path }

// Read returns the keys, at least one, each of 32 bytes. Empty lines are ignored.
func (k *MasterKeyFile) Read() ([][]byte, error) {
	text, err := os.ReadFile(k.path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	var keys [][]byte
	number := 0
	for line := range strings.Lines(string(certs.Line(text))) {
		number++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, err := hex.DecodeString(line)
		if err != nil || len(key) != 32 {
			return nil, fmt.Errorf("master key: line %d of %s does not hold 64 hex digits", number, k.path)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("master key: %s does not hold 64 hex digits", k.path)
	}
	return keys, nil
}

// Write replaces the file. If its path is a symbolic link, the target is replaced.
func (k *MasterKeyFile) Write(keys [][]byte) error {
	path, err := filepath.EvalSymlinks(k.path)
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	var text strings.Builder
	for _, key := range keys {
		text.WriteString(hex.EncodeToString(key) + "\n")
	}
	if err := durable.Write(filepath.Dir(path), durable.File{
		Name: filepath.Base(path), Content: []byte(text.String()),
	}); err != nil {
		return fmt.Errorf("master key file: %w", err)
	}
	return nil
}

// AAASecretFile is the file with the secrets for FreeRADIUS's REST calls, one in each line.
type AAASecretFile struct {
	folder *Folder
	path   string
	given  bool // as a file of its own, which Onramp does not create
}

// AAASecretFile returns the given file, or that of the folder if file is empty.
func (f *Folder) AAASecretFile(file string) *AAASecretFile {
	if file == "" {
		return &AAASecretFile{folder: f, path: f.Path(aaaSecretFile)}
	}
	return &AAASecretFile{folder: f, path: file, given: true}
}

// Create creates the file with a random secret if it is missing in the folder.
func (a *AAASecretFile) Create() error {
	if a.given {
		return nil
	}
	if _, err := a.folder.secret(aaaSecretFile); err != nil {
		return fmt.Errorf("AAA secret: %w", err)
	}
	return nil
}

// Path returns the path of the file.
func (a *AAASecretFile) Path() string { return a.path }

// maxAAASecrets is the largest number of secrets in a file.
const maxAAASecrets = 16

// Read returns the secrets, at least one. Empty lines are ignored.
func (a *AAASecretFile) Read() ([]string, error) {
	text, err := os.ReadFile(a.path)
	if err != nil {
		return nil, fmt.Errorf("AAA secret: %w", err)
	}
	var secrets []string
	number := 0
	for line := range strings.Lines(string(certs.Line(text))) {
		number++
		secret := strings.TrimSpace(line)
		if secret == "" {
			continue
		}
		if len(secret) < 16 || strings.ContainsFunc(secret, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
			return nil, fmt.Errorf("AAA secret: line %d of %s must have at least 16 printable ASCII characters and "+
				"no spaces", number, a.path)
		}
		secrets = append(secrets, secret)
	}
	if len(secrets) == 0 || len(secrets) > maxAAASecrets {
		return nil, fmt.Errorf("AAA secret: %s must have 1 to %d lines", a.path, maxAAASecrets)
	}
	return secrets, nil
}

// Secrets returns the paths of the files that hold secrets, including those that
// do not exist.
func (f *Folder) Secrets() []string {
	return []string{f.Path(masterKeyFile), f.Path(aaaSecretFile), f.Path(demoFile), f.Database()}
}

// secret returns the content of a secret file, and creates the file with 64 random
// hex digits if it is missing.
func (f *Folder) secret(name string) ([]byte, error) {
	path := f.Path(name)
	text, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh)
	err = durable.Create(path, []byte(hex.EncodeToString(fresh)+"\n"))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}
