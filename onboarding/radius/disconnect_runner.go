package radius

import (
	"context"
	"time"

	"onramp/onboarding"
)

// RunDisconnects sends queued disconnects each second, and at once after Wake, and calls EndExpired
// every 30 seconds, until ctx ends.
func (s *AAA) RunDisconnects(ctx context.Context, sender Disconnector) {
	expiry := time.NewTicker(30 * time.Second)
	defer expiry.Stop()
	queue := time.NewTicker(time.Second)
	defer queue.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-expiry.C:
			if _, err := s.EndExpired(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("expiry of connections failed", "error", err)
			}
		case <-queue.C:
		case <-s.orders:
		}
		for n := disconnectAtOnce; n == disconnectAtOnce && ctx.Err() == nil; {
			var err error
			if n, err = s.SendDisconnects(ctx, sender); err != nil && ctx.Err() == nil {
				s.log.Error("sending of disconnects failed", "error", err)
				break
			}
		}
	}
}

// Wake makes RunDisconnects in this process read the queue at once. Call it after a transaction
// that called EndConnections.
func (s *AAA) Wake() {
	select {
	case s.orders <- struct{}{}:
	default:
	}
}

// expiryLookBack is how long after the end of a credential its connections are still disconnected,
// for example after an outage.
const expiryLookBack = 7 * 24 * time.Hour

// EndExpired orders disconnects of up to 100 open connections whose credential has expired, and
// returns their number. Several processes may call it concurrently.
func (s *AAA) EndExpired(ctx context.Context) (int, error) {
	now := s.clock.Now()
	found, err := s.store.ConnectionsPastExpiry(ctx, now.Add(-expiryLookBack), now, DisconnectExpired, restartBatch)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		again, err := tx.ConnectionsPastExpiry(ctx, now.Add(-expiryLookBack), now, DisconnectExpired, restartBatch)
		if err != nil {
			return err
		}
		for _, c := range again {
			if err := orderDisconnect(ctx, tx, c, DisconnectExpired, now); err != nil {
				return err
			}
		}
		return nil
	})
	return len(found), err
}
