package onboarding

import (
	"testing"
	"time"
)

// TestPeriodString checks that a period is written as a tenant file has it.
func TestPeriodString(t *testing.T) {
	for want, p := range map[string]Period{
		"never": {Never: true}, "1 month": Months(1), "24 months": Months(24), "30d": Days(30),
		"36h": {Time: 36 * time.Hour}, "1h30m": {Time: 90 * time.Minute}, "1h0m1s": {Time: time.Hour + time.Second},
	} {
		if got := p.String(); got != want {
			t.Errorf("%+v is written %q, not %q", p, got, want)
		}
	}
}
