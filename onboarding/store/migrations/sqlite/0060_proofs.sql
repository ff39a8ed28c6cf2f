-- Proofs of a customer: a guid or a token, for one generation of the credential. A generation is
-- identified by the creation time of its password (credentials.created): every rotation begins
-- another, in every version of Onramp.
-- +goose Up

-- The previous version writes NULL during an upgrade: such a guid proves the generation that was
-- current when it was added.
ALTER TABLE customer_guids ADD COLUMN generation BIGINT;
ALTER TABLE customer_guids ADD COLUMN confirmed BIGINT;
UPDATE customer_guids SET generation = (SELECT created FROM credentials WHERE credentials.customer_id = customer_guids.customer_id);

-- NULL for the same reason: such a link opens the generation that was current at its creation.
ALTER TABLE activations ADD COLUMN generation BIGINT;

-- The customers created or checked with a token. Only the last three by position are proven.
CREATE TABLE token_proofs (
	token_id    TEXT   NOT NULL,
	customer_id TEXT   NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	generation  BIGINT,
	position    BIGINT NOT NULL,
	expires     BIGINT NOT NULL,
	PRIMARY KEY (token_id, customer_id)
) WITHOUT ROWID;
CREATE INDEX token_proofs_by_position ON token_proofs (token_id, position, customer_id);
CREATE INDEX token_proofs_of_customer ON token_proofs (customer_id);
CREATE INDEX token_proofs_by_expiry ON token_proofs (expires);

-- The sweeps that deleted revocations, each with the latest expiry among them. A token issued
-- before a sweep that expires no later may be one of them, and stays revoked even if the sweep's
-- clock was wrong.
CREATE TABLE revocation_sweeps (
	epoch   BIGINT NOT NULL PRIMARY KEY,
	expires BIGINT NOT NULL
) WITHOUT ROWID;
