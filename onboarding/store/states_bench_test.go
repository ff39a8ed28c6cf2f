package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// statesOrders fills a database with 20,000 waiting orders.
const statesOrders = `
	INSERT INTO disconnects (id, unique_id, reason, created, due, attempts, error_cause)
	SELECT 'order ' || i, 'session ' || i, 'locked', i, i, 0, 0 FROM numbers`

// statesConnections fills a database with 1,000,000 connections of which 150,000 are open.
const statesConnections = `
	INSERT INTO sessions (unique_id, customer_id, access_point, proven, anonymous, begun, seen, stopped, implied,
		last_duration, last_octets, last_event, last_at, duration, input, output)
	SELECT 'session ' || i, CASE WHEN i % 2 = 0 THEN 'customer ' || i % 50000 END, 'nas ' || i % 100, false, false,
		i, i, CASE WHEN i % 20 >= 3 THEN i END, i, 0, 0, 0, i, 0, 0, 0
	FROM numbers`

// BenchmarkStates measures the counts of a scrape, which stop at the maximum of the metrics.
func BenchmarkStates(b *testing.B) {
	const most, mostOrders = 100_000, 10_000
	count := func(b *testing.B, s onboarding.Store) {
		ctx := context.Background()
		for b.Loop() {
			n, err := s.CountOpenConnections(ctx, time.UnixMicro(1), most)
			if err != nil || n != most {
				b.Fatal(n, err)
			}
			if _, err := s.CountWaitingDisconnects(ctx, mostOrders); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("SQLite", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "onramp.db")
		s := openTestSQLite(b, path, Options{})
		db, err := sql.Open("sqlite", path)
		if err != nil {
			b.Fatal(err)
		}
		const numbers = "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < "
		for _, text := range []string{numbers + "1000000) " + statesConnections, numbers + "20000) " + statesOrders} {
			if _, err := db.Exec(text); err != nil {
				b.Fatal(err)
			}
		}
		db.Close()
		count(b, s)
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		url := migratedPostgres(b, postgres.Require(b))
		conn, err := pgx.Connect(context.Background(), url)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close(context.Background())
		for _, text := range []string{
			"WITH numbers AS (SELECT generate_series(1, 1000000) AS i) " + statesConnections,
			"WITH numbers AS (SELECT generate_series(1, 20000) AS i) " + statesOrders,
			"VACUUM ANALYZE sessions", "VACUUM ANALYZE disconnects",
		} {
			if _, err := conn.Exec(context.Background(), text); err != nil {
				b.Fatal(err)
			}
		}
		s, err := OpenPostgres(context.Background(), url, Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		count(b, s)
	})
}
