package onboarding

import (
	"context"
	"time"
)

// restartBatch is how many sessions are closed in one transaction: a controller may have thousands, and others write meanwhile.
const restartBatch = 100

// accountRestart closes what was open at an access point that starts or stops working.
func (s *Service) accountRestart(ctx context.Context, r *AccountingRecord) error {
	place, err := s.place(ctx, s.store, &r.AccessPoint)
	if err != nil {
		return err
	}
	now := s.now()
	received := *r
	received.Event = nil
	at, _ := received.at(now, time.Time{})
	if r.Event != nil && r.Event.Before(at) && at.Sub(*r.Event) < maxRestartDelay {
		at = *r.Event
	}
	first := true
	for {
		n := 0
		err := s.store.Write(ctx, func(tx Tx) error {
			if first {
				if err := tx.PutRestart(ctx, place.key, at); err != nil {
					return err
				}
				if !place.known() {
					if err := tx.PutAccessPoint(ctx, place.accessPoint(now)); err != nil {
						return err
					}
				}
			}
			open, err := tx.SessionsBefore(ctx, place.key, at, restartBatch)
			if err != nil {
				return err
			}
			n = len(open)
			for _, was := range open {
				is := *was
				if err := is.restarted(func(from time.Time) (*time.Time, error) { return firstRestart(ctx, tx, is.AccessPoint, from) }); err != nil {
					return err
				}
				if err := s.keepSession(ctx, tx, was, &is); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < restartBatch {
			return err
		}
		first = false
	}
}
