package contacts

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

const (
	runEvery = 5 * time.Second
	// termsBatch is the number of customers of one transaction; other writers run in between.
	termsBatch = 200
	// countsBatch is the number of changes of counts that one transaction adds up.
	countsBatch = 1000
)

// Run writes the search terms of customers that the version before wrote (of all after an upgrade,
// then of those that its replicas still change) and adds changes to the counts of contacts. Any
// number of processes may run it on one database. It returns when ctx ends.
func (s *Contacts) Run(ctx context.Context) {
	onboarding.Repeat(ctx, runEvery, func() {
		if err := s.FillTerms(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "search terms not written", "error", err)
		}
		if err := s.foldCounts(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "update of the counts of contacts failed", "error", err)
		}
	})
}

// foldCounts adds all changes of the numbers of contacts to their sums.
func (s *Contacts) foldCounts(ctx context.Context) error {
	return onboarding.InBatches(ctx, func() (more bool, err error) {
		err = s.store.Write(ctx, func(tx onboarding.Tx) error {
			n, err := tx.FoldContactCounts(ctx, countsBatch)
			more = n == countsBatch
			return err
		})
		return more, err
	})
}

// FillTerms writes all missing search terms. It may be interrupted and repeated at any time.
func (s *Contacts) FillTerms(ctx context.Context) error {
	total, stuck := 0, false
	err := onboarding.InBatches(ctx, func() (more bool, err error) {
		n, last := 0, false
		err = s.store.Write(ctx, func(tx onboarding.Tx) (err error) {
			n, last, err = tx.FillTerms(ctx, termsBatch)
			return err
		})
		total += n
		stuck = n == 0 && !last
		return !last && !stuck, err
	})
	if err != nil || stuck {
		return err
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
