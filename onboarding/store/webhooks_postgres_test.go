package store

import (
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/testkit/postgres"
)

// TestTrimAfterDelivery trims an endpoint while the transaction that delivers its only event has
// not committed: the event stays delivered.
func TestTrimAfterDelivery(t *testing.T) {
	server := postgres.Require(t)
	url := migratedPostgres(t, server)
	s, other := openTestPostgres(t, url, Options{}), openTestPostgres(t, url, Options{})
	ctx, now := t.Context(), time.Now()
	w := &onboarding.WebhookEndpoint{ID: onboarding.NewID(), OrganizationID: onboarding.NewID()}
	var d *onboarding.WebhookDelivery
	if err := s.Write(ctx, func(tx onboarding.Tx) error {
		id, err := tx.QueueWebhookTest(ctx, w, now)
		if err == nil {
			d, err = tx.WebhookDelivery(ctx, w.ID, id)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	givenUp, trimmed := 0, make(chan error, 1)
	if err := s.Write(ctx, func(tx onboarding.Tx) error {
		if _, err := tx.FinishWebhookDelivery(ctx, d, onboarding.WebhookFinish{
			State: onboarding.WebhookDelivered, At: now, Until: now.Add(time.Hour),
		}); err != nil {
			return err
		}
		go func() {
			trimmed <- other.Write(ctx, func(tx onboarding.Tx) (err error) {
				givenUp, _, err = tx.TrimWebhook(ctx, w.ID, onboarding.WebhookLimits{
					Created: now.Add(time.Hour), Now: now, Until: now.Add(time.Hour),
				})
				return err
			})
		}()
		for range 3000 { // until the other transaction waits for the row
			waits := false
			if err := other.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE "+
				"datname = current_database() AND wait_event_type = 'Lock')").Scan(&waits); err != nil || waits {
				return err
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error("the trim does not wait")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := <-trimmed; err != nil {
		t.Fatal(err)
	}
	if d, err := s.WebhookDelivery(ctx, w.ID, d.ID); err != nil || givenUp != 0 ||
		d.State != onboarding.WebhookDelivered {
		t.Errorf("%d given up, %+v, %v", givenUp, d, err)
	}
}
