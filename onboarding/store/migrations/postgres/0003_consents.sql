-- The append-only ledger of consents. It is kept, without identity, after the customer's deletion,
-- hence no foreign key.
-- +goose Up

CREATE TABLE consents (
	customer_id     TEXT COLLATE "C" NOT NULL,
	policy          TEXT COLLATE "C" NOT NULL,
	at              BIGINT           NOT NULL,
	id              TEXT COLLATE "C" NOT NULL,
	organization_id TEXT COLLATE "C" NOT NULL,
	version         TEXT COLLATE "C" NOT NULL,
	accepted        BOOLEAN          NOT NULL,
	channel         TEXT COLLATE "C" NOT NULL,
	address         TEXT COLLATE "C" NOT NULL,
	agent           TEXT COLLATE "C" NOT NULL,
	CONSTRAINT consents_customer_id_policy_at_id PRIMARY KEY (customer_id, policy, at, id)
);

-- The latest consent per policy.
CREATE VIEW current_consents AS
SELECT * FROM consents c
WHERE NOT EXISTS (
	SELECT 1 FROM consents later
	WHERE later.customer_id = c.customer_id AND later.policy = c.policy AND (later.at, later.id) > (c.at, c.id)
);
