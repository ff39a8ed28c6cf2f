package tenant_test

import (
	"context"
	"sync/atomic"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
)

// watchedStore fails the test if a transaction reads beside itself: on SQLite such a read may wait
// for the writer forever.
type watchedStore struct {
	onboarding.Store
	t       *testing.T
	writing atomic.Bool
}

func (w *watchedStore) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	return w.Store.Write(ctx, func(tx onboarding.Tx) error {
		w.writing.Store(true)
		defer w.writing.Store(false)
		return fn(tx)
	})
}

func (w *watchedStore) Setting(ctx context.Context, name string) (string, error) {
	if w.writing.Load() {
		w.t.Errorf("the setting %s is read beside the transaction", name)
	}
	return w.Store.Setting(ctx, name)
}

func (w *watchedStore) Organizations(ctx context.Context) ([]*onboarding.Organization, error) {
	if w.writing.Load() {
		w.t.Error("the organizations are read beside the transaction")
	}
	return w.Store.Organizations(ctx)
}

func TestApplyReadsWithinItsTransaction(t *testing.T) {
	watched := &watchedStore{Store: testkit.OpenStore(t), t: t}
	b := &applyBench{testkit.Deploy(t, deployment.Config{Store: watched}), watched}
	b.apply(t, testkit.Organization(1))
}
