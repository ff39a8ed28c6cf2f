package testkit

import (
	"context"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit/postgres"
	"onramp/onboarding/testkit/sqlite"
)

// NewSQLite returns the path of a new SQLite database with the schema.
var NewSQLite = sqlite.Template(func(path string) (*store.SQLite, error) {
	return store.OpenSQLite(context.Background(), path, store.Options{})
})

// NewPostgres returns the URL of a new database with the schema on a server.
func NewPostgres(t testing.TB, server *postgres.Server) string {
	t.Helper()
	return server.CopyDatabase(t, func(url string) error {
		return store.Migrate(context.Background(), url, store.Options{})
	})
}

// OpenStore opens a new database that is closed at the end of the test.
func OpenStore(t testing.TB) onboarding.Store {
	t.Helper()
	db, err := store.OpenSQLite(context.Background(), NewSQLite(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// OpenPostgres opens a PostgreSQL database with the schema until the end of the test.
func OpenPostgres(t testing.TB, url string) onboarding.Store {
	t.Helper()
	db, err := store.OpenPostgres(context.Background(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Sealer returns a Sealer whose master key is all zeros.
func Sealer(t testing.TB) *onboarding.Sealer {
	t.Helper()
	sealer, err := onboarding.NewSealer(make([]byte, onboarding.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// Deploy opens a deployment. Without a Sealer in the Config it takes that of the function Sealer.
func Deploy(t testing.TB, c deployment.Config) *deployment.Deployment {
	t.Helper()
	if c.Sealer == nil {
		c.Sealer = Sealer(t)
	}
	d, err := deployment.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// EachStore runs a test on both engines.
func EachStore(t *testing.T, test func(*testing.T, onboarding.Store)) {
	t.Run("SQLite", func(t *testing.T) { test(t, OpenStore(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		test(t, OpenPostgres(t, NewPostgres(t, postgres.Require(t))))
	})
}

func Must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
