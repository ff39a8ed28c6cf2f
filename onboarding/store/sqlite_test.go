package store

import (
	"context"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/storetest"
	"onramp/onboarding/testkit/sqlite"
)

// newSQLite returns the path of a new database with the schema.
var newSQLite = sqlite.Template(func(path string) (*SQLite, error) {
	return OpenSQLite(context.Background(), path, Options{})
})

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
