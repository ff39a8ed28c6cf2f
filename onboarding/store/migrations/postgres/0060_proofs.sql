-- What proves a customer: a guid or a token, for one generation of the credential. A generation is named by the instant at which its
-- password was made (credentials.created): a rotation begins another, whichever version of Onramp performs it.
-- +goose Up

-- NULL is what a previous version writes during an upgrade: such a guid proves the generation that was current when it was added.
ALTER TABLE customer_guids ADD COLUMN generation BIGINT;
ALTER TABLE customer_guids ADD COLUMN confirmed BIGINT;
UPDATE customer_guids SET generation = (SELECT created FROM credentials WHERE credentials.customer_id = customer_guids.customer_id);

-- NULL likewise: such a link opens the generation that was current when it was made.
ALTER TABLE activations ADD COLUMN generation BIGINT;

-- The customers that a token created or checked; the last three by position count.
CREATE TABLE token_proofs (
	token_id    TEXT COLLATE "C" NOT NULL,
	customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	generation  BIGINT,
	position    BIGINT           NOT NULL,
	expires     BIGINT           NOT NULL,
	PRIMARY KEY (token_id, customer_id)
);
CREATE INDEX token_proofs_by_position ON token_proofs (token_id, position, customer_id);
CREATE INDEX token_proofs_of_customer ON token_proofs (customer_id);
CREATE INDEX token_proofs_by_expiry ON token_proofs (expires);

-- The sweeps that dropped revocations of tokens, with the latest end among the tokens of each. A token that was issued before a sweep and ends
-- no later may be one of them, and stays refused even if the clock of the sweep was wrong.
CREATE TABLE revocation_sweeps (
	epoch   BIGINT NOT NULL PRIMARY KEY,
	expires BIGINT NOT NULL
);
