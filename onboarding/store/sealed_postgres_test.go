package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// TestRetirementWaitsForWriters retires a key while a transaction under it is open: the retirement
// waits for its end, so that a count afterwards finds the value.
func TestRetirementWaitsForWriters(t *testing.T) {
	s := openTestPostgres(t, migratedPostgres(t, postgres.Require(t)), Options{})
	ctx := t.Context()
	sealed := func(key string) onboarding.Sealed { return onboarding.Sealed{KeyID: key, Box: []byte("b")} }
	inserted, finish := make(chan struct{}), make(chan struct{})
	writer := make(chan error, 1)
	go func() {
		writer <- s.Write(ctx, func(tx onboarding.Tx) error {
			if err := tx.InsertSecret(ctx, onboarding.StoredSecret{Name: "early", Value: sealed("k1")}); err != nil {
				return err
			}
			if _, err := tx.Secret(ctx, "early"); err != nil { // sends the insert
				return err
			}
			close(inserted)
			<-finish
			return nil
		})
	}()
	<-inserted
	retired := make(chan error, 1)
	go func() {
		now := time.Now()
		retired <- s.Write(context.WithoutCancel(ctx), func(tx onboarding.Tx) error {
			return tx.PutMasterKey(ctx, onboarding.MasterKey{ID: "k1", Since: now, Retired: &now})
		})
	}()
	select {
	case err := <-retired:
		t.Errorf("the retirement did not wait: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	close(finish)
	if err := <-writer; err != nil {
		t.Error(err)
	}
	if err := <-retired; err != nil {
		t.Error(err)
	}
	err := s.Write(ctx, func(tx onboarding.Tx) error {
		return tx.InsertSecret(ctx, onboarding.StoredSecret{Name: "late", Value: sealed("k1")})
	})
	if !errors.Is(err, onboarding.ErrKeyRetired) {
		t.Errorf("a value after the retirement: %v", err)
	}
}
