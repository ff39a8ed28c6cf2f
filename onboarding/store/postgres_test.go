package store

import (
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/storetest"
)

// migratedPostgres returns the URL of a new database with the schema.
func migratedPostgres(t testing.TB, server *storetest.Postgres) string {
	t.Helper()
	url := server.NewDatabase(t)
	if err := Migrate(t.Context(), url, Options{}); err != nil {
		t.Fatal(err)
	}
	return url
}

func openTestPostgres(t testing.TB, url string, opts Options) *Postgres {
	t.Helper()
	p, err := OpenPostgres(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestPostgresContract(t *testing.T) {
	server := storetest.RequirePostgres(t)
	storetest.Run(t, func(t *testing.T) onboarding.Store {
		return openTestPostgres(t, migratedPostgres(t, server), Options{})
	})
}
