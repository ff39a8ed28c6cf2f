package store

import (
	"path/filepath"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/storetest"
)

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
	s := openTestSQLite(t, filepath.Join(t.TempDir(), "onramp.db"), Options{QueueLength: length})
	storetest.RunFullQueue(t, s, length)
}

func TestSQLiteContract(t *testing.T) {
	var asked statements
	storetest.Run(t, func(t *testing.T) onboarding.Store {
		s := openTestSQLite(t, filepath.Join(t.TempDir(), "onramp.db"), Options{})
		t.Cleanup(func() { asked.collect(t, s) })
		return s
	})
	t.Run("Plans", asked.explainSQLite)
}
