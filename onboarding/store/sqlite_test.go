package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/storetest"
)

// sqliteTemplate is the content of a new database, which newSQLite copies: sooner done than
// migrating.
var sqliteTemplate = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "onramp-template-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "onramp.db")
	s, err := OpenSQLite(context.Background(), path, Options{})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// newSQLite returns the path of a new database with the schema.
func newSQLite(t testing.TB) string {
	t.Helper()
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "onramp.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openTestSQLite(t testing.TB, path string, opts Options) *SQLite {
	t.Helper()
	s, err := OpenSQLite(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSQLiteFullQueue(t *testing.T) {
	const length = 1024
	s := openTestSQLite(t, newSQLite(t), Options{QueueLength: length})
	storetest.RunFullQueue(t, s, length)
}

func TestSQLiteContract(t *testing.T) {
	var asked statements
	storetest.Run(t, func(t *testing.T) onboarding.Store {
		s := openTestSQLite(t, newSQLite(t), Options{})
		t.Cleanup(func() { asked.collect(t, s) })
		return s
	})
	t.Run("Plans", asked.explainSQLite)
}
