-- The append-only ledger of consents. It is kept, without identity, after the customer's deletion,
-- hence no foreign key.
-- +goose Up

CREATE TABLE consents (
	customer_id     TEXT    NOT NULL,
	policy          TEXT    NOT NULL,
	at              BIGINT  NOT NULL,
	id              TEXT    NOT NULL,
	organization_id TEXT    NOT NULL,
	version         TEXT    NOT NULL,
	accepted        BOOLEAN NOT NULL,
	channel         TEXT    NOT NULL,
	address         TEXT    NOT NULL,
	agent           TEXT    NOT NULL,
	PRIMARY KEY (customer_id, policy, at, id)
) WITHOUT ROWID;

-- The latest consent per policy.
CREATE VIEW current_consents AS
SELECT * FROM consents c
WHERE NOT EXISTS (
	SELECT 1 FROM consents later
	WHERE later.customer_id = c.customer_id AND later.policy = c.policy AND (later.at, later.id) > (c.at, c.id)
);
