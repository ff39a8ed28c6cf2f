package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
)

var budgetParts = []part{
	{"Budgets", testBudgets},
	{"BudgetForms", testBudgetForms},
	{"BudgetRace", testBudgetRace},
	{"DeleteBudgets", testDeleteBudgets},
}

// testBudgets checks that a budget grants up to its burst, refills by the clock, and recovers from
// a wrong one.
func testBudgets(t *testing.T, s onboarding.Store) {
	lease := func(key string, used, want int64, now time.Time, granted int64, full time.Time) {
		t.Helper()
		var got onboarding.BudgetLease
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			got, err = tx.LeaseBudget(ctx, onboarding.BudgetRequest{
				Key: key, Burst: 10, Interval: time.Second, Used: used, Want: want, Now: now,
			})
			return err
		})
		if got.Granted != granted || !got.FullAt.Equal(full) {
			t.Errorf("%s: used %d, want %d: granted %d, full at %v; want %d, %v", key, used, want, got.Granted,
				got.FullAt, granted, full)
		}
		utc(t, "FullAt", got.FullAt)
	}
	after := func(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }
	lease("a", 0, 4, noon, 4, after(4))
	lease("a", 2, 3, noon, 3, after(9))
	lease("a", 0, 4, noon, 1, after(10))
	lease("a", 0, 4, noon, 0, after(10))
	lease("A", 0, 4, noon, 4, after(4))
	lease("a", 0, 4, after(2), 2, after(12))
	lease("a", -3, 1, after(2), 1, after(10)) // three are given back
	lease("a", 100, 1, after(2), 0, after(12))
	lease("a", 0, 10, after(3600), 10, after(3610))
	// After a clock was an hour ahead, the budget is empty and refills from now on.
	lease("a", 0, 1, after(5), 0, after(15))
	lease("a", 0, 3, after(6), 1, after(16))
	lease("a", -100, 10, after(6), 10, after(16))
}

// testBudgetForms checks that replicas of the version before, which know only the former key, and
// of this version share a budget until the setting is made, and that the budget keeps its state
// then.
func testBudgetForms(t *testing.T, s onboarding.Store) {
	lease := func(key, former string, want, granted int64) {
		t.Helper()
		var got onboarding.BudgetLease
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			got, err = tx.LeaseBudget(ctx, onboarding.BudgetRequest{
				Key: key, Former: former, Burst: 10, Interval: time.Hour, Want: want, Now: noon,
			})
			return err
		})
		if got.Granted != granted {
			t.Errorf("%s, before %q: granted %d of %d, want %d", key, former, got.Granted, want, granted)
		}
	}
	form := func(value string) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutSetting(ctx, onboarding.SettingBudgets, value)
		})
	}
	form("")
	lease("plain", "", 3, 3) // by the version before
	lease("keyed", "plain", 3, 3)
	lease("plain", "", 3, 3)
	form(onboarding.BudgetsKeyed)
	lease("keyed", "plain", 3, 1)
	lease("keyed", "plain", 3, 0)
	lease("plain", "", 3, 3) // the former key is not used any more
	lease("keyed", "plain", 3, 0)
	lease("other", "other plain", 3, 3)
}

// testBudgetRace checks that concurrent leases never grant more than the burst.
func testBudgetRace(t *testing.T, s onboarding.Store) {
	var granted atomic.Int64
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
				l, err := tx.LeaseBudget(ctx, onboarding.BudgetRequest{Key: "raced", Burst: 100, Interval: time.Hour,
					Want: 3, Now: noon})
				if err == nil {
					granted.Add(l.Granted)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if granted.Load() != 100 {
		t.Errorf("%d of 100 were granted", granted.Load())
	}
}

// testDeleteBudgets checks that a sweep deletes only full budgets, up to the limit.
func testDeleteBudgets(t *testing.T, s onboarding.Store) {
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for i := range 5 {
			r := onboarding.BudgetRequest{Key: fmt.Sprint(i), Burst: 10, Interval: time.Second, Want: int64(i + 1),
				Now: noon}
			if _, err := tx.LeaseBudget(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	sweep := func(now time.Time, limit, want int) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			n, err := tx.DeleteAged(ctx, onboarding.AgedRecords{Kind: onboarding.RecordBudgets, Before: now}, limit)
			if n != want {
				t.Errorf("%d were deleted, not %d", n, want)
			}
			return err
		})
	}
	sweep(noon, 10, 0)
	sweep(noon.Add(3*time.Second+time.Microsecond), 2, 2)
	sweep(noon.Add(3*time.Second+time.Microsecond), 2, 1)
	sweep(noon.Add(time.Hour), 10, 2)
	sweep(noon.Add(time.Hour), 10, 0)
}
