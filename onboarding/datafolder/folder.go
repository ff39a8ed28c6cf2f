// Package datafolder manages the files that must not be in the database: the
// master key, the shared secret for FreeRADIUS's REST calls, the development PKI,
// demo.json, a marker that detects a lost database, and the log of deletions.
//
// A new folder has mode 0700 and each file 0600. Files are written with package
// durable: a reader never sees a part of a file, and of two processes that create
// a secret at the same time, both use the same one.
package datafolder

import (
	"fmt"
	"os"
	"path/filepath"

	"onramp/certs/durable"
)

// The names of the files.
const (
	masterKeyFile  = "master.key"
	aaaSecretFile  = "aaa.secret"
	demoFile       = "demo.json"
	markerFile     = "initialised"
	tombstonesFile = "tombstones"
)

// Folder is an existing data folder.
type Folder struct{ path string }

// Open returns the data folder at path and creates it if it is missing. An empty
// folder, such as a mounted volume, gets mode 0700 if possible; the mode of any
// other folder is unchanged. Open deletes temporary files of killed processes.
func Open(path string) (*Folder, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := durable.MakeFolder(abs); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if entries, err := os.ReadDir(abs); err == nil && len(entries) == 0 {
		_ = os.Chmod(abs, 0o700)
	}
	durable.RemoveAbandoned(abs, masterKeyFile, aaaSecretFile, demoFile, markerFile, tombstonesFile)
	return &Folder{path: abs}, nil
}

// Path returns the absolute path of a file in the folder, or of the folder itself
// if name is empty.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Database returns the path of the SQLite database.
func (f *Folder) Database() string { return f.Path("onramp.db") }

// Tombstones returns the path of the log of deletions.
func (f *Folder) Tombstones() string { return f.Path(tombstonesFile) }

// PKI returns the path of the development PKI's folder.
func (f *Folder) PKI() string { return f.Path("pki") }
