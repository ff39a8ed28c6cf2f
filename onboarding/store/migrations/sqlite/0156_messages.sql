-- The outbox of e-mails and SMS.
-- +goose Up

CREATE TABLE messages (
	id              TEXT    NOT NULL PRIMARY KEY,
	organization_id TEXT    NOT NULL,
	customer_id     TEXT,
	channel         TEXT    NOT NULL,
	kind            TEXT    NOT NULL,
	language        TEXT    NOT NULL,
	recipient       TEXT,             -- a keyed hash of the address
	key_id          TEXT,             -- of the address and the values of the text, until the message is finished
	box             BLOB,
	created         BIGINT  NOT NULL,
	not_after       BIGINT  NOT NULL,
	due             BIGINT  NOT NULL, -- of the next attempt, or the end of a lease
	attempts        INTEGER NOT NULL,
	outcome         TEXT,
	finished        BIGINT,
	bulk            BOOLEAN NOT NULL  -- sent after the others
) WITHOUT ROWID;
CREATE INDEX messages_due ON messages (channel, bulk, due, id) WHERE finished IS NULL;
CREATE INDEX messages_waiting ON messages (organization_id, channel) WHERE finished IS NULL;
CREATE INDEX messages_to ON messages (recipient, created) WHERE recipient IS NOT NULL;
CREATE INDEX messages_of_customer ON messages (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX messages_of_organization ON messages (organization_id, created, id);
CREATE INDEX messages_of_channel ON messages (organization_id, channel, created);
CREATE INDEX messages_finished ON messages (finished, id) WHERE finished IS NOT NULL;
CREATE INDEX messages_sealed ON messages (id) WHERE key_id IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER messages_sealed_insert BEFORE INSERT ON messages
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER messages_sealed_update BEFORE UPDATE OF key_id ON messages
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
