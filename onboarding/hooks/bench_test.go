package hooks_test

import (
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// BenchmarkRegistration registers customers of an organization with an endpoint and of one without,
// in alternating portions, and reports the ratio of their times. Nothing sends.
func BenchmarkRegistration(b *testing.B) {
	const portion, callers = 64, 16
	stores := map[string]func(testing.TB) onboarding.Store{
		"SQLite": testkit.OpenStore,
		"PostgreSQL": func(t testing.TB) onboarding.Store {
			return testkit.OpenPostgres(t, testkit.NewPostgres(t, postgres.Require(t)))
		},
	}
	for name, db := range stores {
		b.Run(name, func(b *testing.B) {
			v := testkit.NewVenueOn(b, db(b))
			v.Here.Webhooks = []onboarding.Webhook{{ID: testkit.ID("webhook", 1), URL: "https://crm.example.com/"}}
			if _, err := v.Tenant.Apply(b.Context(), []*onboarding.Organization{v.Here}); err != nil {
				b.Fatal(err)
			}
			register := func(o *onboarding.Organization) time.Duration {
				begin := time.Now()
				var all sync.WaitGroup
				for range callers {
					all.Go(func() {
						for range portion / callers {
							if _, err := v.Registration.Register(b.Context(), testkit.Manager(o), registration.Request{
								Input: registration.CustomerInput{Policies: map[string]bool{
									"termsOfUse": true, "privacy": true,
								}},
							}); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				return time.Since(begin)
			}
			register(v.Here)
			register(v.There)
			var with, without time.Duration
			for b.Loop() {
				with += register(v.Here)
				without += register(v.There)
			}
			b.ReportMetric(float64(with)/float64(without), "with/without")
			b.ReportMetric(float64(without.Microseconds())/float64(b.N*portion), "µs/registration")
		})
	}
}
