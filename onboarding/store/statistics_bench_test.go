package store

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

// counting is how a side of the comparison counts connections.
type counting string

const (
	countedNot      counting = "without" // the store before it had statistics
	countedByChange counting = "with"
	countedInSum    counting = "summed" // each connection is added to its sum at once
)

// countingExecutor replaces the statements that count.
type countingExecutor struct {
	executor
	as counting
}

func (e countingExecutor) send(ctx context.Context, ifNone error, text string, args ...any) error {
	if !strings.Contains(text, "statistics_changes") {
		return e.executor.send(ctx, ifNone, text, args...)
	}
	if e.as == countedNot {
		return nil
	}
	c := onboarding.Counts{Connections: 1, Traffic: args[6].(int64), Dwell: args[7].(int64)}
	return e.executor.send(ctx, nil, foldStatistic,
		append([]any{args[1], args[2], args[3], args[4], args[5]}, countsArgs(&c)...)...)
}

// countingSide is a database that several stores write.
type countingSide struct {
	as     counting
	stores []onboarding.Store
	took   time.Duration
	done   int
}

// write stores n connections, each by a Start and a Stop, from concurrent writers.
func (s *countingSide) write(b *testing.B, writers, n int) {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	started := time.Now()
	for range writers {
		all.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(n) {
					return
				}
				at := time.Now()
				c := &onboarding.Connection{
					UniqueID: onboarding.NewID(), OrganizationID: "o", CustomerID: "c", AccessPoint: "a",
					Platform: "ios", Started: &at, Implied: at, Progress: onboarding.Progress{At: at},
				}
				stopped := *c
				stopped.Reported = &onboarding.Stop{Progress: onboarding.Progress{Duration: 60, Octets: 9, At: at}}
				for _, one := range []*onboarding.Connection{c, &stopped} {
					err := s.stores[i%int64(len(s.stores))].Write(b.Context(), func(tx onboarding.Tx) error {
						if t := tx.(*transaction); s.as != countedByChange {
							t.db = countingExecutor{t.db, s.as}
						}
						return tx.PutConnection(b.Context(), one)
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	s.took += time.Since(started)
	s.done += 2 * n
}

// fold folds the changes of a side until ctx ends.
func (s *countingSide) fold(ctx context.Context, b *testing.B) {
	for ctx.Err() == nil {
		n := 0
		err := s.stores[0].Write(ctx, func(tx onboarding.Tx) (err error) {
			n, err = tx.FoldStatistics(ctx, 500)
			return err
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			b.Error(err)
			return
		}
		if n < 500 {
			_ = onboarding.Sleep(ctx, 3*time.Second)
		}
	}
}

// BenchmarkStatisticsCost stores connections of one organization and hour from 64 writers in
// alternating rounds: with statistics, whose changes are folded meanwhile, without any, and with
// one sum to which all add. On PostgreSQL two replicas write.
//
//	go test ./onboarding/store -run '^$' -bench StatisticsCost -benchtime 20000x
func BenchmarkStatisticsCost(b *testing.B) {
	const writers, rounds = 64, 6
	open := map[string]func(*testing.B) []onboarding.Store{
		"SQLite": func(b *testing.B) []onboarding.Store {
			return []onboarding.Store{openTestSQLite(b, filepath.Join(b.TempDir(), "onramp.db"), Options{})}
		},
		"PostgreSQL": func(b *testing.B) []onboarding.Store {
			url := migratedPostgres(b, durablePostgres(b))
			return []onboarding.Store{
				openTestPostgres(b, url, Options{MaxConns: benchConns}),
				openTestPostgres(b, url, Options{MaxConns: benchConns}),
			}
		},
	}
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) {
			sides := []*countingSide{
				{as: countedNot, stores: open[engine](b)}, {as: countedByChange, stores: open[engine](b)},
				{as: countedInSum, stores: open[engine](b)},
			}
			ctx, stop := context.WithCancel(b.Context())
			var folding sync.WaitGroup
			folding.Go(func() { sides[1].fold(ctx, b) })
			b.ResetTimer()
			for round := range rounds {
				order := slices.Clone(sides)
				if round%2 == 1 {
					slices.Reverse(order)
				}
				for _, s := range order {
					s.write(b, writers, max(b.N/rounds/2, writers))
				}
			}
			b.StopTimer()
			stop()
			folding.Wait()
			for _, s := range sides {
				rate := float64(s.done) / s.took.Seconds()
				b.ReportMetric(rate, string(s.as)+"/s")
				b.ReportMetric(rate/(float64(sides[0].done)/sides[0].took.Seconds()), string(s.as)+"-ratio")
			}
		})
	}
}
