package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// BenchmarkReplicaOnPostgres measures registrations over HTTP through one replica, and for
// comparison inserts of one row each by pgx, in one run on one private PostgreSQL that syncs to
// disk, with the same number of clients and connections. A registration writes at least seven rows.
//
//	go test ./cmd/onramp -run '^$' -bench ReplicaOnPostgres -benchtime 3000x
func BenchmarkReplicaOnPostgres(b *testing.B) {
	const clients = 16
	postgres := postgres.New(b)
	url := postgres.NewDatabase(b)
	replica := startReplicas(b, 1, url+fmt.Sprintf("?pool_max_conns=%d", clients), "--limits", "off")[0]
	app := replica.login(replica.demo().AppKey)
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = clients

	pool, err := pgxpool.New(b.Context(), url+fmt.Sprintf("?pool_max_conns=%d", clients))
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(b.Context(),
		"CREATE TABLE bare (id TEXT PRIMARY KEY, name TEXT, email TEXT, at BIGINT)"); err != nil {
		b.Fatal(err)
	}
	// crowd runs do b.N times from all clients at once and returns the rate per second.
	crowd := func(do func(i int64) error) float64 {
		var next atomic.Int64
		var all sync.WaitGroup
		start := time.Now()
		for range clients {
			all.Go(func() {
				for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
					if err := do(i); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		return float64(b.N) / time.Since(start).Seconds()
	}
	b.ResetTimer()
	registrations := crowd(func(i int64) error {
		a, err := call("POST", replica.url+"/v3/customers", app,
			fmt.Sprintf(`{"firstName":"Ada","email":"a%d@example.com",%s}`, i, consented))
		if err == nil && a.status != http.StatusCreated {
			err = fmt.Errorf("answered %d: %s", a.status, a.raw)
		}
		return err
	})
	bare := crowd(func(i int64) error {
		_, err := pool.Exec(context.Background(), "INSERT INTO bare VALUES ($1, $2, $3, $4)", onboarding.NewID(), "Ada",
			"a@example.com", i)
		return err
	})
	b.ReportMetric(registrations, "registrations/s")
	b.ReportMetric(bare, "bare-inserts/s")
	b.ReportMetric(registrations/bare, "ratio")
}
