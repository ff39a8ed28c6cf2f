package store

import (
	"context"

	"onramp/onboarding"
)

// A customer whose deletion has begun belongs to no organization any more.
const selectImportedRow = `SELECT r.organization_id, r.source, r.row_key, c.id, r.content FROM imported_rows r
	LEFT JOIN customers c ON c.id = r.customer_id AND c.organization_id = r.organization_id`

func scanImportedRow(row rows) (onboarding.ImportedRow, error) {
	var i onboarding.ImportedRow
	err := row.Scan(&i.OrganizationID, &i.Source, &i.Key, textInto(&i.CustomerID), &i.Content)
	return i, err
}

// ImportedRows implements onboarding.ImportReader.
func (r *reader) ImportedRows(
	ctx context.Context, organizationID, source string, keys []string,
) (map[string]onboarding.ImportedRow, error) {
	if err := r.db.lockKeys(ctx, false, "imported rows "+organizationID+" "+source); err != nil {
		return nil, err
	}
	among, arg := r.db.anyOf("r.row_key", "$3", keys)
	all, err := collect(ctx, r.db, scanImportedRow,
		selectImportedRow+" WHERE r.organization_id = $1 AND r.source = $2 AND "+among, organizationID, source, arg)
	if err != nil {
		return nil, err
	}
	found := make(map[string]onboarding.ImportedRow, len(all))
	for _, row := range all {
		found[row.Key] = row
	}
	return found, nil
}

var putImportedRow = insert("imported_rows", "organization_id, source, row_key, customer_id, content") +
	" ON CONFLICT (organization_id, source, row_key) DO UPDATE SET " + excluded("customer_id, content")

// PutImportedRow implements onboarding.ImportWriter.
func (t *transaction) PutImportedRow(ctx context.Context, i onboarding.ImportedRow) error {
	return t.db.send(ctx, nil, putImportedRow, i.OrganizationID, i.Source, i.Key, i.CustomerID, i.Content)
}
