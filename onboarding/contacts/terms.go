package contacts

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

const (
	termsEvery = 5 * time.Second
	// termsBatch is the number of customers of one transaction; other writers run in between.
	termsBatch = 200
)

// RunTerms writes the search terms of customers that the version before wrote: of all after an
// upgrade, then of those that its replicas still change. Any number of processes may run it on one
// database. It returns when ctx ends.
func (s *Contacts) RunTerms(ctx context.Context) {
	onboarding.Repeat(ctx, termsEvery, func() {
		if err := s.FillTerms(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "search terms not written", "error", err)
		}
	})
}

// FillTerms writes all missing search terms. It may be interrupted and repeated at any time. After
// each transaction it pauses for as long as it took, so that others write at half their speed at
// least.
func (s *Contacts) FillTerms(ctx context.Context) error {
	total, last := 0, false
	for !last {
		began, n := time.Now(), 0
		err := s.store.Write(ctx, func(tx onboarding.Tx) (err error) {
			n, last, err = tx.FillTerms(ctx, termsBatch)
			return err
		})
		if err != nil || n == 0 && !last {
			return err
		}
		total += n
		if err := onboarding.Sleep(ctx, time.Since(began)); err != nil {
			return err
		}
	}
	complete, err := s.termsComplete(ctx)
	if err != nil || complete {
		return err
	}
	s.log.InfoContext(ctx, "search terms written", "contacts", total)
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		return tx.PutSetting(ctx, onboarding.SettingTerms, onboarding.TermsComplete)
	})
}

// termsComplete reports whether all customers had terms once.
func (s *Contacts) termsComplete(ctx context.Context) (bool, error) {
	if s.complete.Load() {
		return true, nil
	}
	stored, err := s.store.Setting(ctx, onboarding.SettingTerms)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return false, err
	}
	if stored != onboarding.TermsComplete {
		return false, nil
	}
	s.complete.Store(true)
	return true, nil
}
