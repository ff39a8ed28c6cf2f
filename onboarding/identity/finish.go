package identity

import (
	"context"
	"errors"

	"onramp/onboarding"
)

// finishBatch is the number of customers that one transaction of Finish examines.
const finishBatch = 200

// Finish stores all documents sealed and returns how many were not. From its first transaction on,
// every replica writes documents sealed, which the version before cannot read. Finish can be
// interrupted and repeated at any time, and does nothing in a finished database.
func (d *Documents) Finish(ctx context.Context) (sealed int, err error) {
	if err := d.advance(ctx, onboarding.DocumentsSealing, 0); err != nil {
		return 0, err
	}
	after := ""
	err = onboarding.InBatches(ctx, func() (more bool, err error) {
		n, last := 0, ""
		err = d.store.Write(ctx, func(tx onboarding.Tx) (err error) {
			n, last, err = d.sealBatch(ctx, tx, after)
			return err
		})
		sealed += n
		after = last
		return last != "", err
	})
	if err != nil {
		return sealed, err
	}
	return sealed, d.advance(ctx, onboarding.DocumentsSealed, sealed)
}

// advance sets the setting and records the change, with the number of documents sealed. It does
// nothing if all are sealed.
func (d *Documents) advance(ctx context.Context, form string, sealed int) error {
	return d.store.Write(ctx, func(tx onboarding.Tx) error {
		stored, err := tx.Setting(ctx, onboarding.SettingDocuments)
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
		if stored == form || stored == onboarding.DocumentsSealed {
			return nil
		}
		if err := tx.PutSetting(ctx, onboarding.SettingDocuments, form); err != nil {
			return err
		}
		return d.auditor.Record(ctx, tx, onboarding.Act{
			Action: onboarding.AuditSettingsChanged, Fields: []string{onboarding.SettingDocuments}, Count: sealed,
		})
	})
}

// sealBatch seals the documents in clear of the customers after an ID. last is the last of them,
// empty if there is none.
func (d *Documents) sealBatch(ctx context.Context, tx onboarding.Tx, after string) (n int, last string, err error) {
	found, last, err := tx.ClearDocuments(ctx, after, finishBatch)
	if err != nil {
		return 0, "", err
	}
	for i := range found {
		sealed, err := d.seal(found[i].CustomerID, found[i].Document)
		if err != nil {
			return 0, "", err
		}
		if err := tx.SealDocument(ctx, &found[i], sealed); err != nil {
			return 0, "", err
		}
	}
	return len(found), last, nil
}
