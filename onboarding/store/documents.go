package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"onramp/onboarding"
)

// clearDocument is the member of the column attributes that holds a document in clear.
const clearDocument = "document"

// sealDocument leaves a document in the remains of its row, which the eraser removes (see erases).
const sealDocument = "UPDATE customers SET attributes = $2, document_key_id = $3, document = $4 WHERE id = $1"

// DocumentsForm implements onboarding.DocumentWriter.
func (t *transaction) DocumentsForm(ctx context.Context) (string, error) {
	form, err := t.setting(ctx, true, onboarding.SettingDocuments)
	if errors.Is(err, onboarding.ErrNotFound) {
		return "", nil
	}
	return form, err
}

// ClearDocuments implements onboarding.DocumentWriter. It locks only rows that may hold a document
// in clear.
func (t *transaction) ClearDocuments(
	ctx context.Context, afterID string, limit int,
) (found []onboarding.ClearDocument, last string, err error) {
	err = t.one(ctx, `SELECT max(id) FROM (SELECT id FROM customers WHERE id > $1 ORDER BY id LIMIT $2) AS portion`,
		[]any{afterID, limit}, textInto(&last))
	if err != nil || last == "" {
		return nil, "", err
	}
	rows, err := collect(ctx, t.db, scanClearDocument,
		`SELECT id, attributes FROM customers WHERE id > $1 AND id <= $2 AND attributes LIKE '%"`+clearDocument+`":%'
		ORDER BY id`+t.db.lockRows(), afterID, last)
	for i := range rows {
		if rows[i].Document != (onboarding.Document{}) {
			found = append(found, rows[i])
		}
	}
	return found, last, err
}

// scanClearDocument splits the attributes. The Document is empty if there is none.
func scanClearDocument(row rows) (d onboarding.ClearDocument, err error) {
	members := map[string]json.RawMessage{}
	if err := row.Scan(&d.CustomerID, jsonText{&members}); err != nil {
		return d, err
	}
	if text := members[clearDocument]; text != nil {
		if err := json.Unmarshal(text, &d.Document); err != nil {
			return d, fmt.Errorf("attributes of customer %s: %w", d.CustomerID, err)
		}
	}
	delete(members, clearDocument)
	if len(members) > 0 {
		d.Others, err = encode(members)
	}
	return d, err
}

// SealDocument implements onboarding.DocumentWriter.
func (t *transaction) SealDocument(ctx context.Context, d *onboarding.ClearDocument, sealed onboarding.Sealed) error {
	return t.db.send(ctx, onboarding.ErrNotFound, sealDocument,
		d.CustomerID, orNull(d.Others), sealed.KeyID, sealed.Box)
}
