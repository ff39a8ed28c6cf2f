-- Identity documents, sealed. The version before stores them in clear in the column attributes; a
-- new database, which that version never used, holds sealed ones only.
-- +goose Up

ALTER TABLE customers ADD COLUMN document_key_id TEXT COLLATE "C";
ALTER TABLE customers ADD COLUMN document BYTEA;
INSERT INTO settings (name, value)
	SELECT 'identity-documents', 'sealed' WHERE NOT EXISTS (SELECT 1 FROM organizations);
