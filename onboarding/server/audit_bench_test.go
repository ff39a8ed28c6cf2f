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

// unauditedStore is a store that discards rows of the audit, and to which identity documents are
// written in clear: the server before it had the audit and sealed documents.
type unauditedStore struct{ onboarding.Store }

type unauditedTx struct{ onboarding.Tx }

func (unauditedTx) AppendAudit(context.Context, ...onboarding.AuditRow) error { return nil }

func (unauditedTx) DocumentsForm(context.Context) (string, error) { return "", nil }

func (s unauditedStore) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	return s.Store.Write(ctx, func(tx onboarding.Tx) error { return fn(unauditedTx{tx}) })
}

// costSide is one side of the comparison: a server, and the bodies that its clients send.
type costSide struct {
	name  string
	house *house
	url   string
	took  time.Duration
	done  int
}

// newCostSide serves a house without the checks of its answers, which cost more than a
// registration.
func newCostSide(b *testing.B, name string, db onboarding.Store) *costSide {
	h := newHouseOn(b, db, unlimited(b), func(c *Config) { c.Log = nil })
	bare := httptest.NewServer(h.server.API())
	b.Cleanup(bare.Close)
	return &costSide{name: name, house: h, url: bare.URL}
}

// BenchmarkAuditCost compares registrations of people with identity documents in alternating rounds
// on the same machine, and reports the ratio: with the audit and sealed numbers, and without an
// audit and with the numbers in clear. The side with the audit also chains its rows, as serve does.
func BenchmarkAuditCost(b *testing.B) {
	const clients, rounds = 64, 8
	open := map[string]func(*testing.B) onboarding.Store{
		"SQLite": func(b *testing.B) onboarding.Store { return openSQLite(b) },
		"PostgreSQL": func(b *testing.B) onboarding.Store {
			return testkit.OpenPostgres(b, testkit.NewPostgres(b, postgres.Require(b)))
		},
	}
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) {
			with := newCostSide(b, "with", open[engine](b))
			before := newCostSide(b, "without", unauditedStore{open[engine](b)})
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
	start := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for i := range numbers {
				body := fmt.Sprintf(`{"firstName":"Anna","lastName":"Rossi","email":"anna%d@example.com",`+
					`"phoneNumber":"+39123456789","guid":"device-of-anna-%d","language":"it",`+
					`"document":{"type":"passport","passportNumber":"C01X00T47","personalId":"RSSNNA90B68G702K"},`+
					`"policies":{"termsOfUse":true,"privacy":true,"mktgCommunications":false}}`, i, i)
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

// queuedStore is a store whose transactions never run ahead: the server before they did.
type queuedStore struct{ onboarding.Store }

type withoutValues struct{ context.Context }

func (withoutValues) Value(any) any { return nil }

func (s queuedStore) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	return s.Store.Write(withoutValues{ctx}, fn)
}

// readSide is a side whose manager reads a contact again and again while others register.
type readSide struct {
	*costSide
	contact string
	took    []time.Duration
}

// readUntil reads the contact until ctx ends.
func (s *readSide) readUntil(ctx context.Context, b *testing.B, client *http.Client) {
	for ctx.Err() == nil {
		r, err := http.NewRequest(http.MethodGet, s.url+"/v2/customers/"+s.contact, nil)
		if err != nil {
			b.Error(err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+s.house.manager)
		start := time.Now()
		answer, err := client.Do(r)
		if err != nil {
			b.Error(err)
			return
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
			b.Errorf("%s: %d, %v", s.name, answer.StatusCode, err)
		}
		answer.Body.Close()
		s.took = append(s.took, time.Since(start))
	}
}

// BenchmarkAuditedReads reads contacts as a manager while 16 clients register, in alternating
// rounds on the same machine: with the rows of the reads ahead of the registrations, with them in
// the queue, and without an audit. It reports percentiles of a read and the registrations beside
// it.
func BenchmarkAuditedReads(b *testing.B) {
	const clients, rounds = 16, 9
	var sides []*readSide
	for _, kind := range []struct {
		name string
		db   onboarding.Store
	}{
		{"ahead", openSQLite(b)}, {"queued", queuedStore{openSQLite(b)}}, {"without", unauditedStore{openSQLite(b)}},
	} {
		s := &readSide{costSide: newCostSide(b, kind.name, kind.db)}
		s.contact = s.house.register("berta")
		sides = append(sides, s)
		if kind.name != "without" {
			ctx, stop := context.WithCancel(b.Context())
			ended := make(chan struct{})
			go func() { s.house.service.AuditLog.Run(ctx); close(ended) }()
			b.Cleanup(func() { stop(); <-ended })
		}
	}
	client := &http.Client{Transport: &http.Transport{}}
	b.Cleanup(client.CloseIdleConnections)
	each := max(b.N/rounds, 10*clients)
	b.ResetTimer()
	for round := range rounds {
		for i := range sides {
			s := sides[(round+i)%len(sides)]
			ctx, stop := context.WithCancel(b.Context())
			read := make(chan struct{})
			go func() { s.readUntil(ctx, b, client); close(read) }()
			s.register(b, clients, each)
			stop()
			<-read
		}
	}
	b.StopTimer()
	for _, s := range sides {
		slices.Sort(s.took)
		for name, share := range map[string]float64{"-p50-ms": .5, "-p99-ms": .99} {
			b.ReportMetric(float64(s.took[int(share*float64(len(s.took)-1))].Microseconds())/1000, s.name+name)
		}
		b.ReportMetric(s.rate(), s.name+"-reg/s")
	}
}
