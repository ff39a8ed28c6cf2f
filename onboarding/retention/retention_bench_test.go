package retention_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/retention"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// BenchmarkOtherWriters deletes 100,000 aged connections and 100,000 events, and measures how long
// another writer's small transactions take meanwhile and without a run.
// ONRAMP_BENCH_RECORDS is another number of each, a multiple of a thousand.
//
//	go test ./onboarding/retention -run '^$' -bench OtherWriters -benchtime 1x
func BenchmarkOtherWriters(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) { benchmarkOtherWriters(b, testkit.OpenStore(b)) })
	b.Run("PostgreSQL", func(b *testing.B) {
		benchmarkOtherWriters(b, testkit.OpenPostgres(b, testkit.NewPostgres(b, postgres.Require(b))))
	})
}

func benchmarkOtherWriters(b *testing.B, db onboarding.Store) {
	v := testkit.NewVenueOn(b, db)
	ctx := b.Context()
	rows := 100_000
	if text := os.Getenv("ONRAMP_BENCH_RECORDS"); text != "" {
		var err error
		if rows, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for range b.N {
		b.StopTimer()
		for begin := 0; begin < rows; begin += 1000 {
			if err := db.Write(ctx, func(tx onboarding.Tx) error {
				for i := range 1000 {
					at := v.Now().AddDate(-3, 0, 0).Add(time.Duration(begin+i) * time.Second)
					for _, kind := range tenantKinds[:2] {
						if err := (aged{kind, at}).put(ctx, tx, v.Here.ID); err != nil {
							return err
						}
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		alone, stop := context.WithTimeout(ctx, time.Duration(rows)*50*time.Microsecond)
		quiet := writeUntil(b, db, alone)
		stop()
		b.StartTimer()
		running, done := context.WithCancel(ctx)
		took := make(chan time.Duration)
		go func() {
			defer done()
			started := time.Now()
			if _, err := v.Retention.Run(ctx, retention.Options{AcceptClock: true}); err != nil {
				b.Error(err)
			}
			go func() { took <- time.Since(started) }()
		}()
		busy := writeUntil(b, db, running)
		b.ReportMetric((<-took).Seconds(), "run-s")
		for name, all := range map[string][]time.Duration{"alone": quiet, "run": busy} {
			slices.Sort(all)
			b.ReportMetric(all[len(all)/2].Seconds()*1000, name+"-p50-ms")
			b.ReportMetric(all[len(all)*99/100].Seconds()*1000, name+"-p99-ms")
		}
	}
}

// writeUntil commits small transactions, with pauses, until the context ends. It returns their
// durations.
func writeUntil(b *testing.B, db onboarding.Store, until context.Context) (all []time.Duration) {
	for len(all) == 0 || until.Err() == nil {
		started := time.Now()
		if err := db.Write(b.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(b.Context(), "bench", started.String())
		}); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(started))
		time.Sleep(2 * time.Millisecond)
	}
	return all
}
