package testkit

import (
	"context"
	"onramp/onboarding"
	"onramp/onboarding/store"
	"onramp/onboarding/storetest"
	"path/filepath"
	"testing"
)

// OpenStore opens a new database that is closed at the end of the test.
func OpenStore(t testing.TB) onboarding.Store {
	t.Helper()
	db, err := store.OpenSQLite(context.Background(), filepath.Join(t.TempDir(), "onramp.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// EachStore runs a test on both engines.
func EachStore(t *testing.T, test func(*testing.T, onboarding.Store)) {
	t.Run("SQLite", func(t *testing.T) { test(t, OpenStore(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		url := storetest.RequirePostgres(t).NewDatabase(t)
		if err := store.Migrate(t.Context(), url, store.Options{}); err != nil {
			t.Fatal(err)
		}
		db, err := store.OpenPostgres(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		test(t, db)
	})
}

func Must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
