package tombstone

import (
	"context"

	"onramp/onboarding"
)

// recording is a store whose erasures leave tombstones. Write returns when their lines are durable.
type recording struct {
	onboarding.Store
	log *Log
}

// marked is a tombstone and the organization of its customer.
type marked struct {
	onboarding.Tombstone
	organizationID string
}

// Write implements onboarding.Writer. If only the lines fail, the transaction is committed and the
// error is of kind Unavailable.
func (s *recording) Write(ctx context.Context, fn func(onboarding.Tx) error) error {
	var made []marked
	err := s.Store.Write(ctx, func(inner onboarding.Tx) error {
		tx := &recordingTx{Tx: inner, key: s.log.key}
		err := fn(tx)
		made = tx.made
		return err
	})
	if err != nil || len(made) == 0 {
		return err
	}
	return s.log.record(ctx, made)
}

// recordingTx adds tombstones to the erasures of a transaction.
type recordingTx struct {
	onboarding.Tx
	key  key
	made []marked
}

func (t *recordingTx) mark(
	ctx context.Context, kind onboarding.TombstoneKind, organizationID, customerID string,
) error {
	m := marked{t.key.tombstone(kind, customerID), organizationID}
	t.made = append(t.made, m)
	return t.InsertTombstones(ctx, m.Tombstone)
}

func (t *recordingTx) DeleteCustomer(ctx context.Context, organizationID, id, alias string) error {
	if err := t.Tx.DeleteCustomer(ctx, organizationID, id, alias); err != nil {
		return err
	}
	if organizationID == "" {
		// Its line was written when it was retired. If a version without tombstones retired it,
		// Reconcile adds the line.
		return t.InsertTombstones(ctx, t.key.tombstone(onboarding.TombstoneDeleted, id))
	}
	return t.mark(ctx, onboarding.TombstoneDeleted, organizationID, id)
}

func (t *recordingTx) RetireCustomer(ctx context.Context, organizationID, id, alias string) error {
	if err := t.Tx.RetireCustomer(ctx, organizationID, id, alias); err != nil {
		return err
	}
	return t.mark(ctx, onboarding.TombstoneDeleted, organizationID, id)
}

func (t *recordingTx) MinimiseCustomer(ctx context.Context, id string) error {
	if err := t.Tx.MinimiseCustomer(ctx, id); err != nil {
		return err
	}
	return t.mark(ctx, onboarding.TombstoneMinimised, "", id)
}
