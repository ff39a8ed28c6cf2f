package hooks_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/hooks"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// instant answers each attempt at once.
type instant struct{ sent atomic.Int64 }

func (p *instant) Post(context.Context, hooks.Request) (hooks.Answer, error) {
	p.sent.Add(1)
	return hooks.Answer{Status: 204}, nil
}

// BenchmarkDelivery delivers the events that wait after an outage to a receiver that answers at
// once, and compares their rate with that of bare transactions, eight at a time.
func BenchmarkDelivery(b *testing.B) {
	const customers, each, callers = 1000, 7, 8
	stores := map[string]func(testing.TB) onboarding.Store{
		"SQLite": testkit.OpenStore,
		"PostgreSQL": func(t testing.TB) onboarding.Store {
			return testkit.OpenPostgres(t, testkit.NewPostgres(t, postgres.Require(t)))
		},
	}
	for name, open := range stores {
		b.Run(name, func(b *testing.B) {
			v := testkit.NewVenueOn(b, open(b))
			webhook := onboarding.Webhook{ID: testkit.ID("webhook", 1), URL: "https://crm.example.com/"}
			v.Here.Webhooks = []onboarding.Webhook{webhook}
			if _, err := v.Tenant.Apply(b.Context(), []*onboarding.Organization{v.Here}); err != nil {
				b.Fatal(err)
			}
			waiting := func() int {
				all, err := v.Store.WebhookBacklogs(b.Context(), "")
				if err != nil {
					b.Fatal(err)
				}
				if len(all) == 0 {
					return 0
				}
				return all[0].Waiting
			}
			var delivered, bare time.Duration
			for b.Loop() {
				for i := range customers {
					if err := v.Store.Write(b.Context(), func(tx onboarding.Tx) error {
						for range each {
							if err := tx.QueueWebhooks(b.Context(), v.Now(), onboarding.WebhookEvent{
								OrganizationID: v.Here.ID, CustomerID: testkit.ID("customer", i),
								Type: onboarding.WebhookCredentialLocked, At: v.Now(),
							}); err != nil {
								return err
							}
						}
						return nil
					}); err != nil {
						b.Fatal(err)
					}
				}
				total := waiting()
				h := v.Webhooks
				h.Poster = &instant{}
				ctx, stop := context.WithCancel(b.Context())
				begin := time.Now()
				var running sync.WaitGroup
				running.Go(func() { h.Run(ctx) })
				for waiting() > 0 {
					time.Sleep(20 * time.Millisecond)
				}
				delivered += time.Since(begin)
				stop()
				running.Wait()
				begin = time.Now()
				var all sync.WaitGroup
				for range callers {
					all.Go(func() {
						for range total / callers {
							if err := v.Store.Write(b.Context(), func(tx onboarding.Tx) error {
								return tx.PutSetting(b.Context(), "bench", "x")
							}); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				bare += time.Since(begin)
			}
			b.ReportMetric(float64(bare)/float64(delivered), "of-bare")
			b.ReportMetric(float64(customers*each*b.N)/delivered.Seconds(), "events/s")
		})
	}
}
