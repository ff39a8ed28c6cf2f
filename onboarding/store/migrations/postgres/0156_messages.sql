-- The outbox of e-mails and SMS.
-- +goose Up

CREATE TABLE messages (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT messages_id PRIMARY KEY,
	organization_id TEXT COLLATE "C" NOT NULL,
	customer_id     TEXT COLLATE "C",
	channel         TEXT COLLATE "C" NOT NULL,
	kind            TEXT COLLATE "C" NOT NULL,
	language        TEXT COLLATE "C" NOT NULL,
	recipient       TEXT COLLATE "C", -- a keyed hash of the address
	key_id          TEXT COLLATE "C", -- of the address and the values of the text, until the message is finished
	box             BYTEA,
	created         BIGINT  NOT NULL,
	not_after       BIGINT  NOT NULL,
	due             BIGINT  NOT NULL, -- of the next attempt, or the end of a lease
	attempts        INTEGER NOT NULL,
	outcome         TEXT COLLATE "C",
	finished        BIGINT,
	bulk            BOOLEAN NOT NULL  -- sent after the others
);
CREATE INDEX messages_due ON messages (channel, bulk, due, id) WHERE finished IS NULL;
CREATE INDEX messages_waiting ON messages (organization_id, channel) WHERE finished IS NULL;
CREATE INDEX messages_to ON messages (recipient, created) WHERE recipient IS NOT NULL;
CREATE INDEX messages_of_customer ON messages (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX messages_of_organization ON messages (organization_id, created, id);
CREATE INDEX messages_of_channel ON messages (organization_id, channel, created);
CREATE INDEX messages_finished ON messages (finished, id) WHERE finished IS NOT NULL;
CREATE INDEX messages_sealed ON messages (id) WHERE key_id IS NOT NULL;

CREATE TRIGGER messages_sealed BEFORE INSERT OR UPDATE OF key_id ON messages FOR EACH ROW
	WHEN (NEW.key_id IS NOT NULL) EXECUTE FUNCTION sealed_key_id();
