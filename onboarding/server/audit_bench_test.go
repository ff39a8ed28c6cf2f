package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/audit"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// unauditedStore is a store that discards rows of the audit: the server before it had one.
type unauditedStore struct{ onboarding.Store }

type unauditedTx struct{ onboarding.Tx }

func (unauditedTx) AppendAudit(context.Context, ...onboarding.AuditRow) error { return nil }

func (s unauditedStore) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	return s.Store.Write(ctx, func(tx onboarding.Tx) error { return fn(unauditedTx{tx}) })
}

// costSide is one side of the comparison: a server, and the bodies that its clients send.
type costSide struct {
	name     string
	house    *house
	document bool // registrations have numbers of identity documents, which are sealed
	url      string
	took     time.Duration
	done     int
}

// newCostSide serves a house without the checks of its answers, which cost more than a
// registration.
func newCostSide(b *testing.B, name string, db onboarding.Store) *costSide {
	h := newHouseOn(b, db, unlimited(b), func(c *Config) { c.Log = nil })
	bare := httptest.NewServer(h.server.API())
	b.Cleanup(bare.Close)
	return &costSide{name: name, document: name == "with", house: h, url: bare.URL}
}

// BenchmarkAuditCost compares registrations with and without the audit and sealed numbers of
// identity documents, in alternating rounds on the same machine, and reports the ratio. The side
// with the audit also chains its rows, as serve does.
func BenchmarkAuditCost(b *testing.B) {
	const clients, rounds = 64, 8
	open := map[string]func() onboarding.Store{
		"SQLite": func() onboarding.Store { return openSQLite(b) },
		"PostgreSQL": func() onboarding.Store {
			return testkit.OpenPostgres(b, testkit.NewPostgres(b, postgres.Require(b)))
		},
	}
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) {
			with := newCostSide(b, "with", open[engine]())
			before := newCostSide(b, "without", unauditedStore{open[engine]()})
			ctx, stop := context.WithCancel(b.Context())
			var chainer sync.WaitGroup
			chainer.Go(func() { with.house.service.AuditLog.Run(ctx) })
			each := max(b.N/rounds, clients)
			b.ResetTimer()
			for round := range rounds {
				sides := []*costSide{before, with}
				if round%2 == 1 {
					slices.Reverse(sides)
				}
				for _, s := range sides {
					s.register(b, clients, each)
				}
			}
			b.StopTimer()
			stop()
			chainer.Wait()
			b.ReportMetric(with.rate(), "with/s")
			b.ReportMetric(before.rate(), "without/s")
			b.ReportMetric(with.rate()/before.rate(), "ratio")
			chains, err := audit.New(audit.Config{
				Store: with.house.db, Auditor: with.house.service.Audit, Log: slog.New(slog.DiscardHandler),
			}).Verify(b.Context(), demoID, "")
			if err != nil || chains[0].Wrong != nil || chains[0].Rows < int64(with.done) {
				b.Fatalf("%d registrations, chain %+v, %v", with.done, chains, err)
			}
		})
	}
}

func (s *costSide) rate() float64 { return float64(s.done) / s.took.Seconds() }

// register sends n registrations by concurrent clients.
func (s *costSide) register(b *testing.B, clients, n int) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	numbers := make(chan int, n)
	for i := range n {
		numbers <- s.done + i
	}
	close(numbers)
	document := `"document":{"type":"passport"},`
	if s.document {
		document = `"document":{"type":"passport","passportNumber":"C01X00T47","personalId":"RSSNNA90B68G702K"},`
	}
	start := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for i := range numbers {
				body := fmt.Sprintf(`{"firstName":"Anna","lastName":"Rossi","email":"anna%d@example.com",`+
					`"phoneNumber":"+39123456789","guid":"device-of-anna-%d","language":"it",%s`+
					`"policies":{"termsOfUse":true,"privacy":true,"mktgCommunications":false}}`, i, i, document)
				r, err := http.NewRequest(http.MethodPost, s.url+"/v3/customers", bytes.NewReader([]byte(body)))
				if err != nil {
					b.Error(err)
					return
				}
				r.Header.Set("Authorization", "Bearer "+s.house.app)
				r.Header.Set("Content-Type", "application/json")
				answer, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusCreated {
					b.Errorf("%s: %d, %v", s.name, answer.StatusCode, err)
				}
				answer.Body.Close()
			}
		})
	}
	all.Wait()
	s.took += time.Since(start)
	s.done += n
}

// costStore returns the store of a side: one of them discards the rows of the audit.
func costStore(b *testing.B, side string) onboarding.Store {
	if side == "without" {
		return unauditedStore{openSQLite(b)}
	}
	return openSQLite(b)
}

// BenchmarkAuditedReads reads contacts while 16 clients register, with and without the audit, and
// reports percentiles of a read.
func BenchmarkAuditedReads(b *testing.B) {
	for _, side := range []string{"with", "without"} {
		b.Run(side, func(b *testing.B) {
			load := newCostSide(b, side, costStore(b, side))
			h := load.house
			id := h.register("berta")
			ctx, stop := context.WithCancel(b.Context())
			var loading sync.WaitGroup
			loading.Go(func() {
				for ctx.Err() == nil {
					load.register(b, 16, 200)
				}
			})
			loading.Go(func() { h.service.AuditLog.Run(ctx) })
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				h.get("/v2/customers/"+id, h.manager).want(http.StatusOK)
				took = append(took, time.Since(start))
			}
			stop()
			loading.Wait()
			slices.Sort(took)
			for name, share := range map[string]float64{"p50-ms": .5, "p99-ms": .99} {
				b.ReportMetric(float64(took[int(share*float64(len(took)-1))].Microseconds())/1000, name)
			}
			b.ReportMetric(load.rate(), "registrations/s")
		})
	}
}
