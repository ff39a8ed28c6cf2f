// Package sqlite makes SQLite databases for tests. It copies one that is migrated once for each
// process, and knows no package of the store, so that the store's own tests use it too.
package sqlite

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Template returns a function that copies a database for a test and returns the copy's path. Open
// makes the database, once for each process: to migrate one takes a second with the race detector.
func Template[DB io.Closer](open func(path string) (DB, error)) func(t testing.TB) string {
	content := sync.OnceValues(func() (content []byte, err error) {
		folder, err := os.MkdirTemp("", "onramp-template-")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		path := filepath.Join(folder, "onramp.db")
		db, err := open(path)
		if err != nil {
			return nil, err
		}
		if err := db.Close(); err != nil { // which leaves everything in the one file
			return nil, err
		}
		return os.ReadFile(path)
	})
	return func(t testing.TB) string {
		t.Helper()
		database, err := content()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "onramp.db")
		if err := os.WriteFile(path, database, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
}
