package connectivity_test

import (
	"context"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/testkit"
)

// BenchmarkVerdict measures a verdict on a customer with a fortnight of records.
func BenchmarkVerdict(b *testing.B) {
	s := newScene(b)
	s.download("ios")
	for day := range 13 {
		for range 10 {
			s.Advance(30 * time.Minute)
			s.accept(phone)
			s.attempt(laptop, onboarding.ReasonWrongPassword)
			s.account(radius.AccountingStart, time.Duration(s.Clock.Load()).String())
		}
		s.SetClock(testkit.Monday.AddDate(0, 0, day+1))
	}
	by := testkit.Manager(s.Here)
	for b.Loop() {
		if _, err := s.Connectivity.Of(context.Background(), by, s.anna.ID); err != nil {
			b.Fatal(err)
		}
	}
}
