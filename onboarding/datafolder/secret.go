package datafolder

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"onramp/certs"
	"onramp/certs/durable"
)

// ErrNoMasterKey is returned by MasterKey if the file is missing and must not be
// created.
var ErrNoMasterKey = errors.New("the master key is missing, and the database holds secrets sealed with it: " +
	"restore the file, or give --master-key-file")

// MasterKey returns the master key, 32 bytes. It reads 64 hex digits from file, or
// from the folder if file is empty. If the folder has no master key, MasterKey
// calls mayCreate and creates a random key if it returns true; otherwise it
// returns ErrNoMasterKey.
func (f *Folder) MasterKey(file string, mayCreate func() (bool, error)) ([]byte, error) {
	path := file
	if path == "" {
		path = f.Path(masterKeyFile)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && file == "" {
		may, err := mayCreate()
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

// AAASecret returns the shared secret for FreeRADIUS's REST calls. It reads the
// secret from file, or from the folder if file is empty, where a missing one is
// created.
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
		return "", errors.New("AAA secret: must have at least 16 printable ASCII characters and no spaces")
	}
	return secret, nil
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
