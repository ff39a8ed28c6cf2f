-- The master keys and the running servers that hold them. The keys themselves are not in the
-- database.
-- +goose Up

CREATE TABLE master_keys (
	id      TEXT   NOT NULL PRIMARY KEY,
	since   BIGINT NOT NULL, -- when it began to seal
	cleared BIGINT,          -- when nothing was sealed under it any more
	retired BIGINT           -- since when nothing may be sealed under it
) WITHOUT ROWID;
-- The first key is about as old as the first client key.
INSERT INTO master_keys (id, since)
	SELECT value, COALESCE((SELECT min(created) FROM service_keys), CAST(strftime('%s', 'now') AS INTEGER) * 1000000)
	FROM settings WHERE name = 'master-key-id';

CREATE TABLE replicas (
	id    TEXT   NOT NULL PRIMARY KEY,
	name  TEXT   NOT NULL,
	seals TEXT   NOT NULL, -- the key that seals
	holds TEXT   NOT NULL, -- the keys in its file, separated by spaces
	beat  BIGINT NOT NULL, -- rises as long as the server runs
	seen  BIGINT NOT NULL
) WITHOUT ROWID;

-- Every table with sealed values refuses those under a retired key (see package rekey). The message
-- is known to the store.
-- +goose StatementBegin
CREATE TRIGGER secrets_sealed_insert BEFORE INSERT ON secrets
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER secrets_sealed_update BEFORE UPDATE OF key_id ON secrets
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_sealed_insert BEFORE INSERT ON credentials
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_sealed_update BEFORE UPDATE OF key_id ON credentials
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER idempotency_sealed_insert BEFORE INSERT ON idempotency
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER idempotency_sealed_update BEFORE UPDATE OF key_id ON idempotency
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER hotspots_sealed_insert BEFORE INSERT ON hotspots
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.secret_key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER hotspots_sealed_update BEFORE UPDATE OF secret_key_id ON hotspots
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.secret_key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER customers_sealed_insert BEFORE INSERT ON customers
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.document_key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER customers_sealed_update BEFORE UPDATE OF document_key_id ON customers
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.document_key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd

-- A change of the key reads the customers with a document.
CREATE INDEX customers_with_document ON customers (id) WHERE document_key_id IS NOT NULL;
