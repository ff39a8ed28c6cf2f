package store

import (
	"fmt"
	"sync"
	"testing"

	"onramp/onboarding"
)

// TestMoreStatementsThanAreKept: searches put together from many parts work when the cache is full,
// at once and in a transaction.
func TestMoreStatementsThanAreKept(t *testing.T) {
	s := openTestSQLite(t, newSQLite(t), Options{})
	ask := func(r *reader, i int) {
		var n int
		if err := r.one(t.Context(), fmt.Sprintf("SELECT %d + $1", i), []any{int64(1)}, &n); err != nil || n != i+1 {
			t.Errorf("statement %d: %d, %v", i, n, err)
		}
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range maxPrepared + 100 {
				ask(&s.reader, i+worker)
			}
		})
	}
	wg.Wait()
	if n := len(s.readers.prepared.byText); n < maxPrepared || n > maxPrepared+8 {
		t.Errorf("%d statements are kept, not about %d", n, maxPrepared)
	}
	err := s.Write(t.Context(), func(tx onboarding.Tx) error {
		for i := range maxPrepared + 100 {
			ask(&tx.(*transaction).reader, i)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
